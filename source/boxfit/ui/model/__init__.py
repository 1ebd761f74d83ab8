"""The panel's state and logic, without widgets: it runs and is tested without omni.ui."""
