"""Reading and writing of OpenUSD stages; with views/stage.py, the only modules that import pxr."""
