import dataclasses
import inspect
import subprocess
import sys
from typing import Any

import boxfit
import numpy as np
import pytest
from boxfit.errors import BoxfitError, DatasetError, FitError
from boxfit.geometry.box import Box
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from scipy.ndimage import gaussian_filter

from tests.folders import write_box_views
from tests.scenes import BOX, BOX_FACES, orbit_cameras, render_mask

CAMERAS = orbit_cameras(BOX, 8)
TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])


def intrinsics_of(camera: boxfit.Camera) -> np.ndarray:
    (fx, fy), (cx, cy) = camera.focal, camera.principal
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])


def scene(cameras=CAMERAS, box: Box = BOX) -> dict[str, Any]:
    return {
        "masks": np.stack([render_mask(box.corners, BOX_FACES, camera) for camera in cameras]),
        "intrinsics": np.stack([intrinsics_of(camera) for camera in cameras]),
        "camera_poses": np.stack([camera.world_from_camera for camera in cameras]),
        "convention": "opengl",
    }


SCENE = scene()


def test_fit_masks_gives_the_box_of_fit_on_the_same_data(tmp_path) -> None:
    cameras = write_box_views(tmp_path / "views", 8, resolution=(256, 256))
    (expected,) = boxfit.fit(tmp_path / "views")
    arrays = scene(cameras)
    for poses, convention in ((arrays["camera_poses"], "usd"), (arrays["camera_poses"] @ TO_OPENCV, "opencv")):
        result = boxfit.fit_masks(
            arrays["masks"], arrays["intrinsics"][0], poses, convention=convention, up="y", meters_per_unit=0.01
        )
        np.testing.assert_allclose(result.box.corners, expected.box.corners, rtol=0, atol=1e-12)
        np.testing.assert_allclose(result.bounds.inner, expected.bounds.inner, rtol=0, atol=1e-12)
        assert result.alignment == expected.alignment


def test_fit_masks_holds_hand_checked_numbers() -> None:
    # A unit cube 10 units before a camera of 100 px focal length, and the same from above: OpenCV axes, Y down.
    front = np.eye(4)
    front[2, 3] = -10.5
    above = np.array([[1.0, 0, 0, 0], [0, 0, 1, -10.5], [0, -1, 0, 0], [0, 0, 0, 1]])
    side = np.array([[0.0, 0, 1, -10.5], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]])
    mask = np.zeros((48, 64), dtype=np.uint8)
    # The nearer face is 10 px wide, around the principal point (30, 20).
    mask[15:25, 25:35] = 255
    k = np.array([[100.0, 0, 30], [0, 100, 20], [0, 0, 1]])
    result = boxfit.fit_masks([mask] * 3, k, np.stack([front, above, side]), align="axes", method="contact")
    np.testing.assert_allclose(result.box.centre, 0, atol=0.05)
    np.testing.assert_allclose(result.box.size, 1, atol=0.1)
    shifted = k - [[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]]
    calibrated = boxfit.fit_masks(
        [mask] * 3, shifted, np.stack([front, above, side]), align="axes", method="contact", pixel_centre=0
    )
    np.testing.assert_array_equal(calibrated.box.corners, result.box.corners)


def test_fit_masks_takes_images_of_different_sizes_and_shapes() -> None:
    expected = boxfit.fit_masks(**SCENE)
    padded = [np.pad(mask, ((0, 3 * index), (0, index))) for index, mask in enumerate(SCENE["masks"])]
    for masks in (padded, SCENE["masks"][:, None], SCENE["masks"][..., None] * 7, list(SCENE["masks"].astype(float))):
        result = boxfit.fit_masks(**{**SCENE, "masks": masks})
        np.testing.assert_allclose(result.box.corners, expected.box.corners, atol=1e-9)


def test_fit_masks_takes_depth_and_colours() -> None:
    depth = np.where(SCENE["masks"], np.float32(5), np.float32(np.inf))
    rgb = np.zeros((8, 256, 256, 3))
    rgb[..., 0] = 1.0
    result = boxfit.fit_masks(**SCENE, depth=depth, rgb=rgb)
    view = result.labelled.views[3]
    assert view.rgb().dtype == np.uint8 and (view.rgb() == [255, 0, 0]).all()
    assert set(np.unique(view.depth())) == {5, np.inf}
    for picture in (255 * rgb.astype(np.int64), np.where(rgb > 0, 1, np.nan)):
        np.testing.assert_array_equal(
            boxfit.fit_masks(**SCENE, rgb=picture, method="contact").labelled.views[3].rgb(), view.rgb()
        )
    # Such depths contradict the masks.
    assert not result.start.uses_depth and any("depth" in warning for warning in result.warnings)


def test_fit_labels_fits_every_id_that_two_images_show() -> None:
    second = Box(BOX.centre + np.array([1.6, 0.2, -0.3]), 0.5 * BOX.half_extents, BOX.quaternion)
    cameras = orbit_cameras(BOX, 8, fill=0.4)
    labels = np.stack([3 * render_mask(BOX.corners, BOX_FACES, camera) for camera in cameras]).astype(np.int32)
    for image, camera in zip(labels, cameras, strict=True):
        image[render_mask(second.corners, BOX_FACES, camera) & (image == 0)] = 70000
    labels[0, 0, :5] = 9
    arrays = {**scene(cameras), "label_names": {3: "box"}}
    del arrays["masks"]
    with pytest.warns(UserWarning, match="object 9 has no box"):
        found = boxfit.fit_labels(labels, **arrays)
    assert sorted(found) == [3, 70000]
    assert [found[key].name for key in sorted(found)] == ["box", "70000"]
    assert found[3].box.volume == pytest.approx(BOX.volume, rel=0.05)
    assert found[70000].box.volume == pytest.approx(second.volume, rel=0.15)


@pytest.mark.parametrize(
    ("labels", "names", "message"),
    [
        (SCENE["masks"] * 0.5, {}, r"labels\[0\] holds numbers that are not whole"),
        (SCENE["masks"] * 1e300, {}, r"labels\[0\] holds numbers that are not whole, or too large"),
        (SCENE["masks"], ["mug"], r"label_names is \['mug'\]: give names by id"),
        (SCENE["masks"], {"1": "mug"}, "label_names is {'1': 'mug'}: give names by id"),
    ],
)
def test_fit_labels_names_the_argument_that_it_cannot_use(labels: Any, names: Any, message: str) -> None:
    arrays = {**SCENE, "label_names": names}
    del arrays["masks"]
    with pytest.raises(DatasetError, match=message):
        boxfit.fit_labels(labels, **arrays)


class Tensor:
    """Stand-in for a tensor on a device: NumPy can read it only after `cpu`."""

    def __init__(self, values: np.ndarray, device: str = "cuda") -> None:
        self.values, self.device, self.dtype = values, device, values.dtype

    def detach(self) -> "Tensor":
        return self

    def cpu(self) -> "Tensor":
        return Tensor(self.values, "cpu")

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        assert self.device == "cpu"
        return self.values


def test_fit_masks_takes_tensors_on_a_device() -> None:
    names = ("masks", "intrinsics", "camera_poses")
    result = boxfit.fit_masks(**{**SCENE, **{name: Tensor(SCENE[name]) for name in names}})
    np.testing.assert_array_equal(result.box.corners, boxfit.fit_masks(**SCENE).box.corners)
    assert boxfit.fit_masks(**{**SCENE, "masks": [Tensor(mask) for mask in SCENE["masks"]]})


def test_fit_masks_takes_tensors_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed (pip install torch)")
    with pytest.raises(DatasetError, match="masks is no array of numbers"):
        boxfit.fit_masks(**{**SCENE, "masks": torch.zeros((8, 256, 256), device="meta")})
    names = ("masks", "intrinsics", "camera_poses")
    result = boxfit.fit_masks(**{**SCENE, **{name: torch.tensor(SCENE[name]) for name in names}})
    np.testing.assert_array_equal(result.box.corners, boxfit.fit_masks(**SCENE).box.corners)


def test_fit_masks_imports_no_pxr_and_no_torch() -> None:
    code = (
        "import sys, boxfit, tests.unit.session.test_arrays as test\n"
        "before = {name.split('.')[0] for name in sys.modules}\n"
        "result = boxfit.fit_masks(**test.SCENE)\nresult.overlay(), result.to_dict(), result._repr_html_()\n"
        "print(sorted({'pxr', 'torch', 'rich'} & {name.split('.')[0] for name in sys.modules} - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout


POSE = SCENE["camera_poses"]
WRONG = {
    "masks_2d": ({"masks": SCENE["masks"][0]}, "masks has shape (256, 256): give (N, height, width)"),
    "masks_4d": ({"masks": np.zeros((8, 4, 5, 6))}, "masks[0] has shape (4, 5, 6): give (height, width)"),
    "masks_logits": ({"masks": SCENE["masks"] * 7.5 - 3}, "masks[0] holds values from -3 to 4.5: give booleans"),
    "masks_nan": ({"masks": SCENE["masks"] * np.nan}, "masks[0] holds values from nan to nan"),
    "masks_text": ({"masks": "masks"}, "masks is a str of <U5, not an array of numbers"),
    "masks_empty": ({"masks": SCENE["masks"] * 0}, "all 8 masks are empty"),
    "masks_none": ({"masks": []}, "masks holds no image"),
    "masks_ragged": ({"masks": [[1, 2]] * 8}, "masks[0] has shape (2,): give (height, width)"),
    "k_shape": ({"intrinsics": np.eye(4)}, "intrinsics has shape (4, 4): give (3, 3), or (8, 3, 3)"),
    "k_count": ({"intrinsics": np.stack([np.eye(3)] * 7)}, "intrinsics has shape (7, 3, 3)"),
    "k_skew": ({"intrinsics": [[100, 5, 30], [0, 100, 20], [0, 0, 1]]}, "intrinsics is [[100.0, 5.0, 30.0]"),
    "k_transposed": ({"intrinsics": SCENE["intrinsics"].swapaxes(1, 2)}, "intrinsics[0] is [["),
    "k_nan": ({"intrinsics": np.full((3, 3), np.nan)}, "intrinsics is [[nan"),
    "k_huge": ({"intrinsics": SCENE["intrinsics"] * [[1e300], [1e300], [1]]}, "intrinsics[0] is [["),
    "pose_shape": ({"camera_poses": POSE[:7]}, "camera_poses has shape (7, 4, 4): give (8, 4, 4)"),
    "pose_singular": ({"camera_poses": POSE * 0}, "camera_poses[0]: the pose of the camera"),
    "pose_nan": ({"camera_poses": POSE * np.nan}, "camera_poses[0]: the camera matrix is not 4x4 finite"),
    "pose_mirrored": (
        {"camera_poses": POSE @ np.diag([-1, 1, 1, 1])},
        "camera_poses[0]: the camera matrix is sing",
    ),
    "convention": ({"convention": "blender"}, "convention is 'blender': choose opencv (as COLMAP, BOP)"),
    "up": ({"up": "x"}, "up is 'x': give y or z"),
    "align_up": ({"align": "up"}, "align is up, and up is None"),
    "align": ({"align": "upright"}, "align is 'upright': choose one of auto, free, up, axes"),
    "names": ({"names": ["a"] * 8}, "names are 1 different ones: give one for each of the 8 images"),
    "names_text": ({"names": "abcdefgh"}, "names is 'abcdefgh': give a list of names"),
    "unit": ({"meters_per_unit": -1}, "meters_per_unit is -1: give a number above 0"),
    "unit_text": ({"meters_per_unit": "mm"}, "meters_per_unit is 'mm'"),
    "seed": ({"seed": "1"}, "seed is '1': give a whole number"),
    "settings": ({"fit_settings": {"align": "free"}}, "fit_settings is a dict: give a FitSettings"),
    "depth_count": ({"depth": np.zeros((7, 256, 256))}, "depth has 7 images: give one for each of the 8 masks"),
    "depth_size": ({"depth": np.zeros((8, 9, 9))}, "depth[0] is 9 x 9"),
    "rgb_shape": ({"rgb": np.zeros((8, 256, 256))}, "rgb[0] has shape (256, 256): give (height, width, 3)"),
    "pixel_centre": ({"pixel_centre": 2}, "pixel_centre is 2: give 0.5, or 0"),
    "pixel_centre_text": ({"pixel_centre": "corner"}, "pixel_centre is 'corner': give 0.5, or 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_fit_masks_names_the_argument_that_it_cannot_use(case: str) -> None:
    changed, message = WRONG[case]
    with pytest.raises(BoxfitError) as refused:
        boxfit.fit_masks(**{**SCENE, **changed})
    assert message in str(refused.value) and "\n" not in str(refused.value)


def scaled(factor: float) -> np.ndarray:
    return SCENE["intrinsics"] * [[factor], [factor], [1]]


INVERSES = np.linalg.inv(POSE)
MISTAKES = {
    "axes": ({"camera_poses": POSE @ TO_OPENCV}, r"in the other axes, OpenCV's or OpenGL's \(convention\)"),
    "axes_opencv": ({"convention": "opencv"}, r"in the other axes, OpenCV's or OpenGL's \(convention\)"),
    "inverse": ({"camera_poses": INVERSES}, r"are world-to-camera: give their inverses \(camera_poses\)"),
    "inverse_opencv": (
        {"camera_poses": TO_OPENCV @ INVERSES, "convention": "opencv"},
        r"are world-to-camera: give their inverses \(camera_poses\)",
    ),
    "larger_images": ({"intrinsics": scaled(2.0)}, r"those of images 2 times as large: scale them \(intrinsics\)"),
    "smaller_images": ({"intrinsics": scaled(0.5)}, r"those of images 0.5 times as large: scale them \(intrinsics\)"),
    "flipped": ({"masks": SCENE["masks"][:, ::-1]}, "turned upside down"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_fit_masks_names_the_usual_mistake_in_its_own_words(case) -> None:
    changed, message = MISTAKES[case]
    with pytest.raises(FitError, match=message):
        boxfit.fit_masks(**{**SCENE, **changed})


def test_fit_labels_without_any_box_raises_the_first_reason() -> None:
    labels = np.zeros((8, 256, 256), dtype=np.uint8)
    labels[0, 5:9, 5:9] = 2
    arrays = {name: value for name, value in SCENE.items() if name != "masks"}
    with pytest.raises(DatasetError, match="label 2 can be seen in 1 of 8 views"):
        boxfit.fit_labels(labels, **arrays)


def test_fit_has_every_setting_as_a_keyword_with_its_default() -> None:
    parameters = inspect.signature(boxfit.fit).parameters
    settings = {
        each.name: each for kind in (InputSettings, FitSettings, PrimSettings) for each in dataclasses.fields(kind)
    }
    assert {name: parameters[name].default for name in settings} == {
        name: each.default for name, each in settings.items()
    }
    others = {"source", "output", "into", "force", "export", "progress"}
    assert parameters.keys() - settings.keys() == others
    documented = [line.strip().split(":")[0] for line in (boxfit.fit.__doc__ or "").splitlines()]
    assert not parameters.keys() - set(documented)


def test_fit_masks_of_inverted_masks_says_how_to_invert_them() -> None:
    with pytest.raises(BoxfitError, match=r"invert them \(masks == 0\)|covers the whole image"):
        boxfit.fit_masks(**{**SCENE, "masks": ~SCENE["masks"]})


def test_bytes_with_smooth_borders_are_shares_and_few_ids_are_not() -> None:
    arrays = scene()
    soft = np.stack([gaussian_filter(255.0 * mask, 1.5).round() for mask in arrays["masks"]]).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 4, soft.shape, dtype=np.uint8)  # As JPEG images have it.
    sizes = [
        boxfit.fit_masks(**{**arrays, "masks": masks}, method="contact").box.size
        for masks in (arrays["masks"], soft, np.maximum(soft, noise), np.where(arrays["masks"] > 0, 255, 0))
    ]
    for size in sizes[1:]:
        np.testing.assert_allclose(np.sort(size), np.sort(sizes[0]), rtol=0.02)
    ids = np.where(arrays["masks"] > 0, 7, 0).astype(np.uint8)
    ids[:, 0, 0] = 255
    np.testing.assert_allclose(
        np.sort(boxfit.fit_masks(**{**arrays, "masks": ids}, method="contact").box.size), np.sort(sizes[0]), rtol=0.02
    )


def test_inverted_mask_among_good_ones_is_named() -> None:
    masks = scene()["masks"]
    masks[2] = ~masks[2].astype(bool)
    good, bad = (boxfit.fit_masks(**{**scene(), "masks": each}, method="contact") for each in (scene()["masks"], masks))
    text = "the mask in 1 of 8 views (2) shows the background: invert it, or leave the view out"
    assert [text in " ".join(each.warnings) for each in (good, bad)] == [False, True], bad.warnings


def test_save_usd_names_the_arguments_whose_values_it_assumes(tmp_path) -> None:
    result = boxfit.fit_masks(**scene(), method="contact")
    with pytest.warns(UserWarning, match=r"no up axis and no unit: .* are assumed \(up, meters_per_unit\)"):
        result.save_usd(tmp_path / "box.usda")
