"""A small dataset of our own in the Data Generator's format, to try boxfit with."""

from boxfit.sample.make import make_sample

__all__ = ["make_sample"]
