"""Separate things of one label, and one thing of several labels."""

from pathlib import Path

import boxfit
import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.box import Box
from boxfit.session.session import Session
from boxfit.settings import FitSettings, InputSettings

from tests.basic_writer import Prim, write_box_frames
from tests.folders import box_mask, cameras_around, metadata_of, write_view
from tests.scenes import BOX

QUICK = FitSettings(method="contact", align="axes")
FIRST = Box(BOX.centre + np.array([-1.1, 0.0, 0.0]), np.array([0.3, 0.3, 0.3]))
SECOND = Box(BOX.centre + np.array([1.0, 0.2, 0.1]), np.array([0.4, 0.2, 0.3]))
TWO_OF_A_CLASS = (Prim("/World/A", {"class": "mug"}, FIRST), Prim("/World/B", {"class": "mug"}, SECOND))


def fitted(folder: Path, **settings: object) -> Session:
    session = Session(folder, InputSettings(**settings), QUICK)  # type: ignore[arg-type]
    for _ in session.fit():
        pass
    return session


def test_two_things_of_one_label_are_warned_of_and_split_gives_each_its_box(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 12, TWO_OF_A_CLASS)
    (whole,) = fitted(tmp_path).results
    assert any("two or more separate parts" in warning for warning in whole.warnings)
    results = fitted(tmp_path, split=True).results
    assert [result.name for result in results] == ["mug_1", "mug_2"]
    truths = sorted((FIRST, SECOND), key=lambda box: -box.volume)
    found = sorted((result.box for result in results), key=lambda box: -box.volume)
    for box, truth in zip(found, truths, strict=True):
        assert np.allclose(box.centre, truth.centre, atol=0.06) and np.allclose(box.size, truth.size, rtol=0.3)
    assert not any("separate parts" in warning for result in results for warning in result.warnings)


def test_split_of_a_single_thing_leaves_it_as_it_is(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 6)
    (result,) = fitted(tmp_path, split=True).results
    assert result.name == "box"


def test_split_names_the_views_in_which_the_things_are_joined(tmp_path: Path) -> None:
    behind = Box(FIRST.centre + np.array([0.9, 0, 0]), FIRST.half_extents)
    write_box_frames(tmp_path, 12, (TWO_OF_A_CLASS[0], Prim("/World/B", {"class": "mug"}, behind)))
    session = fitted(tmp_path, split=True)
    assert len(session.results) == 2
    joined = {problem.where for result in session.results for problem in result.left_out}
    assert joined and all("joined there with that of another thing" in p.what for p in session.results[0].left_out)


def test_split_does_not_warn_of_views_that_do_not_show_a_thing(tmp_path: Path) -> None:
    cameras = cameras_around(12)
    while box_mask(cameras[4], FIRST).any():
        cameras[4].camera_from_world[1, 3] += 0.1
    for index, camera in enumerate(cameras):
        mask = np.maximum(box_mask(camera, FIRST), box_mask(camera, SECOND))
        write_view(tmp_path, index, metadata_of(camera, "mug.usd"), semantic=mask)
    assert box_mask(cameras[4], SECOND).any()
    results = fitted(tmp_path, split=True).results
    (result,) = [each for each in results if "view 4" in {problem.where for problem in each.left_out}]
    (unseen,) = [each for each in result.left_out if each.what.startswith("no part of its mask shows this thing")]
    joined = [each for each in result.left_out if each is not unseen]
    assert unseen.where == "view 4" and all("joined there" in each.what for each in joined)
    (warning,) = [text for text in result.warnings if "left out" in text]
    assert warning == f"{len(joined)} views were left out ({joined[0].where}: {joined[0].what})"


def link(index: int, kind: str = "link_{}") -> Prim:
    box = Box(BOX.centre + np.array([0.5 * index - 0.5, 0, 0]), np.full(3, 0.25))
    return Prim(f"/World/Rope/Link_{index}", {"class": kind.format(index)}, box)


ROPE = tuple(map(link, range(3)))
FAR = Prim("/World/Far", {"class": "far"}, Box(BOX.centre + np.array([0.0, 1.1, 0.0]), np.full(3, 0.2)))


@pytest.mark.parametrize(
    ("merge", "kind", "writes"),
    [("link_*", "link_{}", {}), ("/World/Rope", "link", {"semantic": None, "instance": "uint16"})],
    ids=["a pattern of labels", "a prim above them"],
)
def test_merge_takes_labels_as_one_object(tmp_path: Path, merge: str, kind: str, writes: dict[str, str | None]) -> None:
    write_box_frames(tmp_path, 12, [link(index, kind) for index in range(3)], **writes)
    assert len(Session(tmp_path).dataset.objects) == 3
    (result,) = fitted(tmp_path, merge=merge).results
    assert result.name == merge
    assert np.allclose(result.box.centre, BOX.centre, atol=0.06)
    assert np.allclose(result.box.size, [1.5, 0.5, 0.5], rtol=0.2)


@pytest.mark.parametrize(
    ("merge", "class_name", "prim"),
    [("/World/Rope", "Rope", "/World/Rope"), ("/World/Rope/*", "Rope", ""), ("link,hook", "link,hook", "")],
)
@pytest.mark.parametrize("semantic", ["colour", None])
def test_merge_takes_objects_that_are_named_by_class_too_into_one(
    tmp_path: Path, semantic: str | None, merge: str, class_name: str, prim: str
) -> None:
    rope = (link(0, "link"), link(1, "hook"), link(2, "link"))
    write_box_frames(tmp_path, 12, (*rope, FAR), semantic=semantic, instance="colour", boxes=True)
    assert [each.label.name for each in Session(tmp_path).dataset.objects if "hook" in each.label.name] == ["hook"]
    far, result = fitted(tmp_path, merge=merge).results
    label = result.labelled.label
    assert (far.name, label.name, label.class_name, label.prim) == ("far", merge, class_name, prim)
    assert np.allclose(result.box.centre, BOX.centre, atol=0.06)
    assert np.allclose(result.box.size, [1.5, 0.5, 0.5], rtol=0.2)


def test_merge_of_a_class_keeps_it_and_can_be_chosen_by_its_text(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 12, (*(link(index, "link") for index in range(3)), FAR), instance="colour")
    (result,) = fitted(tmp_path, merge="Link_*", label="Link_*").results
    assert result.labelled.label.class_name == "link"
    assert np.allclose(result.box.size, [1.5, 0.5, 0.5], rtol=0.2)


def test_skip_comes_before_merge_and_label(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 12, (*ROPE, FAR), instance="colour")
    (result,) = fitted(tmp_path, merge="/World/Rope", skip=["link_2", "far"]).results
    assert np.allclose(result.box.size, [1.0, 0.5, 0.5], rtol=0.2)


def test_skip_of_an_unknown_label_warns_in_python(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 6)
    with pytest.warns(
        UserWarning, match=r"label floor: it was not found to be left out \(skip\): there are box"
    ) as found:
        (result,) = boxfit.fit(tmp_path, skip="floor", method="contact", align="axes")
    assert result.name == "box" and [each.filename for each in found] == [__file__]


def test_split_things_have_the_class_and_no_prim(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 12, TWO_OF_A_CLASS)
    labels = [result.labelled.label for result in fitted(tmp_path, split=True).results]
    assert [(label.name, label.class_name, label.prim) for label in labels] == [
        ("mug_1", "mug", ""),
        ("mug_2", "mug", ""),
    ]


def test_merge_of_what_no_label_means_names_those_there_are(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 4, ROPE)
    with pytest.raises(
        DatasetError, match=r"no label that 'knot' means: it has link_0 \(id 1\), link_1 \(id 2\), link"
    ):
        Session(tmp_path, InputSettings(merge="knot"))


def test_label_that_means_an_object_and_a_joined_one_is_refused_with_both(tmp_path: Path) -> None:
    pallet = (Prim("/World/A", {"class": "stack"}, FIRST), Prim("/World/B", {"class": "palette,stack"}, SECOND))
    write_box_frames(tmp_path, 8, pallet)
    with pytest.raises(DatasetError, match=r"'stack' means stack \(id .*palette,stack \(id .*merge stack"):
        Session(tmp_path, InputSettings(label="stack"))
    (result,) = fitted(tmp_path, merge="stack").results
    assert result.box.size[0] == pytest.approx(2.8, rel=0.1)
