"""The 3D view of the desktop window, on omni.ui.scene."""
