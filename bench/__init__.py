"""Accuracy and speed of boxfit on a fixed set of shapes whose true boxes are known."""
