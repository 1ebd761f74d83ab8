"""boxfit: from segmentation masks with known cameras to a tight oriented 3D box on a USD stage."""
