"""Renderers in a worker process of another Python interpreter, for PyTorch or kaolin that this one does not have."""
