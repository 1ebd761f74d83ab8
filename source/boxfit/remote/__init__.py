"""Renderers in another Python interpreter: where this one lacks PyTorch or kaolin, a worker process has them."""
