"""Sessions: read a dataset, fit each object, write the boxes, report."""
