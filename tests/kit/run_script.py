"""Run a test's script inside Kit, by `--exec "run_script.py SCRIPT"`; an error ends Kit."""

import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.kit import in_app

try:
    exec(Path(sys.argv[1]).read_text(encoding="utf-8"), dict(vars(in_app)))
except BaseException:
    traceback.print_exc()
    in_app.quit_kit(in_app.FAILED)
