"""Datasets of views, read from folders and stages into one representation."""
