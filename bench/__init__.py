"""Accuracy and speed of boxfit on fixed scenes, against a committed baseline and the notebook's literal loop."""

import os

# One thread for every method: on a small machine PyTorch's threads get into each other's way, by a factor of four and
# more, and no comparison would hold. Set before numpy and torch are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
