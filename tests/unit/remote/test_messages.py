"""Messages: exact transfer, and errors for truncated data."""

import io
import math

import numpy as np
import pytest
from boxfit.remote.greeting import Greeting, read_greeting, write_greeting
from boxfit.remote.messages import Message, read_message, write_message
from boxfit.remote.packing import pack_areas, pack_silhouettes, unpack_areas, unpack_silhouettes
from boxfit.render.area import RendererArea
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import BOX, box_silhouettes

GREETING = Greeting("1.2.3", "3.11.4", {"numpy": "2.0", "torch": None}, "")


def sent(message: Message) -> io.BytesIO:
    stream = io.BytesIO()
    write_message(stream, message)
    stream.seek(0)
    return stream


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.floats(allow_nan=False)))
def test_values_arrive_as_they_were(values):
    message = read_message(sent(Message("ask", values)))
    assert (message.kind, message.values, message.arrays) == ("ask", values, ())


@pytest.mark.parametrize("dtype", ["?", "<i8", "<f8", "<f4", ">f8", "<u2"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4)])
def test_arrays_arrive_as_they_were_and_may_be_written_to(dtype, shape):
    array = np.arange(1 + math.prod(shape))[1:].reshape(shape).astype(dtype)
    other = np.arange(12.0).reshape(3, 4).T
    received, transposed = read_message(sent(Message("ask", arrays=(array, other)))).arrays
    assert received.dtype == array.dtype and received.shape == shape and received.tobytes() == array.tobytes()
    assert np.array_equal(transposed, other) and received.flags.writeable


def test_messages_follow_each_other():
    stream = io.BytesIO()
    for kind in ("first", "second"):
        write_message(stream, Message(kind, arrays=(np.zeros(3),)))
    stream.seek(0)
    assert [read_message(stream).kind for _ in range(2)] == ["first", "second"]
    with pytest.raises(EOFError):
        read_message(stream)


@pytest.mark.parametrize("length", [0, 4, 8, 20, -1])
def test_message_that_is_truncated_raises(length):
    whole = sent(Message("ask", {"a": 1}, (np.zeros(4),))).getvalue()
    with pytest.raises(EOFError):
        read_message(io.BytesIO(whole[:length]))


def test_array_of_objects_is_not_sent():
    with pytest.raises(AssertionError):
        sent(Message("ask", arrays=(np.array([{}]),)))


@pytest.mark.parametrize("banner", [b"", b"Welcome!\n", b"half a mark \0boxfit wor", b"\0\xff\r\n"])
def test_greeting_is_found_behind_what_was_printed_before(banner):
    stream = io.BytesIO()
    stream.write(banner)
    write_greeting(stream, GREETING)
    write_message(stream, Message("next"))
    stream.seek(0)
    assert read_greeting(stream) == GREETING
    assert read_message(stream).kind == "next"


def test_greeting_of_another_version_is_read_as_far_as_it_goes():
    assert read_greeting(io.BytesIO(b'\0boxfit worker\0{"boxfit": "9", "news": 1}\n')) == Greeting("9", "", {}, "")


@pytest.mark.parametrize("text", [b"", b"hello\n", b"\0boxfit worker\0{", b"." * (2**20 + 2)])
def test_greeting_that_never_comes_is_noticed(text):
    with pytest.raises((EOFError, ValueError)):
        read_greeting(io.BytesIO(text))


def test_silhouettes_and_areas_arrive_as_they_were():
    silhouettes = box_silhouettes()[:3]
    message = read_message(sent(Message("make", arrays=pack_silhouettes(silhouettes))))
    unpacked = unpack_silhouettes(message.arrays)
    for silhouette, other in zip(silhouettes, unpacked, strict=True):
        assert np.array_equal(silhouette.full_mask(), other.full_mask()) and silhouette.origin == other.origin
        assert np.array_equal(silhouette.camera.camera_from_world, other.camera.camera_from_world)
        for name in ("focal", "principal", "resolution"):
            assert getattr(silhouette.camera, name) == getattr(other.camera, name)
    corners = np.stack([silhouette.camera.to_camera(BOX.corners) for silhouette in silhouettes])
    areas = RendererArea(silhouettes).areas(corners, np.arange(3))
    again = unpack_areas(read_message(sent(Message("done", arrays=pack_areas(areas)))).arrays, len(areas.box))
    for name in ("box", "overlap", "box_gradient", "overlap_gradient"):
        assert np.array_equal(getattr(areas, name), getattr(again, name))
