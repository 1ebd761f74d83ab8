"""Tests of the reader of COLMAP models: hand-checked numbers, fits of a box, all places and names, and bad files."""

import re
import shutil
import struct
from collections import Counter
from dataclasses import replace
from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.settings import InputSettings
from boxfit.views.colmap.folder import holds_colmap, read_colmap
from boxfit.views.colmap.model import read_model
from boxfit.views.dataset import Dataset
from boxfit.views.folder import read_folder
from PIL import Image
from scipy.spatial.transform import Rotation

from tests.colmap_files import (
    HEIGHT,
    MODEL_IDS,
    PARAMETERS,
    WIDTH,
    Shot,
    binary_images,
    box_mask,
    text_images,
    write_box_project,
    write_mask,
    write_model,
)
from tests.scenes import BOX

PINHOLE = {1: ("PINHOLE", WIDTH, HEIGHT, PARAMETERS["PINHOLE"])}
SHOTS = [Shot(f"{name}.jpg", (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 5.0)) for name in "abc"]

DOCUMENTED_CAMERAS = """\
# Camera list with one line of data per camera:
#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]
# Number of cameras: 3
1 SIMPLE_PINHOLE 3072 2304 2559.81 1536 1152
2 PINHOLE 3072 2304 2560.56 2560.56 1536 1152
3 SIMPLE_RADIAL 3072 2304 2559.69 1536 1152 -0.0218531
"""
DOCUMENTED_IMAGES = """\
# Image list with two lines of data per image:
#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME
#   POINTS2D[] as (X, Y, POINT3D_ID)
# Number of images: 2, mean observations per image: 2
1 0.851773 0.0165051 0.503764 -0.142941 -0.737434 1.02973 3.74354 1 P1180141.JPG
2362.39 248.498 58396 1784.7 268.254 59027 1784.7 268.254 -1
2 0.851773 0.0165051 0.503764 -0.142941 -0.737434 1.02973 3.74354 1 P1180142.JPG
1190.83 663.957 23056 1258.77 640.354 59070
"""
"""The examples of COLMAP's documentation."""


def read(folder: Path, **settings) -> Dataset:
    return read_colmap(folder, InputSettings(**settings))


def write_masks(folder: Path, shots: list[Shot], size: tuple[int, int] = (HEIGHT, WIDTH)) -> None:
    mask = np.zeros(size, dtype=bool)
    mask[size[0] // 3 : size[0] // 2, size[1] // 3 : size[1] // 2] = True
    for shot in shots:
        write_mask(folder / f"{shot.name}.png", mask)


def check_fitted(folder: Path, **settings) -> None:
    (result,) = boxfit.fit(folder, method="contact", **settings)
    np.testing.assert_allclose(np.sort(result.box.size), np.sort(BOX.size), rtol=0.01)
    np.testing.assert_allclose(result.box.centre, BOX.centre, atol=0.005)


def test_read_model_of_the_documentation_gives_its_numbers(tmp_path) -> None:
    (tmp_path / "cameras.txt").write_text(DOCUMENTED_CAMERAS, encoding="utf-8")
    (tmp_path / "images.txt").write_text(DOCUMENTED_IMAGES, encoding="utf-8")
    first, second = read_model(tmp_path)
    assert (first.name, second.name) == ("P1180141.JPG", "P1180142.JPG")
    assert first.quaternion == (0.851773, 0.0165051, 0.503764, -0.142941)
    assert first.translation == (-0.737434, 1.02973, 3.74354)
    assert first.camera.intrinsics() == {"fx": 2559.81, "fy": 2559.81, "cx": 1536, "cy": 1152}
    (tmp_path / "images.txt").write_text(DOCUMENTED_IMAGES.replace("1 P118", "3 P118"), encoding="utf-8")
    assert read_model(tmp_path)[0].camera.intrinsics()["k1"] == -0.0218531


def test_read_pose_turned_by_a_right_angle_projects_as_computed_by_hand(tmp_path) -> None:
    # A turn of 90 degrees about Y takes (-10, 0, 0) to (0, 0, 10), and the translation that to (1, 2, 13).
    shots = [replace(shot, quaternion=(2.0, 0.0, 2.0, 0.0), translation=(1.0, 2.0, 3.0)) for shot in SHOTS]
    write_model(tmp_path / "sparse", {1: ("PINHOLE", 300, 200, (130.0, 260.0, 100.0, 50.0))}, shots)
    write_masks(tmp_path / "masks", shots, (200, 300))
    view = read(tmp_path).views[0]
    np.testing.assert_allclose(view.camera.project(np.array([-10.0, 0, 0])), [100 + 130 / 13, 50 + 2 * 260 / 13])
    assert view.camera.resolution == (200, 300) and view.lens is None


@pytest.mark.parametrize("suffix", [".bin", ".txt"])
@pytest.mark.parametrize("model", PARAMETERS)
def test_fit_box_of_every_pinhole_model_gives_the_true_box(tmp_path, model, suffix) -> None:
    poses = write_box_project(tmp_path, 8, model, suffix)
    dataset = read(tmp_path)
    assert dataset.problems == () and (dataset.up_axis, dataset.meters_per_unit) == (None, None)
    assert [labelled.label.name for labelled in dataset.objects] == [tmp_path.name]
    for view, pose in zip(dataset.views, poses, strict=True):
        np.testing.assert_allclose(view.camera.camera_from_world, np.diag([1, -1, -1, 1]) @ pose, atol=1e-12)
        np.testing.assert_array_equal(view.semantic() == 1, box_mask(pose, model))
        assert (view.lens is None) == ("PINHOLE" in model)
    check_fitted(tmp_path)


def test_read_rigs_of_two_cameras_takes_the_pose_of_each_image(tmp_path) -> None:
    # Rig and frame of COLMAP's documentation.
    second_from_rig = rigid(
        -0.9999701516465348, -0.0011120266840749639, -0.0075347911527510894, 0.0012985125893421306,
        -0.19316906391350164, 0.00085222218993398979, 0.0070758955539026785,
    )  # fmt: skip
    rig_from_world = rigid(
        0.99801363919752195, 0.040985139360073107, 0.041890917712361225, -0.023111584553400576,
        -5.2666546897987896, -0.17120007823690631, 0.12300519697527648,
    )  # fmt: skip
    shots = [Shot.of("left/1.jpg", rig_from_world), Shot.of("right/1.jpg", second_from_rig @ rig_from_world, 2)]
    write_model(tmp_path / "sparse/0", PINHOLE | {2: PINHOLE[1]}, shots)
    identity, pose = struct.pack("<4d3d", 1, 0, 0, 0, 0, 0, 0), struct.pack("<4d3d", 0.6, 0.8, 0, 0, 1, 2, 3)
    rig = struct.pack("<QII", 1, 1, 2) + struct.pack("<iI", 0, 1) + struct.pack("<iIB", 0, 2, 1) + pose
    frame = struct.pack("<QII", 1, 1, 1) + identity + struct.pack("<I", 2) + struct.pack("<iIQiIQ", 0, 1, 1, 0, 2, 2)
    (tmp_path / "sparse/0/rigs.bin").write_bytes(rig)
    (tmp_path / "sparse/0/frames.bin").write_bytes(frame)
    write_masks(tmp_path / "masks", shots)
    left, right = read(tmp_path).views
    assert (left.name, right.name) == ("left/1", "right/1")
    turn = right.camera.camera_from_world @ left.camera.world_from_camera
    np.testing.assert_allclose(np.diag([1, -1, -1, 1]) @ turn @ np.diag([1, -1, -1, 1]), second_from_rig, atol=1e-12)


def rigid(w: float, x: float, y: float, z: float, *translation: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = Rotation.from_quat([x, y, z, w]).as_matrix(), translation
    return matrix


@pytest.mark.parametrize("suffix", [".bin", ".txt"])
@pytest.mark.parametrize("model", MODEL_IDS)
def test_read_models_with_rigs_that_colmap_writes_agrees_with_colmap(tmp_path, model, suffix) -> None:
    pycolmap = pytest.importorskip("pycolmap", reason="COLMAP itself is no dependency")
    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs, options.num_cameras_per_rig, options.num_frames_per_rig, options.num_points3D = 2, 3, 4, 30
    options.sensor_from_rig_translation_stddev, options.sensor_from_rig_rotation_stddev = 0.3, 10.0
    options.camera_model_id = pycolmap.CameraModelId(MODEL_IDS[model])
    camera = pycolmap.Camera.create_from_model_id(1, options.camera_model_id, 350.0, WIDTH, HEIGHT)
    options.camera_width, options.camera_height = WIDTH, HEIGHT
    options.camera_params = PARAMETERS.get(model, camera.params)
    made = pycolmap.synthesize_dataset(options)
    (made.write_binary if suffix == ".bin" else made.write_text)(tmp_path)
    images = read_model(tmp_path)
    assert (tmp_path / f"rigs{suffix}").exists() and len(images) == 24
    for image in images:
        of_colmap = made.find_image_with_name(image.name)
        assert image.camera.model == model
        assert image.camera.parameters == tuple(of_colmap.camera.params)
        expected = of_colmap.cam_from_world()
        np.testing.assert_allclose(image.translation, expected.translation, atol=1e-14)
        np.testing.assert_allclose(image.quaternion, np.roll(expected.rotation.quat, 1), atol=1e-14)
    if model in PARAMETERS:
        shots = [Shot(image.name, (), ()) for image in images]
        write_masks(tmp_path / "masks", shots)
        for view in read(tmp_path).views:
            of_colmap = made.find_image_with_name(f"{view.name}.png")
            point = of_colmap.cam_from_world().inverse() * np.array([0.2, -0.1, 2.0])
            seen = view.taken.project(point)
            seen = view.lens.distort(seen) if view.lens else seen
            np.testing.assert_allclose(seen, of_colmap.project_point(point), atol=1e-9)


@pytest.mark.parametrize("place", ["", "sparse", "sparse/0", "colmap/sparse/0"])
def test_read_project_and_model_folder_finds_model_masks_and_images(tmp_path, place) -> None:
    project = tmp_path / "shoe"
    write_box_project(project, 3, place=place)
    (project / "images").mkdir()
    Image.new("RGB", (WIDTH, HEIGHT), (9, 8, 7)).save(project / "images/IMG_0001.jpg", quality=100)
    for path in {project, project / place, (project / place).parent} - {tmp_path}:
        dataset = read_folder(path)
        assert dataset.format == "colmap" and dataset.problems == () and dataset.objects[0].label.name == "shoe"
        assert [view.name for view in dataset.views] == ["IMG_0000", "IMG_0001", "IMG_0002"]
        assert [("rgb" in view.sensors) for view in dataset.views] == [False, True, False]
        np.testing.assert_allclose(dataset.views[1].rgb()[5, 7], [9, 8, 7], atol=2)
    assert not holds_colmap(tmp_path) and not holds_colmap(project / "masks/IMG_0000.jpg.png")


def test_read_model_elsewhere_than_its_masks_needs_their_folder(tmp_path) -> None:
    write_box_project(tmp_path / "masked")
    shutil.move(tmp_path / "masked/sparse/0", tmp_path / "model")
    with pytest.raises(DatasetError, match=r"model has cameras of COLMAP, but no masks \(.*\): add a folder masks"):
        read(tmp_path / "model")
    with pytest.raises(DatasetError, match="nowhere does not exist"):
        read(tmp_path / "model", masks=tmp_path / "nowhere")
    check_fitted(tmp_path / "model", masks=tmp_path / "masked/masks")


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("IMG_{:04}.jpg", "masks/{}.png"),
        ("IMG_{:04}.jpeg", "mask/{}"),
        ("left/IMG {:04}.JPG", "masks/{}.png"),
        ("left\\IMG_{:04}.png", "masks/{}"),
        ("IMG_{:04}.JPG", "masks/{}.PNG"),
    ],
)
@pytest.mark.parametrize("suffix", [".bin", ".txt"])
def test_read_masks_of_every_name_finds_them(tmp_path, image, mask, suffix) -> None:
    write_box_project(tmp_path, 3, suffix=suffix, name=image.replace("\\", "/"), mask=mask)
    model = tmp_path / "sparse/0" / f"images{suffix}"
    model.write_bytes(model.read_bytes().replace(b"left/IMG_", image[:9].encode()))
    dataset = read(tmp_path)
    stem = image.replace("\\", "/").rpartition(".")[0]
    assert [view.name for view in dataset.views] == [stem.format(index) for index in range(3)]
    assert dataset.problems == ()


def test_read_text_with_a_byte_order_mark_and_windows_lines_is_as_without(tmp_path) -> None:
    write_box_project(tmp_path, 3, suffix=".txt")
    for path in (tmp_path / "sparse/0").iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read(tmp_path).views) == 3


def test_read_masks_named_by_the_stem_finds_them(tmp_path) -> None:
    write_box_project(tmp_path, 3)
    for path in (tmp_path / "masks").iterdir():
        path.rename(path.with_name(path.name.replace(".jpg", "")))
    assert len(read(tmp_path).views) == 3


def test_read_images_that_differ_in_their_suffix_alone_keeps_it(tmp_path) -> None:
    shots = [replace(SHOTS[0], name=name) for name in ("a.jpg", "a.png", "b.png")]
    write_model(tmp_path, PINHOLE, shots)
    write_masks(tmp_path / "masks", shots)
    assert [view.name for view in read(tmp_path).views] == ["a.jpg", "a.png", "b"]


def test_read_masks_of_the_background_are_inverted(tmp_path) -> None:
    (pose, *_) = write_box_project(tmp_path)
    for path in (tmp_path / "masks").iterdir():
        Image.fromarray(255 - np.array(Image.open(path))).save(path)
    np.testing.assert_array_equal(read(tmp_path).views[0].semantic(), ~box_mask(pose, "PINHOLE"))
    check_fitted(tmp_path, mask_shows="background")


def test_read_alpha_channels_without_a_folder_of_masks(tmp_path) -> None:
    poses = write_box_project(tmp_path, name="{}.png", mask=None)
    for index, pose in enumerate(poses):
        pixels = np.full((HEIGHT, WIDTH, 4), 200, dtype=np.uint8)
        pixels[..., 3] = 255 * box_mask(pose, "PINHOLE")
        write_mask(tmp_path / "images" / f"{index}.png", np.zeros((1, 1)))
        Image.fromarray(pixels).save(tmp_path / "images" / f"{index}.png")
    check_fitted(tmp_path)
    assert read(tmp_path).views[0].rgb()[0, 0].tolist() == [200, 200, 200]
    with pytest.raises(DatasetError, match="mask_shows is background, but there is no folder of masks"):
        read(tmp_path, mask_shows="background")


def test_read_without_masks_names_every_way_to_give_them(tmp_path) -> None:
    write_box_project(tmp_path, mask=None)
    ways = r"but no masks \({}\): .*IMG\.jpg\.png or IMG\.png, white is the object.*\(masks\), or .* an alpha channel"
    with pytest.raises(DatasetError, match=ways.format("there is neither a folder of masks nor one of images")):
        read(tmp_path)
    for index in range(8):
        write_mask(tmp_path / "images" / f"IMG_{index:04}.jpg", np.ones((HEIGHT, WIDTH)))
    with pytest.raises(DatasetError, match=ways.format("images has no image with an alpha channel")):
        read(tmp_path)


def test_read_several_models_takes_that_with_most_images_and_says_so(tmp_path) -> None:
    write_box_project(tmp_path, 3, place="sparse/0")
    write_box_project(tmp_path, 5, place="sparse/1", suffix=".txt")
    dataset = read(tmp_path)
    assert len(dataset.views) == 5
    (problem,) = dataset.problems
    assert problem.what == "of its 2 models (images: 0: 3, 1: 5), 1 is read: name another's folder to read it"
    assert len(read(tmp_path / "sparse/0").views) == 3


def test_read_text_beside_binary_takes_binary_as_colmap_does(tmp_path) -> None:
    write_box_project(tmp_path, 3, suffix=".txt")
    write_box_project(tmp_path, 4, suffix=".bin")
    assert len(read(tmp_path).views) == 4
    (tmp_path / "sparse/0/cameras.bin").unlink()
    assert len(read(tmp_path).views) == 3


@pytest.mark.parametrize("model", ["PINHOLE", "OPENCV"])
def test_read_masks_of_another_size_scales_the_cameras(tmp_path, model) -> None:
    write_box_project(tmp_path, 8, model)
    write_mask(tmp_path / "images/IMG_0000.jpg", np.ones((HEIGHT, WIDTH)))
    whole = read(tmp_path).views[0].taken
    write_box_project(tmp_path, 8, model, scale=2)
    view = read(tmp_path).views[0]
    np.testing.assert_allclose(view.taken.focal, 2 * np.array(whole.focal))
    np.testing.assert_allclose(view.taken.principal, 2 * np.array(whole.principal))
    assert view.taken.resolution == (2 * HEIGHT, 2 * WIDTH)
    assert view.rgb().shape[:2] == view.camera.resolution
    check_fitted(tmp_path)


@pytest.mark.parametrize(
    ("size", "fits"), [((80, 107), True), ((79, 106), True), ((82, 107), False), ((320, 240), False)]
)
def test_read_masks_of_another_shape_leaves_the_view_out(tmp_path, size, fits) -> None:
    write_model(tmp_path, PINHOLE, SHOTS)
    write_masks(tmp_path / "masks", SHOTS)
    write_masks(tmp_path / "masks", SHOTS[:1], size)
    dataset = read(tmp_path)
    assert len(dataset.views) == 2 + fits
    if not fits:
        height, width = size
        assert [problem.where for problem in dataset.problems] == ["view a"]
        assert f"a.jpg.png is {height} x {width} (height x width), and its camera 240 x 320" in dataset.problems[0].what


def test_read_images_without_masks_and_masks_without_images_are_problems(tmp_path) -> None:
    write_model(tmp_path, PINHOLE, SHOTS)
    write_masks(tmp_path / "masks", [*SHOTS[1:], *(replace(SHOTS[0], name=f"x{index}.jpg") for index in range(6))])
    dataset = read(tmp_path)
    first, second = dataset.problems
    assert first.where == "view a" and "masks has no a.jpg.png or a.png (it holds" in first.what
    assert second.where == str(tmp_path / "masks")
    assert second.what.startswith("6 of its 8 files are of images that COLMAP has not registered: x0.jpg.png, ")
    assert dataset.objects[0].unread == (first,)


def test_read_names_that_lead_out_of_the_folder_finds_no_mask(tmp_path) -> None:
    write_box_project(tmp_path / "outside", 1, name="{}.jpg", mask="{}.png")
    outside = [replace(SHOTS[0], name=name) for name in ("../outside/0.jpg", f"{tmp_path.as_posix()}/outside/0.jpg")]
    write_model(tmp_path / "project/sparse", PINHOLE, [*SHOTS, *outside])
    write_masks(tmp_path / "project/masks", SHOTS)
    assert [view.name for view in read(tmp_path / "project").views] == ["a", "b", "c"]


@pytest.mark.parametrize("model", sorted(set(MODEL_IDS) - set(PARAMETERS)))
@pytest.mark.parametrize("suffix", [".bin", ".txt"])
def test_read_models_of_other_lenses_are_refused_by_name(tmp_path, model, suffix) -> None:
    counts = {"FOV": 5, "SIMPLE_RADIAL_FISHEYE": 4, "RADIAL_FISHEYE": 5, "THIN_PRISM_FISHEYE": 12, "EUCM": 6}
    counts |= {"RAD_TAN_THIN_PRISM_FISHEYE": 16, "SIMPLE_DIVISION": 4, "DIVISION": 5, "SIMPLE_FISHEYE": 3, "FISHEYE": 4}
    counts |= {"OPENCV_FISHEYE": 8, "EQUIRECTANGULAR": 2}
    other = (model, WIDTH, HEIGHT, [300.0] * counts[model])
    shots = [*SHOTS, Shot("d.jpg", SHOTS[0].quaternion, SHOTS[0].translation, 2)]
    write_model(tmp_path, {2: other} | PINHOLE, shots, suffix)
    write_masks(tmp_path / "masks", shots)
    dataset = read(tmp_path)
    assert len(dataset.views) == 3
    (problem,) = dataset.problems
    assert problem.where == "view d"
    assert problem.what.startswith(f"its camera model {model} is not supported: run colmap image_undistorter")
    write_model(tmp_path, {1: other}, SHOTS, suffix)
    with pytest.raises(DatasetError, match=f"fewer than two views can be used .*{model} is not supported"):
        read(tmp_path)


@pytest.mark.parametrize("file", ["cameras.bin", "images.bin"])
def test_read_truncated_binary_raises_at_every_length(tmp_path, file) -> None:
    write_model(tmp_path, PINHOLE, SHOTS)
    whole = (tmp_path / file).read_bytes()
    for length in range(1, len(whole)):
        (tmp_path / file).write_bytes(whole[:length])
        with pytest.raises(DatasetError, match=f"{file} is truncated: copy the model again"):
            read_model(tmp_path)
    (tmp_path / file).write_bytes(b"")
    with pytest.raises(DatasetError, match=f"{file} is empty"):
        read_model(tmp_path)


BINARY = binary_images(SHOTS)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("images.bin", struct.pack("<Q", 2**60) + BINARY[8:], "is truncated"),
        ("images.bin", BINARY.replace(struct.pack("<Q", 3), struct.pack("<Q", 2**63)), "is truncated"),
        ("images.bin", BINARY[:72] + b"a" * 100000, "is truncated"),
        ("images.bin", BINARY.replace(b"a.jpg\0", b"\0"), "an image has no name"),
        ("images.bin", BINARY.replace(b"b.jpg\0", b"a.jpg\0"), "names the image a.jpg 2 times"),
        ("images.bin", binary_images([replace(SHOTS[0], camera=9)]), "image a.jpg has camera 9, which the model lacks"),
        ("cameras.bin", struct.pack("<QIiQQ4d", 2**60, 1, 1, 9, 9, 1, 1, 1, 1), "is truncated"),
        ("cameras.bin", struct.pack("<QIiQQ4d", 1, 1, 99, 9, 9, 1, 1, 1, 1), "the model 99, which is unknown"),
        ("cameras.bin", struct.pack("<QIiQQ4d", 1, 1, -1, 9, 9, 1, 1, 1, 1), "camera 1 has the model -1"),
    ],
)  # fmt: skip
def test_read_damaged_binary_raises(tmp_path, file, content, message) -> None:
    write_model(tmp_path, PINHOLE, SHOTS)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        read_model(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "cameras.txt",
            "1 PINHOLE 320",
            "begins with 1 PINHOLE 320, and should be CAMERA_ID MODEL WIDTH HEIGHT PARAMS",
        ),
        ("cameras.txt", "one PINHOLE 320 240 1 1 1 1", "should be CAMERA_ID MODEL"),
        ("cameras.txt", "1 PINHOLE 320 240 1 1 x 1", "should be CAMERA_ID MODEL"),
        ("cameras.txt", f"1 PINHOLE {'9' * 5000} 240 1 1 1 1", "should be CAMERA_ID MODEL"),
        ("cameras.txt", "\0\1\2", "should be CAMERA_ID MODEL"),
        ("cameras.txt", "# nothing\n", "has camera 1, which the model lacks"),
        ("images.txt", "1 1 0 0 0 0 0 5 1\n\n", "begins with 1 1 0 0 0 0 0 5 1, and should be IMAGE_ID QW"),
        ("images.txt", "1 1 0 0 0 zero 0 5 1 a.jpg\n\n", "should be IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME"),
        (
            "images.txt",
            "1 1 0 0 0 0 0 5 1 a.jpg\n2 1 0 0 0 0 0 5 1 b.jpg\n",
            "begins with 2 1 0 .* and should be the keypoints of a.jpg, or an empty line",
        ),
    ],
)
def test_read_damaged_text_raises(tmp_path, file, content, message) -> None:
    write_model(tmp_path, PINHOLE, SHOTS, ".txt")
    (tmp_path / file).write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=message):
        read_model(tmp_path)


@pytest.mark.parametrize("suffix", [".bin", ".txt"])
@pytest.mark.parametrize(
    ("change", "camera", "message"),
    [
        ({"quaternion": (0.0, 0.0, 0.0, 0.0)}, None, r"its pose \(0, 0, 0, 0, 0, 0, 5\) is no rotation"),
        ({"quaternion": (np.nan, 0.0, 0.0, 0.0)}, None, r"its pose \(nan, "),
        ({"quaternion": (1e300, 1e300, 0.0, 0.0)}, None, r"its pose \(1e\+300, "),
        ({"translation": (0.0, np.inf, 0.0)}, None, r"its pose \(1, 0, 0, 0, 0, inf, 0\) is no rotation"),
        ({}, ("PINHOLE", WIDTH, HEIGHT, (np.nan, 300.0, 160.0, 120.0)), "focal length is"),
        ({}, ("PINHOLE", WIDTH, HEIGHT, (-300.0, 300.0, 160.0, 120.0)), "focal length is"),
        ({}, ("PINHOLE", WIDTH, HEIGHT, (300.0, 300.0, np.inf, 120.0)), "principal point is"),
        ({}, ("PINHOLE", 0, 0, (300.0, 300.0, 160.0, 120.0)), "its camera 0 x 0"),
        ({}, ("PINHOLE", 2**63, 1, (300.0, 300.0, 160.0, 120.0)), "its camera 1 x 9223372036854775808"),
        ({}, ("OPENCV", WIDTH, HEIGHT, (300.0, 300.0, 160.0, 120.0, np.nan, 0, 0, 0)), "holds NaN"),
        ({}, ("SIMPLE_RADIAL", WIDTH, HEIGHT, (30.0, 160.0, 120.0, -9.0)), "distortion cannot be inverted"),
    ],
)
def test_read_view_with_bad_numbers_leaves_it_out(tmp_path, suffix, change, camera, message) -> None:
    shots = [replace(SHOTS[0], camera=2, **change), *SHOTS[1:]]
    write_model(tmp_path, PINHOLE | {2: camera or PINHOLE[1]}, shots, suffix)
    write_masks(tmp_path / "masks", SHOTS)
    dataset = read(tmp_path)
    assert [view.name for view in dataset.views] == ["b", "c"]
    (problem,) = dataset.problems
    assert problem.where == "view a" and re.search(message, problem.what)


def test_read_text_camera_with_too_few_parameters_leaves_its_views_out(tmp_path) -> None:
    write_model(
        tmp_path,
        PINHOLE | {2: ("RADIAL", WIDTH, HEIGHT, (300.0, 160.0))},
        [*SHOTS, Shot("d.jpg", (1.0, 0, 0, 0), (0.0, 0, 5), 2)],
        ".txt",
    )
    write_masks(tmp_path / "masks", [*SHOTS, replace(SHOTS[0], name="d.jpg")])
    (problem,) = read(tmp_path).problems
    assert problem.what == "its camera has 2 parameters, and RADIAL needs 5 (f, cx, cy, k1, k2)"


@pytest.mark.parametrize("suffix", [".bin", ".txt"])
def test_read_many_keypoints_skips_them(tmp_path, suffix) -> None:
    shots = [replace(shot, keypoints=count) for shot, count in zip(SHOTS, (0, 20000, 1), strict=True)]
    write_model(tmp_path, PINHOLE, shots, suffix)
    assert [image.name for image in read_model(tmp_path)] == ["a.jpg", "b.jpg", "c.jpg"]


def test_read_names_that_are_no_text_are_replaced(tmp_path) -> None:
    write_model(tmp_path, PINHOLE, SHOTS)
    (tmp_path / "images.bin").write_bytes(BINARY.replace(b"a.jpg\0", b"\xff\n.jpg\0"))
    assert "\ufffd\ufffd.jpg" in [image.name for image in read_model(tmp_path)]


def test_read_text_with_the_line_ends_of_windows_gives_the_same(tmp_path) -> None:
    write_model(tmp_path, PINHOLE, SHOTS, ".txt")
    expected = read_model(tmp_path)
    (tmp_path / "images.txt").write_bytes(text_images(SHOTS).replace(b"\n", b"\r\n"))
    assert read_model(tmp_path) == expected


def test_read_opens_each_file_once(tmp_path, monkeypatch) -> None:
    write_box_project(tmp_path)
    opened: Counter[str] = Counter()
    original = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *mode: opened.update([path.name]) or original(path, *mode))
    read(tmp_path).views[0].semantic()
    assert set(opened.values()) == {1} and len(opened) == 8 + 2


def test_folder_with_a_project_named_colmap_among_others_is_no_project(tmp_path) -> None:
    write_box_project(tmp_path / "colmap", 4)
    (tmp_path / "plain").mkdir()
    assert holds_colmap(tmp_path / "colmap") and not holds_colmap(tmp_path)
    (tmp_path / "colmap" / "masks").rename(tmp_path / "masks")
    assert holds_colmap(tmp_path)
