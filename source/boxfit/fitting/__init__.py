"""Differentiable fit: parameters, losses, and a loop that yields one step at a time."""
