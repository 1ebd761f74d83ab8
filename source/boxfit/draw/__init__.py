"""Pictures of a fit, drawn with Pillow: overlay sheets, loss curves and animations."""
