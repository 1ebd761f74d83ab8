import json
import math
import pickle
import re
import zipfile

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views.data_generator import read_data_generator
from boxfit.views.silhouettes import silhouettes
from PIL import Image

from tests.folders import ASSET_POSE, RESOLUTION, box_mask, cameras_around, metadata_of, write_box_views, write_view


@pytest.fixture(scope="module")
def clock_folder(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clock")
    with zipfile.ZipFile(shared / "data" / "rendered_clock.zip") as archive:
        for index in (0, 7, 23, 41, 58, 99):
            names = [name for name in archive.namelist() if name.split("/")[-1].startswith(f"{index}_")]
            assert len(names) == 3
            for name in names:
                (folder / name.split("/")[-1]).write_bytes(archive.read(name))
    return folder


def test_read_real_clock_finds_cameras_that_see_its_centre(clock_folder):
    dataset = read_data_generator(clock_folder)
    (target,) = dataset.objects
    observations = silhouettes(target)
    assert [view.name for view in dataset.views] == ["0", "7", "23", "41", "58", "99"]
    assert (target.asset, target.label.name, target.label.named_by) == ("Clock_payload.usd", "1", "id")
    assert not dataset.problems and not observations.left_out and not observations.warnings
    for silhouette in observations.silhouettes:
        u, v = silhouette.camera.project(np.array([-0.22, -0.75, 3.74]))
        assert silhouette.full_mask()[int(v), int(u)]
    assert np.linalg.norm(observations.agreement.meeting_point) < 10  # of a clock 95 units wide
    assert np.isclose(np.linalg.det(observations.world_from_asset[:3, :3]), 6.5690107**3, rtol=1e-4)


def test_read_real_clock_gives_sensors_on_request(clock_folder):
    view = read_data_generator(clock_folder).views[1]
    assert view.rgb().shape == (1024, 1024, 3) and view.rgb().dtype == np.uint8
    assert set(np.unique(view.semantic())) == {0, 1} and view.semantic().shape == (1024, 1024)
    assert view.clipping_range == (1.0, 1e6)
    assert view.bbox_3d == () and view.bbox_2d_tight == () and view.bbox_2d_loose == ()
    with pytest.raises(DatasetError, match="view 7 has no depth file"):
        view.depth()


def test_read_indices_with_gaps_orders_views_by_number(tmp_path):
    write_box_views(tmp_path, 4, indices=[10, 9, 200, 3])
    dataset = read_data_generator(tmp_path)
    assert [view.name for view in dataset.views] == ["3", "9", "10", "200"]


def test_read_other_sensors_returns_what_the_files_hold(tmp_path):
    rng = np.random.default_rng(0)
    camera = cameras_around(2)[0]
    height, width = camera.resolution
    depth = rng.random((2, height, width, 1), dtype=np.float32)
    picture = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
    limits = {"x_min": -1, "y_min": -1, "z_min": -1, "x_max": 1, "y_max": 1, "z_max": 1}
    boxes = [{"file": ".", "class": "box", "bbox": limits, "transform": ASSET_POSE.T.tolist()}]
    metadata, mask = metadata_of(camera) | {"bbox_3d": boxes}, box_mask(camera)[..., 0]
    for index, name in enumerate(("depth", "depth_linear")):
        write_view(tmp_path, index, metadata, instance=mask, **{name: depth[index]})
    Image.fromarray(picture).save(tmp_path / "0_normals.png")
    Image.fromarray(picture[..., 0]).save(tmp_path / "0_rgb.png")  # grey, on which kaolin's importer fails
    first, second = read_data_generator(tmp_path).views
    np.testing.assert_array_equal(first.depth(), depth[0, ..., 0])
    np.testing.assert_array_equal(second.depth(), depth[1, ..., 0])
    np.testing.assert_array_equal(first.normals(), picture)
    np.testing.assert_array_equal(first.rgb(), np.repeat(picture[..., :1], 3, axis=2))
    np.testing.assert_array_equal(first.instance(), mask)
    assert list(first.bbox_3d) == boxes


def test_read_both_depths_of_a_view_gives_the_linear_one(tmp_path):
    for index, camera in enumerate(cameras_around(2)):
        mask = box_mask(camera)
        depth = np.ones(mask.shape, np.float32)
        write_view(tmp_path, index, metadata_of(camera), semantic=mask, depth=depth, depth_linear=2 * depth)
    assert (read_data_generator(tmp_path).views[0].depth() == 2).all()


def test_read_two_assets_in_one_folder_groups_views_by_asset(tmp_path):
    for index, camera in enumerate(cameras_around(6)):
        asset = "b.usd" if index % 2 else "a.usd"
        write_view(tmp_path, index, metadata_of(camera, asset), semantic=box_mask(camera))
    first, second = read_data_generator(tmp_path).objects
    assert (first.asset, [view.name for view in first.views]) == ("a.usd", ["0", "2", "4"])
    assert (second.asset, [view.name for view in second.views]) == ("b.usd", ["1", "3", "5"])


def test_read_asset_with_one_view_reports_and_keeps_the_others(tmp_path):
    write_box_views(tmp_path, 3)
    camera = cameras_around(1)[0]
    write_view(tmp_path, 9, metadata_of(camera, "lonely.usd"), semantic=box_mask(camera))
    dataset = read_data_generator(tmp_path)
    (target,) = dataset.objects
    assert [view.name for view in target.views] == ["0", "1", "2"]
    assert [view.name for view in dataset.views] == ["0", "1", "2", "9"]
    (problem,) = dataset.problems
    assert problem.where == "view 9" and "only view of lonely.usd" in problem.what


@pytest.mark.parametrize("key_missing", [False, True])
def test_read_metadata_without_asset_gives_one_nameless_asset(tmp_path, key_missing):
    write_box_views(tmp_path, asset=None)
    if key_missing:
        for path in tmp_path.glob("*_metadata.json"):
            _change_metadata("asset_transforms")(path)
    (target,) = read_data_generator(tmp_path).objects
    assert target.asset is None and target.views[0].world_from_asset is None


def test_read_wide_image_takes_the_aperture_for_the_width(tmp_path):
    """kaolin.io.render.import_synthetic_view takes it for the height: its projection is 1.78 times too small here."""
    aperture, focal_length, width, height = 20.955, 24.0, 1920, 1080
    camera = cameras_around(1, resolution=(height, width))[0]
    metadata = metadata_of(camera)
    assert metadata["camera_properties"]["focal_length"] == pytest.approx(focal_length)
    for index in range(2):
        write_view(tmp_path, index, metadata, semantic=box_mask(camera))
    view = read_data_generator(tmp_path).views[0]
    # By USD's definition the aperture's right edge, seen from the lens, is the image's right edge.
    x = aperture / 2 / focal_length
    edge = view.camera.world_from_camera @ [x, x, -1.0, 1.0]
    u, v = view.camera.project(edge[:3])
    assert u == pytest.approx(width)
    assert height / 2 - v == pytest.approx(u - width / 2)  # square pixels


def _box_2d(mask, name, move=(0, 0, 0, 0)):
    """Return the 2D box around a mask, the sides of which are moved by so many pixels."""
    rows, columns = np.nonzero(mask)
    sides = np.array([columns.min(), rows.min(), columns.max(), rows.max()]) + move
    corners = dict(zip(("x_min", "y_min", "x_max", "y_max"), sides.tolist(), strict=True))
    return {"file": ".", "class": name, "bbox": corners}


@pytest.mark.parametrize("exclusive", [0, 1])
@pytest.mark.parametrize("key", ["bbox_2d_tight", "bbox_2d_loose"])
def test_read_2d_boxes_names_the_labels_that_they_enclose(tmp_path, exclusive, key):
    for index, camera in enumerate(cameras_around(4)):
        labels = box_mask(camera)[..., 0] * 7
        labels[:3, :5] = 12
        boxes = [{"class": "ground", "bbox": {"x_min": 1}}, _box_2d(labels == 7, "mug", (0, 0, exclusive, exclusive))]
        write_view(tmp_path, index, metadata_of(camera) | {key: boxes}, semantic=labels)
    first, second = (target.label for target in read_data_generator(tmp_path, class_names={12: "tag"}).objects)
    assert (first.id, first.name, first.named_by) == (7, "mug", "bbox_2d")
    assert (second.id, second.name, second.named_by) == (12, "tag", "preset")


@pytest.mark.parametrize(
    ("agreeing", "move", "name"), [(1, 5, "1"), (2, 5, "1"), (3, 5, "mug"), (0, 1, "mug"), (0, 3, "1")]
)
def test_read_2d_boxes_that_lie_beside_a_label_in_half_of_the_views_do_not_name_it(tmp_path, agreeing, move, name):
    for index, camera in enumerate(cameras_around(4)):
        mask = box_mask(camera)
        boxes = [_box_2d(mask[..., 0], "mug", 4 * [0 if index < agreeing else move])]
        write_view(tmp_path, index, metadata_of(camera) | {"bbox_2d_tight": boxes}, semantic=mask)
    (target,) = read_data_generator(tmp_path).objects
    assert target.label.name == name


def test_read_noise_in_one_view_reports_its_labels_in_one_line(tmp_path):
    cameras = write_box_views(tmp_path, 5)
    np.save(tmp_path / "3_semantic.npy", np.arange(np.prod(RESOLUTION), dtype=np.int32).reshape(RESOLUTION))
    dataset = read_data_generator(tmp_path)
    assert [target.label.id for target in dataset.objects] == [1] and len(dataset.views) == len(cameras)
    (problem,) = dataset.problems
    assert problem.what.startswith("9214 labels (2-9215) are seen in fewer than two of its 5 views")


def test_read_labels_in_one_view_each_raises(tmp_path):
    for index, camera in enumerate(cameras_around(3)):
        write_view(tmp_path, index, metadata_of(camera), semantic=(index + 4) * box_mask(camera))
    with pytest.raises(DatasetError, match=r"3 labels \(4-6\) are seen in fewer than two of its 3 views"):
        read_data_generator(tmp_path)


@pytest.mark.parametrize("limit", ["MOST_LABELS", "MOST_RUNS"])
@pytest.mark.parametrize("sensors", [["semantic"], ["semantic", "instance"]])
def test_read_more_noise_than_can_be_searched_leaves_the_view_out(tmp_path, monkeypatch, limit, sensors):
    monkeypatch.setattr(f"boxfit.views.labels.{limit}", 1000)
    cameras = write_box_views(tmp_path, 3)
    noise = np.random.default_rng(0).integers(0, 100_000, RESOLUTION, dtype=np.int32)
    write_view(tmp_path, 0, metadata_of(cameras[0]), **dict.fromkeys(sensors, noise))
    (problem,) = read_data_generator(tmp_path).problems
    assert problem.where == "view 0" and problem.what.endswith("it is noise")


GREYS = {
    "grey": lambda mask: Image.fromarray(mask),
    "grey of 16 bits": lambda mask: Image.fromarray(mask.astype(np.uint16)),
    "black and white": lambda mask: Image.fromarray(mask).convert("1"),
    "palette": lambda mask: _in_palette(mask),
    "grey with alpha": lambda mask: Image.fromarray(mask).convert("LA"),
    "colours": lambda mask: Image.fromarray(mask).convert("RGB"),
    "colours with alpha": lambda mask: Image.fromarray(mask).convert("RGBA"),
}


def _in_palette(mask):
    image = Image.fromarray(mask, "L").convert("P")
    image.putdata(mask.ravel().tolist())
    image.putpalette([0, 0, 0, *[200, 10, 20] * 255])
    return image


@pytest.mark.parametrize("kind", GREYS)
def test_read_masks_that_are_png_gives_their_values(tmp_path, kind):
    cameras = cameras_around(4)
    for index, camera in enumerate(cameras):
        write_view(tmp_path, index, metadata_of(camera))
        GREYS[kind]((255 * box_mask(camera)[..., 0]).astype(np.uint8)).save(tmp_path / f"{index}_semantic.png")
    dataset = read_data_generator(tmp_path)
    (target,) = dataset.objects
    assert (target.label.id, target.label.sensor) == (255, "semantic") and not dataset.problems
    for view, camera in zip(target.views, cameras, strict=True):
        np.testing.assert_array_equal(view.semantic() == 255, box_mask(camera)[..., 0] > 0)


def test_read_masks_that_are_png_in_colour_says_what_is_needed(tmp_path):
    cameras = write_box_views(tmp_path, 3)
    (tmp_path / "0_semantic.npy").unlink()
    colours = np.zeros((*cameras[0].resolution, 3), np.uint8)
    colours[5:9, 5:9] = 10, 20, 30
    Image.fromarray(colours).save(tmp_path / "0_semantic.png")
    (problem,) = read_data_generator(tmp_path).problems
    assert problem.what == "0_semantic.png holds colours: label ids must be grey values, 0 for the background"


def test_read_masks_in_both_formats_takes_npy(tmp_path):
    write_box_views(tmp_path, 3)
    Image.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "0_semantic.png")
    dataset = read_data_generator(tmp_path)
    assert len(dataset.views) == 3 and dataset.views[0].paths["semantic"].suffix == ".npy"


def test_read_label_in_one_view_alone_reports_it(tmp_path):
    cameras = write_box_views(tmp_path, 5)
    labels = box_mask(cameras[3])[..., 0]
    labels[0, -1] = 300
    np.save(tmp_path / "3_semantic.npy", labels)
    dataset = read_data_generator(tmp_path)
    assert [target.label.id for target in dataset.objects] == [1]
    (problem,) = dataset.problems
    assert (problem.where, problem.what) == (
        "box.usd",
        "a label (300) is seen in fewer than two of its 5 views, and left out: a box needs at least two",
    )


def _write_two_instances(folder, whole_box):
    for index, camera in enumerate(cameras_around(4)):
        semantic = 3 * box_mask(camera)[..., 0]
        instance = np.where(np.arange(semantic.shape[1]) < semantic.shape[1] // 2, 1, 2) * (semantic > 0)
        boxes = [_box_2d(semantic, "chair")] if whole_box else []
        metadata = metadata_of(camera) | {"bbox_2d_tight": boxes}
        write_view(folder, index, metadata, semantic=semantic, instance=instance.astype(np.int32))


def test_read_class_with_several_instances_makes_each_an_object(tmp_path):
    _write_two_instances(tmp_path, whole_box=False)
    labels = [target.label for target in read_data_generator(tmp_path, class_names={3: "chair"}).objects]
    assert [(label.sensor, label.id, label.name) for label in labels] == [
        ("instance", 1, "chair_1"),
        ("instance", 2, "chair_2"),
    ]


def test_read_class_with_one_2d_box_around_its_instances_stays_one_object(tmp_path):
    _write_two_instances(tmp_path, whole_box=True)
    (label,) = [target.label for target in read_data_generator(tmp_path).objects]
    assert (label.sensor, label.id, label.name) == ("semantic", 3, "chair")


@pytest.mark.parametrize(
    "boxes",
    [5, "ab", {"class": "mug"}, [5], [{"class": "mug"}], [{"class": "mug", "bbox": [1, 2]}], [{"bbox": {}}]],
    ids=str,
)
def test_read_malformed_boxes_gives_none_of_them(tmp_path, boxes):
    keys = ("bbox_2d_tight", "bbox_2d_loose", "bbox_3d")
    for index, camera in enumerate(cameras_around(2)):
        write_view(tmp_path, index, metadata_of(camera) | dict.fromkeys(keys, boxes), semantic=box_mask(camera))
    dataset = read_data_generator(tmp_path)
    assert not dataset.problems
    view = dataset.views[0]
    assert not view.bbox_2d_tight and not view.bbox_2d_loose and not view.bbox_3d


@pytest.mark.parametrize("clipping", [[1.0], "ab", [1.0, "far"], 5, [1, 2, 3], [1, 10**400]], ids=str)
def test_read_malformed_clipping_range_gives_none(tmp_path, clipping):
    for index, camera in enumerate(cameras_around(2)):
        metadata = metadata_of(camera)
        metadata["camera_properties"]["clipping_range"] = clipping
        write_view(tmp_path, index, metadata, semantic=box_mask(camera))
    assert read_data_generator(tmp_path).views[0].clipping_range is None


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


def _damage_header(old, new):
    """Replace bytes of the header, keeping its length."""

    def damage(path):
        content = path.read_bytes()
        assert old in content and len(old) == len(new)
        path.write_bytes(content.replace(old, new, 1))

    return damage


def _save(values):
    return lambda path: np.save(path, values, allow_pickle=True)


def _change_metadata(key, value=None, within=None):
    """Set a value of the metadata, or of a dictionary in it, or remove it."""

    def change(path):
        metadata = json.loads(path.read_text(encoding="utf-8"))
        place = metadata[within] if within else metadata
        place[key] = value.tolist() if isinstance(value, np.ndarray) else value
        if value is None:
            del place[key]
        path.write_text(json.dumps(metadata), encoding="utf-8")

    return change


def _change_camera(key, value=None):
    return _change_metadata(key, value, within="camera_properties")


_TURNED = np.array([[1.0, 0, 0, 5], [0, 1, 0, 5], [0, 0, 1, 5], [0, 0, 0, 1]])  # translation in the last column
_FLAT = np.diag([0.0, 0, 0, 1]).tolist()
_ENDLESS = {"width": math.inf, "height": 72}
MASK_FAULTS = {
    "truncated": (_truncate, "0_semantic.npy is not a npy file.*truncated"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps([1, 2])), "0_semantic.npy is not a npy file"),
    "pickled array": (_save(np.array([[None]])), "0_semantic.npy is not a npy file"),
    "empty": (lambda path: path.write_bytes(b""), "0_semantic.npy is empty: generate the view again"),
    "header without an end": (_damage_header(b"}", b"("), "0_semantic.npy is not a npy file"),
    "header that is no Python": (_damage_header(b"{", b"="), "0_semantic.npy is not a npy file"),
    "indented header": (_damage_header(b"{'d", b"a\n "), "0_semantic.npy is not a npy file"),
    "size beyond 64 bits": (_damage_header(b"(72, 128, 1)", b"(72, 9**99) "), "is not a npy file"),
    "size of minus one": (_damage_header(b"(72, 128, 1)", b"(72, -1, -1)"), "is not a npy file"),
    "floats": (_save(np.ones((72, 128))), "holds float64 values"),
    "other size": (_save(np.ones((72, 72), int)), "0_semantic.npy is 72 x 72.*says 72 x 128"),
    "no segmentation": (lambda path: path.unlink(), "no semantic and no instance image"),
}
METADATA_FAULTS = {
    "nested": (lambda path: path.write_text("[" * 200_000 + "]" * 200_000), "0_metadata.json is not JSON"),
    "infinite width": (_change_camera("resolution", _ENDLESS), "0_metadata.json is not the metadata of a view"),
    "number with 400 digits": (_change_camera("focal_length", 10**400), "not the metadata of a view"),
    "pose with 400 digits": (
        _change_metadata("asset_transforms", [["a.usd", [[10**400] * 4] * 4]]),
        "not the metadata of a view",
    ),
    "truncated": (_truncate, "0_metadata.json is not JSON"),
    "list": (lambda path: path.write_text("[]"), "holds a list"),
    "none": (lambda path: path.unlink(), "0_metadata.json is missing"),
    "no tf_mat": (_change_camera("tf_mat"), "has no 'tf_mat'"),
    "no camera": (_change_metadata("camera_properties"), "has no 'camera_properties'"),
    "NaN": (_change_camera("tf_mat", np.eye(4) * np.nan), "0_metadata.json: tf_mat holds NaN"),
    "singular": (_change_camera("tf_mat", np.diag([1.0, 1, 0, 1])), "0_metadata.json: tf_mat is singular"),
    "singular pose": (_change_metadata("asset_transforms", [["a.usd", _FLAT]]), "asset_transforms is singular"),
    "stretched": (_change_camera("tf_mat", np.diag([1.0, 2, 1, 1])), "the camera matrix stretches one axis 2 times"),
    "mirrored": (_change_camera("tf_mat", np.diag([1.0, 1, -1, 1])), "singular or mirrored"),
    "column vectors": (_change_camera("tf_mat", _TURNED), "last column of tf_mat"),
    "not a matrix": (_change_camera("tf_mat", [[1.0]]), r"tf_mat has shape \(1, 1\)"),
    "no aperture": (_change_camera("horizontal_aperture", 0.0), "horizontal_aperture is 0.0"),
    "text for a number": (_change_camera("focal_length", "long"), "not the metadata of a view"),
}
FAULTS = [("semantic.npy", *fault) for fault in MASK_FAULTS.values()]
FAULTS += [("metadata.json", *fault) for fault in METADATA_FAULTS.values()]


@pytest.mark.parametrize(("file", "spoil", "message"), FAULTS, ids=[*MASK_FAULTS, *METADATA_FAULTS])
def test_read_one_bad_view_leaves_it_out_with_the_reason(tmp_path, file, spoil, message):
    write_box_views(tmp_path, 3)
    spoil(tmp_path / f"0_{file}")
    dataset = read_data_generator(tmp_path)
    assert [view.name for view in dataset.views] == ["1", "2"]
    (problem,) = dataset.problems
    assert problem.where == "view 0" and "\n" not in problem.what
    assert re.search(message, problem.what), problem.what


def test_read_too_few_good_views_raises_with_the_first_problem(tmp_path):
    write_box_views(tmp_path, 2)
    (tmp_path / "0_metadata.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"0_metadata\.json holds a list") as error:
        read_data_generator(tmp_path)
    assert "fewer than two views" in str(error.value) and "\n" not in str(error.value)


def test_read_one_view_raises(tmp_path):
    write_box_views(tmp_path, 1)
    with pytest.raises(DatasetError, match=r"view 0: it is the only view of box\.usd: a box needs at least two"):
        read_data_generator(tmp_path)


def test_read_empty_masks_raises(tmp_path):
    for index, camera in enumerate(cameras_around(3)):
        write_view(tmp_path, index, metadata_of(camera), semantic=0 * box_mask(camera))
    with pytest.raises(DatasetError, match=r"all masks are empty.*semantic label"):
        read_data_generator(tmp_path)


def test_read_wrong_place_raises_with_a_remedy(tmp_path):
    with pytest.raises(DatasetError, match="nowhere does not exist"):
        read_data_generator(tmp_path / "nowhere")
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(DatasetError, match="is a file: unpack it"):
        read_data_generator(tmp_path / "a.zip")
    with pytest.raises(DatasetError, match="holds no files such as"):
        read_data_generator(tmp_path)


@pytest.mark.parametrize("method", ["is_dir", "os.scandir"])
def test_read_folder_that_one_may_not_look_into_raises(tmp_path, path_fails, method):
    write_box_views(tmp_path, 2)
    path_fails(method)
    with pytest.raises(DatasetError, match=r"cannot be read \(Permission denied\)"):
        read_data_generator(tmp_path)


@pytest.mark.filterwarnings("ignore:Reading `.npy`")
def test_read_npy_with_any_damaged_header_leaves_the_view_out(tmp_path):
    write_box_views(tmp_path, 3)
    path = tmp_path / "0_semantic.npy"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(0, 128, rng.integers(1, 5)):
            damaged[place] = rng.choice(list(b"\x00\xff {}()[]'\",:-9\nL"))
        path.write_bytes(damaged)
        assert {"1", "2"} <= {view.name for view in read_data_generator(tmp_path).views}
