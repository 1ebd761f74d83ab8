"""From a dataset to boxes: read it, fit each object, write the boxes, report."""
