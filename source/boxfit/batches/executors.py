"""Choice of the workers of a batch."""

from __future__ import annotations

from boxfit.batches.job import Executor
from boxfit.batches.processes import Processes


def choose_executor(jobs: int | None = None, ray: str | bool | None = None) -> Executor:
    """Return processes of this machine, or the workers of a Ray cluster.

    Args:
        jobs: Number of processes; None takes that of the processor cores.
        ray: Address of a cluster, as for `RayExecutor`; True is "auto", and None or False no cluster.

    Raises:
        RequirementError: If Ray is not installed, or there is no cluster.
    """
    if not ray:
        return Processes(jobs)
    from boxfit.batches.on_ray import RayExecutor  # An extra.

    return RayExecutor("auto" if ray is True else ray)
