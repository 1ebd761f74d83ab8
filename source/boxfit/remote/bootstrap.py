"""The first file that the other interpreter runs: it has this library found there, and nothing that lies beside it.

Beside the library may lie NumPy and other packages that were built for the interpreter that started this one. A file
and not a text on the command line: an interpreter may stand behind a batch file, which hands on one line at most. Here
is nothing that Python 2 could not read, so that it can be told that it is too old.
"""

# ruff: noqa: E402, UP031, UP036

import sys

if sys.version_info[:2] < (3, 10):
    sys.exit("Python %d.%d is too old" % sys.version_info[:2])

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_here = Path(__file__).resolve().parent
# Python puts the folder of this file first, and the current one may be there too.
sys.path[:] = [place for place in sys.path if place and Path(place).resolve() != _here]
_library = _here.parent
_spec = spec_from_file_location("boxfit", str(_library / "__init__.py"), submodule_search_locations=[str(_library)])
assert _spec and _spec.loader
sys.modules["boxfit"] = _module = module_from_spec(_spec)
_spec.loader.exec_module(_module)

from boxfit.remote.worker import main

main()
