"""Parts of omni.replicator.core that boxfit uses, in Isaac Sim 4.5 to 6.

Source: the API page of omni.replicator 1.12.16, and scripts/ of omni.replicator.core 1.12.27 (Apache-2.0).
"""

from omni.replicator.core import annotators as annotators
from omni.replicator.core import create as create
from omni.replicator.core import orchestrator as orchestrator
from omni.replicator.core.annotators import Annotator as Annotator
from omni.replicator.core.annotators import AnnotatorRegistry as AnnotatorRegistry
