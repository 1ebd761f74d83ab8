"""The host program without Kit: window, stage, undo and files, on ovui."""
