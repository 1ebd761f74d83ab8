"""Tests of the meanings of pixel values, and of the conversion to ids that are consistent between frames."""

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views.replicator.labels import Meaning, instance_meanings, pixel_value, semantic_meanings
from boxfit.views.replicator.pixels import object_ids, pixel_values, read_pixels
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

# Labels as a BasicWriter folder of isaac-sim/IsaacSim holds them (golden files of _out_deformable_drop, Apache-2.0).
COLOURED = {
    "(0, 0, 0, 0)": {"class": "BACKGROUND"},
    "(0, 0, 0, 255)": {"class": "UNLABELLED"},
    "(35, 198, 233, 255)": {"class": "banana"},
    "(93, 220, 11, 255)": {"class": "crate"},
}


def test_meanings_of_coloured_labels_are_by_the_bytes_of_the_colour() -> None:
    banana = int.from_bytes(bytes([35, 198, 233, 255]), "little")
    meanings = semantic_meanings(COLOURED)
    assert meanings[banana] == Meaning((("class", "banana"),))
    assert meanings[0] is None and meanings[0xFF000000] is None


def test_meaning_of_several_types_and_labels_names_the_class_first() -> None:
    (meaning,) = semantic_meanings({"2": {"shape": "round", "class": "cube,red"}}).values()
    assert meaning is not None and meaning.class_name == "cube,red,round"


def test_meanings_of_instances_are_prims_with_their_labels() -> None:
    prims = {0: "BACKGROUND", 1: "UNLABELLED", 4: "/World/floor", 10: "/World/mug"}
    meanings = instance_meanings(prims, {10: {"class": "mug"}})
    assert meanings[10] == Meaning((("class", "mug"),), "/World/mug")
    assert meanings[4] == Meaning((), "/World/floor")
    assert meanings[0] is None and meanings[1] is None
    assert instance_meanings({str(key): prim for key, prim in prims.items()}, None)[10] == Meaning((), "/World/mug")


@pytest.mark.parametrize(
    "key", ["(25, 168, 255, 255)", "(25,168,255,255)", (25, 168, 255, 255), tuple(np.uint8([25, 168, 255, 255]))]
)
def test_pixel_value_of_a_colour_is_the_same_however_it_is_written(key) -> None:
    assert pixel_value(key) == 0xFFFFA819


@pytest.mark.parametrize("key", ["cube", "(1, 2, 3)", "-1", "1.5", "", (1, 2)])
def test_pixel_value_of_something_else_raises(key) -> None:
    with pytest.raises(DatasetError, match="neither an id nor a colour"):
        pixel_value(key)


@pytest.mark.parametrize("labels", [None, [], "cube", {"2": 3}, {"2": ["cube"]}])
def test_meanings_of_something_else_raise(labels) -> None:
    with pytest.raises(DatasetError, match="labels"):
        semantic_meanings(labels)


def _colours() -> np.ndarray:
    return np.array([[[0, 0, 0, 0], [35, 198, 233, 255]], [[0, 0, 0, 255], [93, 220, 11, 255]]], dtype=np.uint8)


@pytest.mark.parametrize(
    "pixels",
    [
        _colours(),
        _colours().view("<u4")[..., 0],
        _colours().view("<i4")[..., 0],
        _colours().view("<u4"),
        _colours()[..., :3],
    ],
    ids=["bytes", "packed", "packed signed", "packed with an axis", "without alpha"],
)
def test_object_ids_of_colours_are_the_same_however_they_are_packed(pixels) -> None:
    numbers = {"BACKGROUND": 0, "UNLABELLED": 0, "banana": 7, "crate": 300}
    ids = {pixel_value(key): numbers[entry["class"]] for key, entry in COLOURED.items()}
    found = object_ids(pixel_values(pixels, "it", (2, 2)), ids, "it")
    np.testing.assert_array_equal(found, [[0, 7], [0, 300]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.uint32])
def test_object_ids_of_ids_are_the_same_for_every_type(dtype) -> None:
    image = np.array([[0, 1, 2], [7, 7, 2]], dtype=dtype)
    found = object_ids(pixel_values(image, "it", (2, 3)), {2: 1, 7: 2}, "it")
    np.testing.assert_array_equal(found, [[0, 0, 1], [2, 2, 1]])


@given(
    image=st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=5),
    values=st.lists(st.integers(2, 2**32 - 1), min_size=5, max_size=5, unique=True),
)
def test_object_ids_agree_with_a_pixel_by_pixel_lookup(image, values) -> None:
    table = dict(zip([0, *values], range(6), strict=True))
    pixels = np.array([0, *values], dtype=np.uint32)[np.array(image)]
    np.testing.assert_array_equal(object_ids(pixels, {value: table[value] for value in values}, "it"), image)


def test_object_ids_of_a_few_stray_pixels_are_nothing() -> None:
    pixels = np.full((50, 40), 2, dtype=np.uint32)
    pixels[3, 4] = pixels[7, 1] = 65000
    found = object_ids(pixels, {2: 1}, "mask.png")
    assert found[3, 4] == found[7, 1] == 0 and np.count_nonzero(found == 1) == pixels.size - 2
    pixels[0, 0] = 65000
    with pytest.raises(DatasetError, match=r"among 3 pixels"):
        object_ids(pixels, {2: 1}, "mask.png")


def test_object_ids_of_a_value_without_a_label_raise_with_value_and_count() -> None:
    pixels = np.array([[2, 9, 9]], dtype=np.uint32)
    with pytest.raises(DatasetError, match=r"mask\.png shows the id 9 \(among 2 pixels\) that its labels do not name"):
        object_ids(pixels, {2: 1}, "mask.png")
    with pytest.raises(DatasetError, match=r"the colour \(1, 2, 3, 255\)"):
        object_ids(np.array([[0xFF030201]], dtype=np.uint32), {2: 1}, "mask.png")


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2)), np.zeros((2, 2), np.int64), np.zeros((2, 2, 2), np.uint8), np.zeros(4, np.uint8)]
)
def test_pixel_values_of_something_else_raise(pixels) -> None:
    with pytest.raises(DatasetError, match="not ids or colours"):
        pixel_values(pixels, "it", (2, 2))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_read_pixels_of_every_depth_gives_the_ids(tmp_path, dtype) -> None:
    image = np.array([[0, 1, 200], [7, 7, np.iinfo(dtype).max]], dtype=dtype)
    Image.fromarray(image).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(pixel_values(read_pixels(tmp_path / "mask.png", (2, 3)), "it", (2, 3)), image)


def test_read_pixels_of_a_palette_gives_its_indices_and_of_one_with_alpha_its_colours(tmp_path) -> None:
    palette = Image.new("P", (2, 1))
    palette.putdata([0, 2])
    palette.putpalette([0, 0, 0, 1, 1, 1, 35, 198, 233])
    palette.save(tmp_path / "mask.png")
    np.testing.assert_array_equal(read_pixels(tmp_path / "mask.png", (1, 2)), [[0, 2]])
    palette.save(tmp_path / "clear.png", transparency=0)
    np.testing.assert_array_equal(read_pixels(tmp_path / "clear.png", (1, 2)), [[[0, 0, 0, 0], [35, 198, 233, 255]]])


def test_read_pixels_of_a_damaged_file_raises_with_its_name(tmp_path) -> None:
    Image.fromarray(np.arange(10000, dtype=np.uint16).reshape(100, 100)).save(tmp_path / "mask.png")
    whole = (tmp_path / "mask.png").read_bytes()
    for size in (4, 20, len(whole) // 2):
        (tmp_path / "mask.png").write_bytes(whole[:size])
        with pytest.raises(DatasetError, match=r"mask\.png is not an image that can be read") as error:
            read_pixels(tmp_path / "mask.png", (100, 100))
        assert "\n" not in str(error.value)
