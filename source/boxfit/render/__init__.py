"""Silhouette areas of a box and their gradients, by three renderers behind one protocol."""
