"""Calibration of cameras from the masks themselves, without patterns, features or a known shape."""
