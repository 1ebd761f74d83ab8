"""What the panel knows and does, without drawing: it runs, and is tested, where no omni.ui is."""
