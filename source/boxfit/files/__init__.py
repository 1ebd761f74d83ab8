"""Files: checks of the places to write to, atomic writes of several files, and locks."""
