"""The one place that states boxfit's version."""

__version__ = "0.1.0"
