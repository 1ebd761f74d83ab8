"""Stand-in for `omni.replicator.core`: render products, annotators, and the orchestrator with its side effects.

Signatures and behaviour: omni.replicator.core 1.12.27 (Apache-2.0), scripts/create.py, annotators.py, orchestrator.py;
its images are exact ones of what stands on the stage.
"""

from omni.replicator.core import annotators, create, orchestrator
from omni.replicator.core.annotators import AnnotatorRegistry

__all__ = ["AnnotatorRegistry", "annotators", "create", "orchestrator"]
