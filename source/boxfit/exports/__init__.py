"""Writers of boxes in formats beside USD."""
