"""Separate things of one label, and one thing of several labels."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.geometry.box import Box
from boxfit.session.session import Session
from boxfit.settings import FitSettings, InputSettings

from tests.basic_writer import Prim, write_box_frames
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


def link(index: int, kind: str = "link_{}") -> Prim:
    box = Box(BOX.centre + np.array([0.5 * index - 0.5, 0, 0]), np.full(3, 0.25))
    return Prim(f"/World/Rope/Link_{index}", {"class": kind.format(index)}, box)


ROPE = tuple(map(link, range(3)))


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


def test_merge_of_what_no_label_means_names_those_there_are(tmp_path: Path) -> None:
    write_box_frames(tmp_path, 4, ROPE)
    with pytest.raises(DatasetError, match="no label that 'knot' means: it has link_0, link_1, link_2"):
        Session(tmp_path, InputSettings(merge="knot"))


def test_label_that_means_an_object_and_a_joined_one_is_refused_with_both(tmp_path: Path) -> None:
    pallet = (Prim("/World/A", {"class": "stack"}, FIRST), Prim("/World/B", {"class": "palette,stack"}, SECOND))
    write_box_frames(tmp_path, 8, pallet)
    with pytest.raises(DatasetError, match=r"'stack' means stack \(id .*palette,stack \(id .*merge stack"):
        Session(tmp_path, InputSettings(label="stack"))
    (result,) = fitted(tmp_path, merge="stack").results
    assert result.box.size[0] == pytest.approx(2.8, rel=0.1)
