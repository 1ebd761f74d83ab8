"""OpenUSD: the only room, beside views/stage.py, that imports pxr."""
