"""Where views come from: datasets on disk and on stages, read into one shape."""
