"""The README's example runs as it is written."""

import re
from pathlib import Path

import pytest
from boxfit.sample import make_sample

README = Path(__file__).parents[2] / "README.md"


def test_readme_python_example_runs_after_make_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    make_sample(tmp_path / "demo" / "sample")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(example, str(README), "exec"), names)
    assert (tmp_path / "demo" / "teapot_box.usda").is_file()
    assert len(names["report"]["objects"]) == 1
