"""Rotations, boxes and meshes as NumPy float64 arrays. Knows no file, no stage and no image format."""
