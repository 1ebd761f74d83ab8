"""Renderers: silhouette areas of a box and their gradients, by three implementations of one protocol."""
