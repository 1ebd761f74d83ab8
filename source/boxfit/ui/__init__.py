"""The panel: models without omni.ui, the widgets that show them, and a desktop window around both."""
