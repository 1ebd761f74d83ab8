"""Tests of what a dataset may hold in place of its files: pipes, devices, folders, links, huge and foreign files."""

import io
import json
import os
import socket
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views.data_generator import read_data_generator
from boxfit.views.data_generator_writer import write_data_generator
from boxfit.views.folder import read_folder
from boxfit.views.regular_files import LARGEST_FILE, LARGEST_TEXT, read_json
from boxfit.views.replicator.folder import read_replicator
from boxfit.views.sensors import MOST_PIXELS, map_array, read_picture, read_segmentation
from PIL import Image

from tests.basic_writer import write_box_frames
from tests.folders import RESOLUTION, write_box_views

needs_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def socket_at(path: Path) -> None:
    """Leave a socket at a path, which must be shorter than a socket's address."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def sparse(size: int) -> Callable[[Path], None]:
    """Make a file of a size that needs no space on the disk."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


SPECIAL = {
    "pipe": (lambda path: os.mkfifo(path), "is a pipe, not a file"),
    "folder": (Path.mkdir, "is a folder, not a file"),
    "socket": (socket_at, "is a socket, not a file"),
    "endless device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
    "link in a loop": (lambda path: path.symlink_to(path.name), "cannot be read (Too many levels of symbolic links)"),
    "link to nothing": (lambda path: path.symlink_to("nowhere"), "cannot be read (No such file or directory)"),
    "file of the kernel": (lambda path: path.symlink_to("/proc/kmsg"), "is empty"),
    "empty file": (Path.touch, "is empty"),
    "huge file": (sparse(2**40), "has 1099512 MB, and such a file may have"),
}


@needs_posix
@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize("name", ["0_metadata.json", "0_semantic.npy", "0_semantic.png"])
def test_read_a_special_file_leaves_the_view_out_at_once(tmp_path, monkeypatch, kind: str, name: str) -> None:
    write_box_views(tmp_path, 3)
    (tmp_path / "0_metadata.json" if "json" in name else tmp_path / "0_semantic.npy").unlink()
    make, message = SPECIAL[kind]
    monkeypatch.chdir(tmp_path)
    make(Path(name))
    dataset = read_data_generator(tmp_path)
    assert [view.name for view in dataset.views] == ["1", "2"]
    (problem,) = dataset.problems
    assert problem.where == "view 0" and f"{name} {message}" in problem.what


@needs_posix
@pytest.mark.parametrize("name", ["camera_params_0000.json", "semantic_segmentation_0000.png"])
def test_read_a_pipe_in_a_folder_of_basic_writer_leaves_the_view_out_at_once(tmp_path, name: str) -> None:
    write_box_frames(tmp_path, 3)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    (problem,) = read_replicator(tmp_path).problems
    assert problem.where == "view 0000" and f"{name} is a pipe" in problem.what


@needs_posix
def test_write_of_a_view_with_an_endless_file_raises_and_leaves_nothing(tmp_path) -> None:
    write_box_views(tmp_path / "in", 2)
    (tmp_path / "in" / "1_pointcloud.usd").symlink_to("/dev/zero")
    with pytest.raises(DatasetError, match=r"1_pointcloud\.usd is a device"):
        write_data_generator(read_data_generator(tmp_path / "in"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("read", "limit"),
    [(read_json, LARGEST_TEXT), (map_array, LARGEST_FILE), (lambda path: read_picture(path, (2, 2)), LARGEST_FILE)],
)
def test_read_a_file_beyond_its_limit_names_both_sizes(tmp_path, read: Callable[[Path], object], limit: int) -> None:
    sparse(2 * limit)(tmp_path / "big")
    sizes = f"big has {2 * limit / 1e6:.0f} MB, and such a file may have {limit / 1e6:.0f} MB"
    with pytest.raises(DatasetError, match=sizes):
        read(tmp_path / "big")


def test_read_a_file_that_one_may_not_open_leaves_the_view_out(tmp_path, path_fails) -> None:
    write_box_views(tmp_path, 2)
    path_fails("stat")
    with pytest.raises(DatasetError, match=r"0_metadata\.json cannot be read \(Permission denied\)"):
        read_json(tmp_path / "0_metadata.json")


def test_read_a_picture_in_a_format_that_starts_programs_starts_none(tmp_path, monkeypatch) -> None:
    monkeypatch.delattr(subprocess, "Popen")
    for name, content in (("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n"), ("gif", b"")):
        path = tmp_path / f"{name}.png"
        image = io.BytesIO()
        Image.new("P", (8, 8)).save(image, "GIF")
        path.write_bytes(content or image.getvalue())
        with pytest.raises(DatasetError, match=r"is not an image that can be read \(neither PNG nor JPEG"):
            read_picture(path, (8, 8))


def png_of(height: int, width: int) -> bytes:
    """Make a PNG whose header names a size, with the data of a few rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(73, 128), (9000, 9000), (12_000, 12_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
@pytest.mark.parametrize("read", [read_picture, read_segmentation])
def test_read_an_image_of_another_size_decodes_nothing(tmp_path, monkeypatch, read, size: tuple[int, int]) -> None:
    monkeypatch.delattr("PIL.ImageFile.ImageFile.load")
    (tmp_path / "0.png").write_bytes(png_of(*size))
    with pytest.raises(DatasetError, match=r"0\.png (is \d+ x \d+ .*says 72 x 128|has more than)") as error:
        read(tmp_path / "0.png", RESOLUTION)
    assert "\n" not in str(error.value)


def test_read_images_larger_than_the_limit_raises_although_the_camera_says_so(tmp_path) -> None:
    size = (2**14, MOST_PIXELS // 2**14 + 1)
    (tmp_path / "0.png").write_bytes(png_of(*size))
    np.lib.format.open_memmap(tmp_path / "0.npy", "w+", np.uint8, size)
    for name in ("0.png", "0.npy"):
        with pytest.raises(DatasetError, match=rf"{name} has more than {MOST_PIXELS} pixels"):
            read_segmentation(tmp_path / name, size)


def npy_of(header: bytes, version: tuple[int, int] = (1, 0), length: int | None = None) -> bytes:
    """Make an npy file from a header, and if given another length of it."""
    packed = struct.pack("<H" if version == (1, 0) else "<I", len(header) if length is None else length)
    return b"\x93NUMPY" + bytes(version) + packed + header


NPY = {
    "size beyond the file": (npy_of(b"{'descr': '<i4', 'fortran_order': False, 'shape': (72, 128)}\n"), "truncated"),
    "size beyond any file": (
        npy_of(b"{'descr': '|u1', 'fortran_order': False, 'shape': (10**9,)}\n"),
        "not a npy file",
    ),
    "huge values": (npy_of(b"{'descr': '|V999999999', 'fortran_order': False, 'shape': (72, 128)}\n"), "npy file"),
    "header of gigabytes": (npy_of(b"", (2, 0), 2**32 - 1), "not a npy file"),
    "objects": (npy_of(b"{'descr': '|O', 'fortran_order': False, 'shape': (72, 128)}\n"), "it holds Python objects"),
}


@pytest.mark.parametrize("fault", NPY)
def test_read_npy_whose_header_promises_more_than_the_file_holds_raises(tmp_path, fault: str) -> None:
    content, message = NPY[fault]
    (tmp_path / "0.npy").write_bytes(content)
    with pytest.raises(DatasetError, match=f"0.npy .*{message}"):
        read_segmentation(tmp_path / "0.npy", RESOLUTION)


@needs_posix
def test_read_links_that_lead_out_of_the_folder_says_so(tmp_path) -> None:
    write_box_views(tmp_path / "views", 3)
    write_box_views(tmp_path / "store", 3)
    for name in ("0_semantic.npy", "2_semantic.npy"):
        (tmp_path / "views" / name).unlink()
        (tmp_path / "views" / name).symlink_to(tmp_path / "store" / name)
    (tmp_path / "views" / "1_metadata.json").rename(tmp_path / "views" / "kept.json")
    (tmp_path / "views" / "1_metadata.json").symlink_to("kept.json")
    (problem,) = read_folder(tmp_path / "views").problems
    assert problem.where == str(tmp_path / "views")
    target = os.path.realpath(tmp_path / "store" / "0_semantic.npy")
    assert problem.what == (
        f"links lead out of the folder: 0_semantic.npy, 2_semantic.npy (0_semantic.npy is {target})"
    )


@needs_posix
def test_read_a_folder_of_basic_writer_that_is_itself_a_link_says_so(tmp_path) -> None:
    write_box_frames(tmp_path / "store", 2)
    (tmp_path / "views").mkdir()
    for annotator in ("camera_params", "semantic_segmentation"):
        (tmp_path / "views" / annotator).symlink_to(tmp_path / "store")
    (problem,) = read_folder(tmp_path / "views").problems
    assert "links lead out of the folder: camera_params_0000.json" in problem.what


def test_read_json_with_half_a_character_replaces_it(tmp_path) -> None:
    (tmp_path / "a.json").write_text('{"class": "mug\\ud800 \\ud83d\\ude00", "size": 0.1}', encoding="utf-8")
    assert read_json(tmp_path / "a.json") == {"class": "mug? \U0001f600", "size": 0.1}


@pytest.mark.parametrize(
    "content", [b"\xff{}", b"[" * 100_000, b"1" * 5000, b"", b"{'a': 1}"], ids=lambda text: text[:3]
)
def test_read_what_is_no_json_raises_in_one_line(tmp_path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.json (is not JSON|is empty)") as error:
        read_json(tmp_path / "a.json")
    assert "\n" not in str(error.value)


@needs_posix
def test_read_a_link_in_a_loop_beside_the_masks_does_no_harm(tmp_path) -> None:
    write_box_views(tmp_path, 2)
    (tmp_path / "0_rgb.png").symlink_to("0_rgb.png")
    dataset = read_folder(tmp_path)
    assert len(dataset.views) == 2
    with pytest.raises(DatasetError, match=r"0_rgb\.png cannot be read"):
        dataset.views[0].rgb()


def test_read_metadata_of_any_type_leaves_the_view_out_in_one_line(tmp_path) -> None:
    write_box_views(tmp_path, 3)
    path = tmp_path / "0_metadata.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    deep: list = []
    for _ in range(900):
        deep = [deep]
    values = [None, True, -1, 1e308, 1e300, 10**400, float("nan"), "x", [], {}, [1], deep, [[1e300] * 4] * 4]
    keys = [
        ("asset_transforms",),
        ("camera_properties",),
        *(("camera_properties", key) for key in whole["camera_properties"]),
    ]
    for place in keys:
        for value in values:
            spoilt = json.loads(json.dumps(whole))
            (spoilt if len(place) == 1 else spoilt[place[0]])[place[-1]] = value
            path.write_text(json.dumps(spoilt), encoding="utf-8")
            dataset = read_data_generator(tmp_path)
            assert {"1", "2"} <= {view.name for view in dataset.views}
            assert not any("\n" in problem.what for problem in dataset.problems)
