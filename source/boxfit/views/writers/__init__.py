"""Writers of datasets of any source to the formats of folders that can be read."""
