"""Where the Data Generator keeps things on a stage (docs/data-generator-format.md)."""

PRESET_KEY = "DataGenerator"
"""Key of the preset in the `customLayerData` of its layer."""

ASSET_PRIM = "/World/visualize/Asset/Rig/Preview"
"""The asset that it shows."""

CAMERA_PRIM = "/World/visualize/CameraRig/Boom/Camera"
"""The camera that it renders with."""
