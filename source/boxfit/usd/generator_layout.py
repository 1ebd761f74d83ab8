"""Prim paths and keys of the Data Generator on a stage (docs/data-generator-format.md)."""

PRESET_KEY = "DataGenerator"
"""Key of the preset in the `customLayerData` of its layer."""

ASSET_PRIM = "/World/visualize/Asset/Rig/Preview"
"""Prim of the asset that the Data Generator renders."""

CAMERA_PRIM = "/World/visualize/CameraRig/Boom/Camera"
"""Prim of the camera that the Data Generator renders with."""
