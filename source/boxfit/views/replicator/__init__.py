"""Views from NVIDIA Omniverse Replicator: what its annotators give, in memory or in a BasicWriter folder."""
