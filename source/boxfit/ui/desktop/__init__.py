"""A program around the panel where there is no Kit: window, stage, undo, files, on ovui."""
