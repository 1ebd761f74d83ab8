"""Views from the annotators of NVIDIA Omniverse Replicator, in memory or in a BasicWriter folder."""
