"""Tests of the stub of the NVIDIA driver library, in separate interpreters: a library is never unloaded."""

import platform
import subprocess
import sys

import pytest
from boxfit.ui.desktop.libcuda import FUNCTIONS

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the stand-in is for Linux on x86-64"
)


def output_of(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


LOAD = """
import ctypes, os
from boxfit.ui.desktop.libcuda import FUNCTIONS, SONAME, stand_in
file = os.memfd_create("test")
os.write(file, stand_in())
ctypes.CDLL(f"/proc/self/fd/{file}")
"""


def test_stand_in_answers_to_the_name_of_the_driver_with_every_function() -> None:
    code = LOAD + "cuda = ctypes.CDLL(SONAME)\nprint(*[getattr(cuda, name)() for name in FUNCTIONS])"
    assert output_of(code) == ["100"] * len(FUNCTIONS)


def test_stand_in_maps_no_memory_that_is_both_writable_and_executable() -> None:
    code = LOAD + (
        "before = open('/proc/self/maps').read().splitlines()\n"
        "print(*[line.split()[1] for line in before if 'test' in line or '[stack]' in line])"
    )
    rights = output_of(code)
    assert any("x" in right for right in rights)
    assert not any("w" in right and "x" in right for right in rights)


def test_ensure_libcuda_called_twice_takes_what_is_there() -> None:
    code = "from boxfit.ui.desktop.libcuda import ensure_libcuda\nensure_libcuda()\nprint(ensure_libcuda())"
    assert output_of(code) == ["True"]


def test_ensure_libcuda_leaves_torch_without_a_device(torch_module) -> None:
    code = LOAD + "import torch\nprint(torch.cuda.is_available(), torch.ones(2, requires_grad=True).sum().item())"
    assert output_of(code) == ["False", "2.0"]
