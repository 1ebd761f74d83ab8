"""The differentiable fit: parameters, losses and the loop that yields one step at a time."""
