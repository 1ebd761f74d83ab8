"""Small sample dataset in the Data Generator's format."""

from boxfit.sample.make import make_sample

__all__ = ["make_sample"]
