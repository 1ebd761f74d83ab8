"""Small sample dataset in the Data Generator's format, or in another one."""

from boxfit.sample.make import make_sample, make_sample_folder

__all__ = ["make_sample", "make_sample_folder"]
