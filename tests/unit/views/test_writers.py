"""Tests of the writers of datasets: the box of what was written is that of the source, and losses are named before."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import boxfit
import jsonschema
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.camera import Camera
from boxfit.session.session import Session
from boxfit.settings import InputSettings
from boxfit.views import plain
from boxfit.views.dataset import Dataset, View
from boxfit.views.folder import FORMATS, read_folder
from boxfit.views.names import select_views
from boxfit.views.writers.formats import WRITERS
from PIL import Image

from tests.basic_writer import PAIR, TWINS, write_box_frames
from tests.bop_files import Block, shots_around, still, write_scene
from tests.colmap_files import write_box_project
from tests.folders import ASSET_POSE, box_mask, cameras_around, metadata_of, write_box_views, write_view
from tests.plain_files import write_plain_boxes
from tests.transforms_files import blender_shots, varied_shots, write_blender, write_nerfstudio

BLOCKS = (
    Block(3, (40, 25, 15), still(30, (0, 0, 1), (20, -10, 300))),
    Block(7, (12, 20, 9), still(70, (1, 1, 0), (70, 50, 320))),
)

SOURCES: dict[str, Callable[[Path], object]] = {
    "data-generator": partial(write_box_views, count=8),
    "replicator": partial(write_box_frames, count=8, instance="uint16", boxes=True),
    "transforms": lambda folder: write_nerfstudio(folder, varied_shots(8), masks="alpha", per_frame=True),
    "blender": lambda folder: write_blender(folder, blender_shots(8)),
    "colmap": write_box_project,
    "bop": lambda folder: write_scene(folder, BLOCKS[:1], shots_around((20, -10, 300), 500, 8)),
    "plain": partial(write_plain_boxes, count=8, labels={"1": "crate"}, meters_per_unit=0.02, up_axis="Z"),
}
"""Writers of the tests, by the format, of a box from eight sides."""

CENTRED = ("data-generator", "replicator", "blender", "plain")
"""Sources whose cameras have square pixels and a centred principal point."""


@dataclass(frozen=True)
class Source:
    """A source with the box that is found in it."""

    dataset: Dataset
    corners: np.ndarray


@pytest.fixture(scope="module", params=SOURCES)
def source(request, tmp_path_factory) -> tuple[str, Source]:
    folder = tmp_path_factory.mktemp(request.param) / "crate"
    SOURCES[request.param](folder)
    return request.param, Source(read_folder(folder), corners_of(folder))


def corners_of(folder: Path, **settings: Any) -> np.ndarray:
    (result,) = boxfit.fit(folder, method="contact", source_up="Z", **settings)
    return result.box.corners


def convert(dataset: Dataset, folder: Path, name: str) -> list[str]:
    """Write a dataset, and give what the format does not hold."""
    losses = WRITERS[name].losses(dataset)
    assert not folder.exists()
    WRITERS[name].write(dataset, folder)
    return losses


def with_image(dataset: Dataset, sensor: str, image: Callable[[View], np.ndarray]) -> Dataset:
    """Give every view an image that is in the memory."""
    views = tuple(replace(view, images={**view.images, sensor: partial(image, view)}) for view in dataset.views)
    return with_views(dataset, views)


def with_views(dataset: Dataset, views: tuple[View, ...]) -> Dataset:
    return replace(dataset, views=views, objects=tuple(replace(each, views=views) for each in dataset.objects))


def named(losses: list[str], text: str) -> bool:
    return any(text in loss for loss in losses)


@pytest.mark.parametrize("target", WRITERS)
def test_write_dataset_of_every_format_keeps_masks_cameras_and_box(tmp_path, source, target) -> None:
    name, read = source
    if target == "data-generator" and name not in CENTRED:
        with pytest.raises(DatasetError, match="holds only square pixels and a centred principal point"):
            WRITERS[target].losses(read.dataset)
        with pytest.raises(DatasetError, match="holds only square pixels and a centred principal point"):
            WRITERS[target].write(read.dataset, tmp_path / "out")
        assert not list(tmp_path.iterdir())
        return
    convert(read.dataset, tmp_path / "out", target)
    written = read_folder(tmp_path / "out")
    assert (written.format, written.problems) == (target, ())
    unit = 1.0
    if target == "bop" and read.dataset.meters_per_unit is not None:
        unit = 1000 * read.dataset.meters_per_unit
    (labelled,), (other,) = read.dataset.objects, written.objects
    for before, after in zip(labelled.views, other.views, strict=True):
        np.testing.assert_array_equal(
            before.segmentation(labelled.label.sensor) == labelled.label.id,
            after.segmentation(other.label.sensor) == other.label.id,
        )
        check_cameras(before.camera, after.camera, unit)
    corners = corners_of(tmp_path / "out") / unit
    assert np.abs(corners - read.corners).max() < 1e-6 * np.ptp(read.corners, axis=0).max()


def check_cameras(before: Camera, after: Camera, unit: float = 1.0) -> None:
    expected = before.camera_from_world.copy()
    expected[:3, 3] *= unit
    np.testing.assert_allclose(after.camera_from_world, expected, rtol=1e-12, atol=1e-9 * unit)
    np.testing.assert_allclose(after.focal, before.focal, rtol=1e-12)
    np.testing.assert_allclose(after.principal, before.principal, rtol=1e-12)
    assert after.resolution == before.resolution


@pytest.mark.parametrize("target", WRITERS)
def test_write_images_and_depth_keeps_them(tmp_path, target) -> None:
    write_box_frames(tmp_path / "in", 3, depths=["distance_to_camera"], unit=0.01)
    frames = sorted((tmp_path / "in").glob("semantic_segmentation_*.png"))
    for frame in frames:
        (tmp_path / "in" / frame.name.replace("semantic_segmentation", "rgb")).write_bytes(frame.read_bytes())
    dataset = read_folder(tmp_path / "in")
    losses = convert(dataset, tmp_path / "out", target)
    written = read_folder(tmp_path / "out")
    for before, after in zip(dataset.views, written.views, strict=True):
        np.testing.assert_array_equal(after.rgb(), before.rgb())
        assert after.has_depth == (target != "colmap")
        if target != "colmap":
            seen = np.isfinite(before.depth())
            rounded = 1e-4 if target == "bop" else 1e-6
            unit = 10 if target == "bop" else 1
            np.testing.assert_allclose(after.depth()[seen], unit * before.depth()[seen], rtol=rounded)
            assert not (np.isfinite(after.depth()[~seen]) & (after.depth()[~seen] > 0)).any()
    assert named(losses, "depth") == (target in ("colmap", "bop"))
    assert written.meters_per_unit == {"bop": 0.001, "replicator": 0.01, "plain": 0.01}.get(target)
    assert named(losses, "the unit: state it") == (target in ("data-generator", "transforms", "colmap"))


@pytest.mark.parametrize("target", ["data-generator", "replicator", "bop", "plain"])
def test_write_several_objects_keeps_them_apart(tmp_path, target) -> None:
    write_box_frames(tmp_path / "in", 4, TWINS, instance="uint16")
    dataset = read_folder(tmp_path / "in")
    losses = convert(dataset, tmp_path / "out", target)
    written = read_folder(tmp_path / "out")
    names = [labelled.label.name for labelled in written.objects]
    assert names == (["obj_000002", "obj_000003"] if target == "bop" else ["/World/Mug", "/World/Mug_01"])
    assert named(losses, "names of objects") == (target == "bop")
    for before, after in zip(dataset.objects, written.objects, strict=True):
        for view, other in zip(before.views, after.views, strict=True):
            np.testing.assert_array_equal(
                view.segmentation("instance") == before.label.id, other.semantic() == after.label.id
            )


@pytest.mark.parametrize("target", ["transforms", "colmap"])
def test_write_several_objects_where_one_is_held_raises_until_one_is_chosen(tmp_path, target) -> None:
    write_plain_boxes(tmp_path / "in", 6, prims=PAIR, labels={"1": "crate", "2": "tin"})
    session = Session(tmp_path / "in")
    with pytest.raises(DatasetError, match=r"holds one object a folder, and there are crate, tin: choose one"):
        WRITERS[target].losses(session.dataset)
    chosen = Session(tmp_path / "in", InputSettings(label="tin")).dataset
    convert(chosen, tmp_path / "out", target)
    expected = corners_of(tmp_path / "in", label="tin")
    np.testing.assert_allclose(corners_of(tmp_path / "out"), expected, atol=1e-6)


def test_write_chosen_and_merged_labels_writes_only_these_with_their_names(tmp_path) -> None:
    write_plain_boxes(tmp_path / "plain", 6, prims=PAIR, labels={"1": "crate", "2": "crate lid"})
    convert(read_folder(tmp_path / "plain"), tmp_path / "in", "data-generator")
    for settings, name in ((InputSettings(label="crate lid"), "crate lid"), (InputSettings(merge="crate*"), "crate*")):
        dataset = Session(tmp_path / "in", settings).dataset
        convert(dataset, tmp_path / str(settings.label), "data-generator")
        (labelled,) = read_folder(tmp_path / str(settings.label)).objects
        assert labelled.label.name == name
        for view, other in zip(labelled.views, read_folder(tmp_path / "in").views, strict=True):
            shown = other.semantic() == 2 if name == "crate lid" else other.semantic() > 0
            np.testing.assert_array_equal(view.semantic() > 0, shown)


def test_write_objects_of_several_assets_with_the_same_id_keeps_them_apart(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(8)):
        asset = ("a.usd", "b.usd")[index % 2]
        write_view(tmp_path / "in", index, metadata_of(camera, asset), semantic=box_mask(camera))
    losses = convert(read_folder(tmp_path / "in"), tmp_path / "out", "plain")
    assert named(losses, "poses and paths of a.usd, b.usd")
    first, second = read_folder(tmp_path / "out").objects
    shows = [[bool((view.semantic() == each.label.id).any()) for view in each.views] for each in (first, second)]
    assert shows == [[True, False] * 4, [False, True] * 4]


@pytest.mark.parametrize("target", WRITERS)
def test_write_moving_asset_moves_the_cameras_instead(tmp_path, target) -> None:
    turn = np.array([[0.0, 0, 1, 0.2], [0, 1, 0, 0], [-1, 0, 0, -0.3], [0, 0, 0, 1]])
    turn[:3, :3] *= 1.5
    for index, camera in enumerate(cameras_around(8)):
        motion = turn if index % 3 == 1 else np.eye(4)
        moved = camera.moved(np.linalg.inv(motion))
        scale = np.cbrt(np.linalg.det(moved.camera_from_world[:3, :3]))
        rigid = moved.camera_from_world / np.array([[scale]] * 3 + [[1.0]])
        metadata = metadata_of(replace(camera, camera_from_world=rigid), pose=motion @ ASSET_POSE)
        depth = np.where(box_mask(camera)[..., 0], 5, np.inf).astype(np.float32)
        write_view(tmp_path / "in", index, metadata, semantic=box_mask(camera), depth=depth)
    expected = corners_of(tmp_path / "in", depth="off")
    losses = convert(read_folder(tmp_path / "in"), tmp_path / "out", target)
    assert named(losses, "the motion of box.usd: the cameras move instead") == (target != "data-generator")
    np.testing.assert_allclose(corners_of(tmp_path / "out", depth="off"), expected, atol=1e-6)
    matrix = read_folder(tmp_path / "out").views[1].camera.camera_from_world[:3, :3]
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
    if target in ("plain", "replicator", "transforms"):
        depth = read_folder(tmp_path / "out").views[1].depth()
        np.testing.assert_allclose(depth[np.isfinite(depth) & (depth > 0)], 5 / 1.5, rtol=1e-6)


def test_write_objects_that_move_differently_raises(tmp_path) -> None:
    write_scene(
        tmp_path / "in",
        [BLOCKS[0], replace(BLOCKS[1], world_from_model=lambda image: still(9 * image, (0, 0, 1), (70, 50, 320))(0))],
        shots_around((20, -10, 300), 500, 8),
    )
    dataset = read_folder(tmp_path / "in")
    convert(dataset, tmp_path / "each", "plain")  # BOP's views show one object each.
    assert len(read_folder(tmp_path / "each").objects) == 2
    alike = {view.name.rpartition("/")[2]: view for view in dataset.views}
    shared = tuple(
        replace(each, views=tuple(replace(view, name=view.name.rpartition("/")[2]) for view in each.views))
        for each in dataset.objects
    )
    together = replace(dataset, objects=shared, views=tuple(replace(view, name=name) for name, view in alike.items()))
    with pytest.raises(DatasetError, match="do not all move alike: convert one at a time"):
        WRITERS["plain"].losses(together)


@pytest.mark.parametrize("model", ["OPENCV", "FULL_OPENCV"])
@pytest.mark.parametrize("target", ["transforms", "colmap", "plain", "replicator", "bop"])
def test_write_views_of_a_lens_keeps_its_distortion_or_says_that_it_is_gone(tmp_path, model, target) -> None:
    write_box_project(tmp_path / "in", model=model)
    picture = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    dataset = with_image(read_folder(tmp_path / "in"), "rgb", lambda view: picture)
    losses = convert(dataset, tmp_path / "out", target)
    written = read_folder(tmp_path / "out")
    holds = target in ("colmap", "plain") or (target == "transforms" and model == "OPENCV")
    assert named(losses, "the distortion of the lens in all 8 views") != holds
    for before, after in zip(dataset.views, written.views, strict=True):
        assert before.lens is not None and (after.lens is not None) == holds
        if after.lens is not None:
            np.testing.assert_array_equal(after.lens.coefficients, before.lens.coefficients)
            check_cameras(before.lens.camera, after.lens.camera)
            np.testing.assert_array_equal(after.semantic(), before.semantic())
            np.testing.assert_array_equal(replace(after, lens=None, camera=after.taken).rgb(), picture)
        else:
            np.testing.assert_array_equal(after.rgb(), before.rgb())
            check_cameras(before.camera, after.camera)
    expected = corners_of(tmp_path / "in")
    distances = np.linalg.norm(corners_of(tmp_path / "out")[:, None] - expected, axis=-1)
    assert distances.min(axis=1).max() < (1e-6 if holds else 0.03) * np.ptp(expected)


def test_write_coefficient_that_means_another_one_in_transforms_is_not_held(tmp_path) -> None:
    write_plain_boxes(tmp_path / "in", 3, distortion={"k1": -0.1, "k4": 0.02})
    losses = convert(read_folder(tmp_path / "in"), tmp_path / "out", "transforms")
    assert named(losses, "the distortion of the lens in all 3 views")
    assert read_folder(tmp_path / "out").problems == ()


def test_write_plain_is_valid_by_the_schema(tmp_path) -> None:
    write_box_project(tmp_path / "in", model="FULL_OPENCV")
    convert(read_folder(tmp_path / "in"), tmp_path / "out", "plain")
    schema = json.loads(plain.SCHEMA.read_text(encoding="utf-8"))
    content = json.loads((tmp_path / "out" / "boxfit.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)
    assert content["labels"] == {"1": "in"} and content["masks"] == "binary"


def test_write_soft_mask_keeps_its_coverage_where_the_format_holds_it(tmp_path) -> None:
    write_plain_boxes(tmp_path / "in", 3)
    dataset = read_folder(tmp_path / "in")
    dataset = with_image(dataset, "coverage", lambda view: (200 * view.semantic() + 20).astype(np.uint8))
    assert not named(convert(dataset, tmp_path / "plain", "plain"), "coverage")
    assert named(convert(dataset, tmp_path / "bop", "bop"), "the coverage of pixels")
    assert set(np.unique(np.array(Image.open(tmp_path / "plain" / "masks" / "0.png")))) == {20, 220}


def test_write_view_names_that_are_no_file_names(tmp_path) -> None:
    write_plain_boxes(tmp_path / "in", 3)
    dataset = read_folder(tmp_path / "in")

    def renamed(*names: str) -> Dataset:
        return with_views(
            dataset, tuple(replace(view, name=name) for view, name in zip(dataset.views, names, strict=True))
        )

    convert(renamed("left/1", "../a b", "c.d"), tmp_path / "safe", "plain")
    assert [view.name for view in read_folder(tmp_path / "safe").views] == ["left_1", "_a_b", "c_d"]
    convert(renamed("left/1", "LEFT_1", "c"), tmp_path / "numbered", "colmap")
    assert [view.name for view in read_folder(tmp_path / "numbered").views] == ["0000", "0001", "0002"]


def test_write_label_that_is_called_background(tmp_path) -> None:
    write_plain_boxes(tmp_path / "in", 3, labels={"1": "BACKGROUND"})
    convert(read_folder(tmp_path / "in"), tmp_path / "out", "replicator")
    assert [each.label.name for each in read_folder(tmp_path / "out").objects] == ["BACKGROUND_"]


@pytest.mark.parametrize("target", WRITERS)
def test_write_image_that_is_gone_or_into_a_folder_that_holds_something_raises_and_leaves_nothing(
    tmp_path, target
) -> None:
    write_plain_boxes(tmp_path / "in", 3, depth=True)
    dataset = read_folder(tmp_path / "in")
    before = sorted(path.name for path in (tmp_path / "in").rglob("*"))
    with pytest.raises(DatasetError, match="in already exists and is not an empty folder"):
        WRITERS[target].write(dataset, tmp_path / "in")
    assert sorted(path.name for path in (tmp_path / "in").rglob("*")) == before
    if target != "colmap":
        (tmp_path / "in" / "depth" / "1.png").unlink()
        with pytest.raises(DatasetError, match=r"1\.png"):
            WRITERS[target].write(dataset, tmp_path / "out")
        assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_write_dataset_without_an_object_raises(tmp_path) -> None:
    write_plain_boxes(tmp_path / "in", 3)
    dataset = replace(select_views(read_folder(tmp_path / "in"), "0-2"), objects=())
    with pytest.raises(DatasetError, match="has no object to write"):
        WRITERS["plain"].losses(dataset)


def test_writers_are_those_of_the_formats() -> None:
    assert list(WRITERS) == list(FORMATS)
