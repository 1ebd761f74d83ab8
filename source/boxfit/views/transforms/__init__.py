"""Reader of transforms.json; docs/transforms-format.md describes it."""
