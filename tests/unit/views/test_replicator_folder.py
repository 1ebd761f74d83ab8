"""Tests of folders of Replicator's BasicWriter in all variants, read and fitted."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.box import Box
from boxfit.geometry.raster import rasterize
from boxfit.session.comparisons import compare
from boxfit.views.dataset import Dataset
from boxfit.views.replicator.folder import holds_replicator, read_replicator
from boxfit.views.silhouettes import silhouettes
from PIL import Image

from tests.basic_writer import (
    BOX_3D,
    PAIR,
    SECOND,
    TWINS,
    Prim,
    annotators,
    camera_params,
    write_box_frames,
    write_frame,
)
from tests.folders import box_mask, cameras_around
from tests.scenes import BOX, BOX_FACES

CUP = replace(
    SECOND,
    path="/World/Cup",
    labels={"class": "cup", "kind": "tall"},
    box=Box(BOX.centre - np.array([0.9, 0.4, 0.0]), 0.4 * BOX.half_extents),
)


def names(dataset: Dataset) -> list[str]:
    return [target.label.name for target in dataset.objects]


def mask_of(dataset: Dataset, name: str, view: int) -> np.ndarray:
    target = next(target for target in dataset.objects if target.label.name == name)
    return target.views[view].segmentation(target.label.sensor) == target.label.id


def check_fitted(folder: Path, expected: Box = BOX) -> None:
    """Check that the box of a folder's only object is the true box, up to the pixel size."""
    (result,) = boxfit.fit(folder, method="contact")
    np.testing.assert_allclose(np.sort(result.box.size), np.sort(expected.size), rtol=0.06)
    np.testing.assert_allclose(result.box.centre, expected.centre, atol=0.03)


@pytest.mark.parametrize("look", ["colour", "uint8", "uint16"])
@pytest.mark.parametrize("sensor", ["semantic", "instance"])
def test_read_masks_of_every_kind_gives_those_that_were_rendered(tmp_path, sensor, look) -> None:
    cameras = write_box_frames(tmp_path, 8, **{"semantic": None, sensor: look})
    dataset = read_replicator(tmp_path)
    (target,) = dataset.objects
    assert (target.label.name, target.label.sensor, target.label.named_by) == ("box", sensor, "labels")
    assert dataset.problems == () and dataset.meters_per_unit == 0.01
    for view, camera in zip(target.views, cameras, strict=True):
        np.testing.assert_array_equal(view.segmentation(sensor) == target.label.id, box_mask(camera)[..., 0] > 0)
        np.testing.assert_allclose(view.camera.camera_from_world, camera.camera_from_world)
        np.testing.assert_allclose(view.camera.focal, camera.focal)
    check_fitted(tmp_path)


def test_read_ids_that_change_between_frames_keeps_the_objects_apart(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(5)):
        order = PAIR if index % 2 else PAIR[::-1]
        write_frame(tmp_path, annotators(camera, order, semantic="uint8", seed=index), index)
    dataset = read_replicator(tmp_path)
    assert sorted(names(dataset)) == ["box", "second"]
    for index, camera in enumerate(cameras_around(5)):
        alone = box_mask(camera, SECOND.box)[..., 0] > 0
        assert not (mask_of(dataset, "second", index) & ~alone).any()
        assert not (mask_of(dataset, "box", index) & mask_of(dataset, "second", index)).any()


def test_read_class_of_several_prims_gives_one_object_each_where_instances_tell_them_apart(tmp_path) -> None:
    write_box_frames(tmp_path, 4, TWINS, semantic="colour", instance="colour", boxes=True)
    dataset = read_replicator(tmp_path)
    assert names(dataset) == ["/World/Mug", "/World/Mug_01"] and dataset.problems == ()
    shutil.rmtree(tmp_path)
    write_box_frames(tmp_path, 4, TWINS, semantic=None, instance="uint16")
    assert names(read_replicator(tmp_path)) == ["/World/Mug", "/World/Mug_01"]


def test_read_class_of_several_prims_without_instances_says_that_a_box_may_hold_them(tmp_path) -> None:
    write_box_frames(tmp_path, 4, TWINS, boxes=True)
    dataset = read_replicator(tmp_path)
    assert names(dataset) == ["mug"]
    (problem,) = dataset.problems
    assert problem.where == "label mug"
    assert problem.what.startswith(
        "2 prims have it (/World/Mug, /World/Mug_01), which its masks do not tell apart: a box may contain several"
    )


@pytest.mark.parametrize("with_paths", [True, False])
def test_read_class_of_several_prims_takes_no_pose_from_the_one_that_is_in_sight(tmp_path, with_paths) -> None:
    for index, camera in enumerate(cameras_around(6)):
        write_frame(tmp_path, annotators(camera, TWINS if index < 3 else TWINS[1:], boxes=True), index)
        if not with_paths:
            (tmp_path / f"bounding_box_3d_prim_paths_{index:04d}.json").unlink()
    (mug,) = read_replicator(tmp_path).objects
    assert all(view.pose_of(mug.label) is None for view in mug.views)
    assert not silhouettes(mug, check=False).moves


@pytest.mark.parametrize(
    "looks",
    [{"semantic": "colour", "instance": "colour"}, {"semantic": None, "instance": "uint16"}],
    ids=["semantic and instance", "instance alone"],
)
def test_read_labels_have_the_class_and_the_prim_beside_their_name(tmp_path, looks) -> None:
    write_box_frames(tmp_path, 4, (*TWINS, CUP), **looks)
    labels = {each.label.name: (each.label.class_name, each.label.prim) for each in read_replicator(tmp_path).objects}
    assert labels == {
        "/World/Mug": ("mug", "/World/Mug"),
        "/World/Mug_01": ("mug", "/World/Mug_01"),
        "cup,tall": ("cup", "/World/Cup"),
    }


@pytest.mark.parametrize("boxes", [True, False])
def test_read_prim_of_a_class_in_semantic_images_is_that_of_its_3d_box(tmp_path, boxes) -> None:
    write_box_frames(tmp_path, 4, PAIR, boxes=boxes)
    prims = [each.label.prim for each in read_replicator(tmp_path).objects]
    assert prims == (["/World/Box", "/World/Second"] if boxes else ["", ""])


def test_read_masks_that_are_jpeg_files_names_one(tmp_path) -> None:
    write_box_frames(tmp_path, 3)
    for path in tmp_path.glob("semantic_segmentation_*.png"):
        Image.open(path).convert("RGB").save(path.with_suffix(".jpg"))
        path.unlink()
    expected = r"view 0000: semantic_segmentation_0000\.jpg is a JPEG file, .*: write masks as PNG"
    with pytest.raises(DatasetError, match=expected):
        read_replicator(tmp_path)


def test_read_masks_beside_jpeg_files_of_them_takes_the_masks(tmp_path) -> None:
    write_box_frames(tmp_path, 3)
    for path in tmp_path.glob("semantic_segmentation_*.png"):
        Image.open(path).convert("RGB").save(path.with_suffix(".jpg"))
    dataset = read_replicator(tmp_path)
    assert names(dataset) == ["box"] and dataset.problems == ()


def test_read_unlabelled_things_are_no_objects(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(4)):
        outputs = annotators(camera, PAIR, semantic="uint8", instance="colour", seed=index)
        for annotator in ("semantic_segmentation", "instance_segmentation"):
            info = outputs[annotator]["info"]
            for entries in info.values():
                for key, entry in entries.items():
                    if entry in ({"class": "second"}, "/World/Second"):
                        entries[key] = "UNLABELLED" if isinstance(entry, str) else {"class": "UNLABELLED"}
        write_frame(tmp_path, outputs, index)
    assert names(read_replicator(tmp_path)) == ["box"]


@pytest.mark.parametrize("common", [False, True])
def test_read_several_render_products_gives_a_view_for_each(tmp_path, common) -> None:
    cameras = cameras_around(8)
    for index, camera in enumerate(cameras):
        product = ("Replicator", "Replicator_01")[index % 2]
        outputs = annotators(camera, instance="uint8", boxes=True, seed=index)
        write_frame(tmp_path, outputs, index // 2, product, common)
    dataset = read_replicator(tmp_path)
    expected = [f"{product}/{frame:04}" for product in ("Replicator", "Replicator_01") for frame in range(4)]
    assert [view.name for view in dataset.views] == expected
    np.testing.assert_allclose(dataset.views[5].camera.camera_from_world, cameras[3].camera_from_world)
    check_fitted(tmp_path)


def test_read_frames_and_sequences_gives_the_order_of_their_numbers(tmp_path) -> None:
    frames = ["9999", "10000", "1_0001", "1_0000", "2_0000", "10_0000", "1_2_0000"]
    for frame, camera in zip(frames, cameras_around(len(frames)), strict=True):
        write_frame(tmp_path, annotators(camera), frame)
    expected = ["9999", "10000", "1_0000", "1_0001", "1_2_0000", "2_0000", "10_0000"]
    assert [view.name for view in read_replicator(tmp_path).views] == expected


def test_read_label_of_several_types_is_chosen_by_any_of_its_labels(tmp_path) -> None:
    write_box_frames(tmp_path, 6, (Prim(labels={"shape": "round", "class": "cube,red"}), SECOND))
    assert names(read_replicator(tmp_path)) == ["cube,red,round", "second"]
    for label in ("red", "round", "cube,red,round"):
        (result,) = boxfit.fit(tmp_path, label=label, method="contact")
        assert result.name == "cube,red,round"


def test_read_principal_point_off_the_middle_gives_the_right_box(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(8)):
        shifted = replace(camera, principal=(camera.principal[0] + 11, camera.principal[1] - 5))
        write_frame(tmp_path, annotators(shifted, seed=index), index)
    check_fitted(tmp_path)


def test_compare_with_the_renderers_box_agrees(tmp_path) -> None:
    write_box_frames(tmp_path, 10, PAIR, instance="colour", boxes=True)
    for result in boxfit.fit(tmp_path, method="contact"):
        (comparison,) = compare(result)
        assert comparison.reference == "bbox_3d" and comparison.iou > 0.8, result.name
        assert comparison.volume_ratio == pytest.approx(1, abs=0.25)


def test_compare_of_a_prim_whose_parts_are_labelled_too_has_no_reference(tmp_path) -> None:
    part = replace(SECOND, path="/World/Box/Part")
    write_box_frames(tmp_path, 6, (Prim(), part), instance="colour", boxes=True)
    differences = {result.name: compare(result) for result in boxfit.fit(tmp_path, method="contact")}
    assert differences["box"] == [] and len(differences["second"]) == 1


def test_read_objects_that_move_each_its_own_way_finds_both(tmp_path) -> None:
    rng = np.random.default_rng(1)
    for index, camera in enumerate(cameras_around(10)):
        moved = []
        for prim in PAIR:
            shift = np.eye(4)
            shift[:3, 3] = 0 if index == 0 else rng.uniform(-0.25, 0.25, 3)
            moved.append(replace(prim, world_from_rest=shift))
        write_frame(tmp_path, annotators(camera, moved, instance="colour", boxes=True, seed=index), index)
    for result, prim in zip(boxfit.fit(tmp_path, method="contact"), PAIR, strict=True):
        assert result.observations.moves
        np.testing.assert_allclose(result.box.centre, prim.box.centre, atol=0.04)
        np.testing.assert_allclose(np.sort(result.box.size), np.sort(prim.box.size), rtol=0.15)


@pytest.mark.parametrize(("step", "left_out"), [(0.1, ["view 0002"]), (0.0, [])], ids=["moves", "stands"])
def test_silhouettes_of_an_object_leave_out_views_without_its_box_if_it_moves(tmp_path, step, left_out) -> None:
    for index, camera in enumerate(cameras_around(4)):
        moved = replace(Prim(), world_from_rest=np.eye(4) + np.eye(4, k=3) * step * index)
        write_frame(tmp_path, annotators(camera, [moved], boxes=index != 2, seed=index), index)
    (target,) = read_replicator(tmp_path).objects
    observations = silhouettes(target)
    assert observations.moves is (step > 0)
    assert [problem.where for problem in observations.left_out] == left_out


def test_silhouettes_of_an_object_whose_parts_move_inside_its_box_warn(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(4)):
        outputs = annotators(camera, boxes=True, seed=index)
        outputs["bounding_box_3d"]["data"]["x_max"] += 0.1 * index
        write_frame(tmp_path, outputs, index)
    (target,) = read_replicator(tmp_path).objects
    (warning,) = [text for text in silhouettes(target).warnings if "changes its size" in text]
    assert "by up to 26%" in warning


def test_prim_that_frames_call_differently_is_a_problem(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(4)):
        prim = Prim(labels={"class": "mug" if index % 2 else "box"})
        write_frame(tmp_path, annotators(camera, [prim], semantic=None, instance="uint16", seed=index), index)
    (problem,) = read_replicator(tmp_path).problems
    assert problem.where == "prim /World/Box" and "box in some frames, and mug in others" in problem.what


def test_fit_far_from_the_renderers_own_box_warns(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(6)):
        outputs = annotators(camera, boxes=True, seed=index)
        outputs["bounding_box_3d"]["data"]["transform"][:, 3, :3] += 0.6
        write_frame(tmp_path, outputs, index)
    (result,) = boxfit.fit(tmp_path, method="contact")
    assert "beyond the renderer's own box (bbox_3d)" in result.warnings[-1]
    assert ": doubtful; contradicted by the renderer's own box" in result.verdict.text


def test_silhouettes_that_are_mostly_hidden_are_named(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(4)):
        outputs = annotators(camera, boxes=True, seed=index)
        outputs["bounding_box_3d"]["data"]["occlusionRatio"] = 0.8 if index == 1 else -1 if index == 2 else 0.1
        write_frame(tmp_path, outputs, index)
    (target,) = read_replicator(tmp_path).objects
    (warning,) = silhouettes(target).warnings
    assert warning.startswith("other objects hide more than 50% of it in 1 of 4 views (0001)")


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_read_pictures_gives_their_colours(tmp_path, suffix) -> None:
    for index, camera in enumerate(cameras_around(2)):
        height, width = camera.resolution
        picture = np.full((height, width, 4), (200, 100, 50, 255), dtype=np.uint8)
        write_frame(tmp_path, annotators(camera) | {"rgb": picture}, index, suffix=suffix)
    for view in read_replicator(tmp_path).views:
        np.testing.assert_allclose(view.rgb(), np.broadcast_to([200, 100, 50], (height, width, 3)), atol=3)


PLANE, RAY = "distance_to_image_plane", "distance_to_camera"


@pytest.mark.parametrize("unit", [0.01, 1.0])
@pytest.mark.parametrize("depths", [(PLANE,), (RAY,), (RAY, PLANE)], ids=["plane", "ray", "both"])
def test_read_distances_of_both_kinds_gives_the_depth_along_the_view_in_scene_units(tmp_path, depths, unit) -> None:
    cameras = write_box_frames(tmp_path, 4, depths=depths, unit=unit)
    dataset = read_replicator(tmp_path)
    for view, camera in zip(dataset.views, cameras, strict=True):
        truth = rasterize(camera.to_camera(BOX.corners), BOX_FACES, camera)[1]
        assert view.depth().dtype == np.float32 and "depth_linear" in view.sensors
        np.testing.assert_allclose(view.depth(), truth, rtol=1e-6)
        assert {path.name for _, path in view.files} >= {f"{depth}_{view.name}.npy" for depth in depths}
    observations = silhouettes(dataset.objects[0])
    assert observations.surface is not None and len(observations.surface.names) == 4
    beyond = np.abs(BOX.to_local(observations.surface.points)) - BOX.half_extents
    assert np.abs(beyond.max(axis=1)).max() < 1e-4


@pytest.mark.parametrize("common", [False, True])
def test_read_distances_of_several_render_products_are_found_in_their_folders(tmp_path, common) -> None:
    for index, camera in enumerate(cameras_around(4)):
        write_frame(tmp_path, annotators(camera, depths=(PLANE, RAY), seed=index), index // 2, f"P{index % 2}", common)
    views = read_replicator(tmp_path).views
    assert [view.name for view in views] == ["P0/0000", "P0/0001", "P1/0000", "P1/0001"]
    assert all(np.isfinite(view.depth()).any() for view in views)


def test_read_distances_that_are_broken_cost_the_depth_and_not_the_view(tmp_path) -> None:
    write_box_frames(tmp_path, 4, depths=(PLANE,))
    (tmp_path / f"{PLANE}_0001.npy").write_bytes(b"none")
    np.save(tmp_path / f"{PLANE}_0002.npy", np.ones((7, 7), np.float32))
    observations = silhouettes(read_replicator(tmp_path).objects[0])
    assert len(observations.silhouettes) == 4 and not observations.left_out
    assert observations.surface is not None and observations.surface.names == ("0000", "0003")
    first, second = observations.surface.faults
    assert first.startswith(f"view 0001: {PLANE}_0001.npy is not a npy file")
    assert second.startswith(f"view 0002: {PLANE}_0002.npy is 7 x 7")


def spoil_camera(**changes):
    def spoil(folder: Path) -> None:
        path = folder / "camera_params_0001.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")

    return spoil


def remove(name: str):
    return lambda folder: (folder / name).unlink()


def overwrite(name: str, content: bytes):
    return lambda folder: (folder / name).write_bytes(content)


def halve(name: str):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200])


FAULTS = {
    "no camera": (remove("camera_params_0001.json"), "it has no camera_params: switch them on"),
    "camera no JSON": (overwrite("camera_params_0001.json", b"{"), r"camera_params_0001\.json is not JSON"),
    "camera a list": (overwrite("camera_params_0001.json", b"[]"), "it has no camera_params"),
    "fisheye": (spoil_camera(cameraModel="fisheyePolynomial"), "its camera model is fisheyePolynomial"),
    "orthographic": (spoil_camera(cameraProjection=[1, 0, 0, 0, 0, 1, *[0] * 9, 1]), "not that of a pinhole camera"),
    "another unit": (spoil_camera(metersPerSceneUnit=1.0), r"its metersPerSceneUnit is 1, but 0\.01 in earlier views"),
    "another size": (spoil_camera(renderProductResolution=[64, 64]), r"0001\.png is 72 x 128 .* says 64 x 64"),
    "no mask": (remove("semantic_segmentation_0001.png"), "no semantic_segmentation and no instance_segmentation"),
    "no labels": (remove("semantic_segmentation_labels_0001.json"), r"segmentation_labels_0001\.json is missing"),
    "labels in depth": (
        overwrite("semantic_segmentation_labels_0001.json", b'{"2": {"class": ' + b"[" * 900 + b"]" * 900 + b"}}"),
        r"not those of BasicWriter|labels do not name|its JSON",
    ),
    "colour of 5000 digits": (
        overwrite("semantic_segmentation_labels_0001.json", b'{"(1, 2, 3, ' + b"9" * 5000 + b')": {"class": "box"}}'),
        "its JSON files are not those of BasicWriter",
    ),
    "unit of another universe": (spoil_camera(metersPerSceneUnit=1e300), "metersPerSceneUnit is 1e"),
    "lengths beyond float64": (spoil_camera(cameraViewTransform=[1e300] * 16), "cameraViewTransform"),
    "labels a list": (overwrite("semantic_segmentation_labels_0001.json", b"[]"), "its labels are a list"),
    "labels of another frame": (
        overwrite("semantic_segmentation_labels_0001.json", b'{"(1, 2, 3, 255)": {"class": "box"}}'),
        r"semantic_segmentation_0001\.png shows the colour .* that its labels do not name",
    ),
    "mask cut off": (halve("semantic_segmentation_0001.png"), r"semantic_segmentation_0001\.png is not an image"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_read_a_bad_frame_leaves_it_out_with_the_reason(tmp_path, fault) -> None:
    write_box_frames(tmp_path, 4)
    spoil, message = FAULTS[fault]
    spoil(tmp_path)
    dataset = read_replicator(tmp_path)
    assert [view.name for view in dataset.views] == ["0000", "0002", "0003"]
    (problem,) = dataset.problems
    assert problem.where == "view 0001" and re.search(message, problem.what), problem.what


TEXTS = [(name, "U4" if name == "x_min" else kind, *shape) for name, kind, *shape in BOX_3D]
"""Type of the rows of 3D boxes, with a text as a limit."""

BOX_FAULTS = {
    "no array": (overwrite("bounding_box_3d_0001.npy", b"none"), r"bounding_box_3d_0001\.npy is not a npy file"),
    "another array": (lambda folder: np.save(folder / "bounding_box_3d_0001.npy", np.zeros(3)), "has no semanticId"),
    "no labels": (remove("bounding_box_3d_labels_0001.json"), "labels of its bounding_box_3d are a NoneType"),
    "a number for the paths": (
        overwrite("bounding_box_3d_prim_paths_0001.json", b"7"),
        "the prim paths of its bounding_box_3d are a int, not a list",
    ),
    "limits as text": (
        lambda folder: np.save(folder / "bounding_box_3d_0001.npy", np.zeros(1, TEXTS)),
        "could not convert string to float",
    ),
    "paths of others": (overwrite("bounding_box_3d_prim_paths_0001.json", b"[]"), "1 rows but 0 prim paths"),
}


@pytest.mark.parametrize("fault", BOX_FAULTS)
def test_read_a_frame_with_bad_boxes_keeps_the_view(tmp_path, fault) -> None:
    write_box_frames(tmp_path, 3, boxes=True)
    spoil, message = BOX_FAULTS[fault]
    spoil(tmp_path)
    dataset = read_replicator(tmp_path)
    assert len(dataset.views) == 3 and len(dataset.views[0].bbox_3d) == 1 and dataset.views[1].bbox_3d == ()
    (problem,) = dataset.problems
    assert re.search(f"3D boxes are not used: .*{message}", problem.what), problem.what


def test_read_boxes_without_prim_paths_matches_them_by_their_labels(tmp_path) -> None:
    write_box_frames(tmp_path, 3, PAIR, boxes=True)
    for path in tmp_path.glob("*prim_paths*"):
        path.unlink()
    assert {record["class"] for record in read_replicator(tmp_path).views[0].bbox_3d} == {"box", "second"}


def test_read_boxes_of_empty_or_collapsed_prims_leaves_them_out(tmp_path) -> None:
    for index, camera in enumerate(cameras_around(2)):
        outputs = annotators(camera, PAIR, boxes=True, seed=index)
        rows = outputs["bounding_box_3d"]["data"]
        rows["x_min"][0], rows["x_max"][0] = np.finfo(np.float32).max, np.finfo(np.float32).min
        rows["transform"][1, :3] = 0
        write_frame(tmp_path, outputs, index)
    assert read_replicator(tmp_path).views[0].bbox_3d == ()


def test_read_instance_ids_alone_gives_the_prims_that_they_name(tmp_path) -> None:
    write_box_frames(tmp_path, 3, semantic=None, instance="colour")
    for path in sorted(tmp_path.glob("instance_segmentation*")):
        if "semantics" in path.name:
            path.unlink()
        else:
            path.rename(path.with_name(path.name.replace("instance_segmentation", "instance_id_segmentation")))
    assert names(read_replicator(tmp_path)) == ["/World/Box"]


def test_read_one_frame_raises(tmp_path) -> None:
    write_box_frames(tmp_path, 1)
    with pytest.raises(DatasetError, match="it is the only view: a box needs at least two"):
        read_replicator(tmp_path)


def test_folder_of_pictures_alone_is_not_basic_writers(tmp_path) -> None:
    (tmp_path / "rgb_0000.png").write_bytes(b"")
    (tmp_path / "my_camera_params_0000.json").write_bytes(b"")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "camera_params_0000.json").write_text(json.dumps(camera_params(cameras_around(1)[0])))
    assert not holds_replicator(tmp_path) and holds_replicator(tmp_path / "run")


def test_folder_that_one_may_not_look_into_raises(tmp_path, path_fails) -> None:
    write_box_frames(tmp_path, 2)
    (tmp_path / "rgb").mkdir()
    path_fails("os.scandir")
    with pytest.raises(DatasetError, match=r"cannot be read \(Permission denied\)"):
        holds_replicator(tmp_path)
