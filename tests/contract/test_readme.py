"""The README's examples run as they are written, one after the other."""

import re
from pathlib import Path
from typing import Any

import boxfit
import numpy as np
import pytest
from boxfit.sample import make_sample

README = Path(__file__).parents[2] / "README.md"


def arrays_of(source: Path) -> dict[str, Any]:
    """Masks, intrinsics and poses in OpenCV's axes of a dataset's only object."""
    source_read = boxfit.read_source(source)
    (labelled,) = source_read.dataset.objects
    silhouettes = source_read.observations(labelled).silhouettes
    (fx, fy), (cx, cy) = silhouettes[0].camera.focal, silhouettes[0].camera.principal
    poses = [each.camera.world_from_camera @ np.diag([1, -1, -1, 1]) for each in silhouettes]
    return {
        "masks": np.stack([each.full_mask() for each in silhouettes]),
        "intrinsics": np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        "camera_poses": np.stack(poses),
    }


def test_readme_python_examples_run_after_make_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = README.read_text(encoding="utf-8")
    arrays, files = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    stage = make_sample(tmp_path / "demo" / "sample")
    monkeypatch.chdir(tmp_path)
    names = arrays_of(stage)
    for _ in range(2):  # As a cell of a notebook that is run again.
        exec(compile(arrays, str(README), "exec"), names)
    assert all((tmp_path / name).is_file() for name in ("overlay.png", "box.usda", "box.json"))
    exec(compile(files, str(README), "exec"), names)
    assert (tmp_path / "demo" / "teapot_box.usda").is_file()
    assert len(names["report"]["objects"]) == 1
    # The output that the README shows.
    (shown,) = re.findall(r"^teapot\.usdc/teapot: (.*)$", text, re.MULTILINE)
    assert shown in capsys.readouterr().out
