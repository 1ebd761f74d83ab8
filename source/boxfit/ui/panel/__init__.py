"""The widgets of the panel, which show the model: omni.ui alone, in Kit and in the desktop window alike."""
