"""Batches: a fit of every dataset of a tree, in several processes, with a record of each object."""
