"""Script that the other interpreter runs: makes this library importable there, but no package beside it.

Packages beside the library, such as NumPy, may be built for the interpreter that started this one. A file instead of
code on the command line, since an interpreter may be a batch file, which passes on a single line at most. The syntax
before the version check is valid in Python 2, so that an old interpreter prints the message.
"""

# ruff: noqa: E402, UP031, UP036

import sys

if sys.version_info[:2] < (3, 10):
    sys.exit("Python %d.%d is too old" % sys.version_info[:2])

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_here = Path(__file__).resolve().parent
# Python puts the folder of this file first, and the current folder may be on the path too.
sys.path[:] = [folder for folder in sys.path if folder and Path(folder).resolve() != _here]
_library = _here.parent
_spec = spec_from_file_location("boxfit", str(_library / "__init__.py"), submodule_search_locations=[str(_library)])
assert _spec and _spec.loader
sys.modules["boxfit"] = _module = module_from_spec(_spec)
_spec.loader.exec_module(_module)

from boxfit.remote.worker import main

main()
