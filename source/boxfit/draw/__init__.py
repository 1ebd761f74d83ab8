"""Pictures of a fit, drawn with Pillow alone: overlay sheets, loss curves and animations."""
