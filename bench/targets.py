"""Figures that a class of scenes should reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.metrics import Row


@dataclass(frozen=True)
class Target:
    """Limits of a group of runs.

    Attributes:
        median: Greatest median of |volume - 1|.
        worst: Greatest |volume - 1|.
        protrusion: Greatest protrusion.
        held: Least share of faces whose bounds hold the mesh.
        certain: Whether the outer bounds must hold the whole mesh in every run.
    """

    median: float
    worst: float
    protrusion: float
    held: float = 0.95
    certain: bool = False

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.worst:.3f}) {self.protrusion:.3f}"

    def missed(self, rows: list[Row]) -> list[str]:
        """Return the names of the limits that the runs of a method do not keep."""
        fitted = [row for row in rows if row.error is None]
        if not fitted:
            return ["no box"]
        errors = np.abs(np.array([row.volume for row in fitted], dtype=np.float64) - 1)
        held = [row.faces_held for row in fitted if row.faces_held is not None]
        limits = {
            "no box": len(fitted) < len(rows),
            "median": np.median(errors) > self.median,
            "worst": errors.max() > self.worst,
            "protrusion": max(row.protrusion or 0.0 for row in fitted) > self.protrusion,
            "held": bool(held) and np.mean(held) < 6 * self.held,
            "certain": self.certain and any(row.certain_holds is False for row in fitted),
        }
        return [name for name, is_missed in limits.items() if is_missed]


TARGETS = {
    "boxy": Target(0.006, 0.012, 1.003, held=0.99),
    "all": Target(0.006, 0.05, 1.015, held=0.99),
    "clean": Target(0.006, 0.05, 1.015, held=0.99),
    "small": Target(0.02, 0.05, 1.02),
    "views8": Target(0.015, 0.04, 1.02),
    "views6": Target(0.03, 0.06, 1.03),
    "views4": Target(0.06, 0.20, 1.15, certain=True),
    "views3": Target(0.06, 0.20, 1.15, certain=True),
    "one_side": Target(0.05, 0.10, 1.08, certain=True),
    "occluded": Target(0.01, 0.03, 1.02),
    "occluded3": Target(0.015, 0.03, 1.02),
    "noisy": Target(0.015, 0.035, 1.03),
    "poses02": Target(0.012, 0.05, 1.02),
    "poses05": Target(0.015, 0.06, 1.03),
    "principal": Target(0.015, 0.06, 1.03),
    "exchanged": Target(0.015, 0.06, 1.03),
    "depth": Target(0.003, 0.01, 1.003),
}
"""Limits by class of shapes, for clean masks, and by condition."""
