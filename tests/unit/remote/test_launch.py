import os
import sys
from pathlib import Path

import pytest
from boxfit.errors import RendererError
from boxfit.remote.launch import environment_for, find_program


@pytest.mark.parametrize("quote", ["", '"', "'", " "])
def test_find_program_takes_a_path_as_it_was_copied(quote: str) -> None:
    assert find_program(Path(f"{quote}{sys.executable}{quote}")) == sys.executable


@pytest.mark.parametrize("named", ["~nobody_of_this_name/python", "no\0such", "nowhere/python"])
def test_find_program_of_an_impossible_path_raises(named: str) -> None:
    with pytest.raises(RendererError, match="name a Python interpreter"):
        find_program(Path(named))


def test_environment_leaves_out_what_is_meant_for_this_interpreter() -> None:
    ours = {"PYTHONPATH": "a", "PYTHONHOME": "b", "PYTHONNOUSERSITE": "1", "PYTHONPLATLIBDIR": "lib64"}
    assert environment_for(sys.executable, {**ours, "CUDA_VISIBLE_DEVICES": "1", "PYTHONUTF8": "1"}) == {
        "CUDA_VISIBLE_DEVICES": "1",
        "PYTHONUTF8": "1",
    }


def test_environment_leaves_out_the_libraries_of_the_application_and_keeps_the_users() -> None:
    given = {
        "CARB_APP_PATH": "/opt/isaac/kit",
        "LD_LIBRARY_PATH": os.pathsep.join(["/usr/lib/wsl", "/opt/isaac/kit/lib", "/opt/isaac/kit"]),
        "LD_PRELOAD": "/opt/isaac/kit/libcarb.so",
    }
    environment = environment_for(sys.executable, given)
    assert environment == {"CARB_APP_PATH": "/opt/isaac/kit", "LD_LIBRARY_PATH": "/usr/lib/wsl"}


@pytest.mark.parametrize("conda", [True, False])
def test_environment_of_conda_on_windows_has_its_dlls(tmp_path: Path, conda: bool) -> None:
    if conda:
        (tmp_path / "conda-meta").mkdir()
    paths = environment_for(str(tmp_path / "python.exe"), {"PATH": "given"}, windows=True)["PATH"].split(os.pathsep)
    assert paths[-1] == "given" and len(paths) == (6 if conda else 1)
