"""Reader of COLMAP models; docs/colmap-format.md describes them."""
