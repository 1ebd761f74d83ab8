"""Adam optimiser in NumPy."""

from __future__ import annotations

import numpy as np

EPSILON = 1e-8


class Adam:
    """Adam by Kingma and Ba, https://arxiv.org/abs/1412.6980.

    Args:
        size: Number of parameters.
        memory: Decay rates (beta1, beta2) of the mean and the mean square of the gradient.
    """

    def __init__(self, size: int, memory: tuple[float, float] = (0.9, 0.999)) -> None:
        self._memory = memory
        self._mean = np.zeros(size)
        self._square = np.zeros(size)
        self._count = 0

    def step(self, gradient: np.ndarray, rate: float) -> np.ndarray:
        """Return the change of the parameters, shape (size,).

        Args:
            gradient: d loss / d parameters, shape (size,).
            rate: Learning rate, about the length of the first step in each parameter.
        """
        self._count += 1
        keep, keep_square = self._memory
        self._mean += (1 - keep) * (gradient - self._mean)
        self._square += (1 - keep_square) * (gradient**2 - self._square)
        mean = self._mean / (1 - keep**self._count)
        square = self._square / (1 - keep_square**self._count)
        return -rate * mean / (np.sqrt(square) + EPSILON)
