"""Benchmark of accuracy and speed on fixed scenes, against a committed baseline and the notebook's literal loop."""

import os

# One thread for every method: on a small machine, PyTorch's threads slow each other down by a factor of four and more,
# which would distort comparisons. Set before numpy and torch are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
