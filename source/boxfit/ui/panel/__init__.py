"""Widgets of the panel, on omni.ui alone, in Kit and in the desktop window alike."""
