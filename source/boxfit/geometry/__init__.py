"""Rotations, boxes and meshes as NumPy float64 arrays, independent of files, stages and image formats."""
