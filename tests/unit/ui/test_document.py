"""Tests of the open stage of the desktop window: open, edit with undo, save, and events."""

# usd-core ships no type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from boxfit.errors import StageError
from boxfit.ui.desktop.document import Document
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage
from pxr import Sdf

from tests.edits import AddCube


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return save_stage(new_stage(tmp_path / "scene.usda"))


@pytest.fixture
def document(file: Path) -> Document:
    document = Document()
    asyncio.run(document.open(file))
    return document


def names(document: Document) -> list[str]:
    return [prim.GetName() for prim in document.stage.GetPrimAtPath("/World").GetChildren()]


def names_on_disk(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [line.split('"')[1] for line in text.splitlines() if line.strip().startswith("def Cube")]


def add(document: Document, name: str) -> None:
    document.perform(f"Add {name}", lambda: AddCube(document.stage, name))


def test_perform_undo_and_redo_change_the_stage_and_tell_the_watchers(document: Document) -> None:
    events = []
    end = document.watch_stage(events.append)
    add(document, "Box")
    assert names(document) == ["Box"] and document.undo_label == "Add Box" and document.modified
    document.undo()
    assert names(document) == [] and document.redo_label == "Add Box" and not document.modified
    document.redo()
    assert names(document) == ["Box"]
    assert events == ["edited"] * 3
    end()
    document.undo()
    assert len(events) == 3


def test_perform_of_an_action_that_raises_adds_no_step(document: Document) -> None:
    events = []
    document.watch_stage(events.append)

    def fail() -> AddCube:
        raise StageError("no")

    with pytest.raises(StageError):
        document.perform("Fail", fail)
    assert document.undo_label is None and not document.modified and events == []


def test_undo_with_nothing_to_undo_tells_nobody(document: Document) -> None:
    events = []
    document.watch_stage(events.append)
    document.undo()
    document.redo()
    assert events == []


def test_save_writes_the_file_and_is_what_modified_is_measured_from(document: Document, file: Path) -> None:
    add(document, "Box")
    assert asyncio.run(document.save()) == file
    assert names_on_disk(file) == ["Box"] and not document.modified
    document.undo()
    assert document.modified


def test_save_that_fails_leaves_file_and_mark(document: Document, file: Path, tmp_path: Path) -> None:
    add(document, "Box")
    with pytest.raises(StageError, match="does not exist"):
        asyncio.run(document.save(tmp_path / "nowhere" / "scene.usda"))
    assert document.modified and names_on_disk(file) == [] and names(document) == ["Box"]


@pytest.mark.parametrize("name", ["other.usda", "other.usdc"])
def test_save_under_another_name_goes_on_with_that_file(document: Document, file: Path, name: str) -> None:
    events = []
    document.watch_stage(events.append)
    add(document, "Box")
    other = file.with_name(name)
    assert asyncio.run(document.save(other)) == other
    add(document, "More")
    asyncio.run(document.save())
    assert names_on_disk(file) == []
    assert list(Sdf.Layer.OpenAsAnonymous(str(other)).GetPrimAtPath("/World").nameChildren.keys()) == names(document)
    assert names(document) == ["Box", "More"]
    assert events == ["edited", "saved", "edited", "saved"]


def test_save_of_an_unnamed_stage_asks_for_a_name_and_takes_it(tmp_path: Path) -> None:
    document = Document()
    assert not document.modified
    add(document, "Box")
    with pytest.raises(StageError, match="no file yet"):
        asyncio.run(document.save())
    saved = asyncio.run(document.save(tmp_path / "new.usda"))
    assert names_on_disk(saved) == ["Box"] and not document.modified and names(document) == ["Box"]


def test_open_of_the_same_file_gives_what_is_on_disk(document: Document, file: Path) -> None:
    add(document, "Box")
    document.select(["/World/Box"])
    asyncio.run(document.open(file))
    assert names(document) == [] and not document.modified
    assert document.undo_label is None and document.selection == ()


def test_open_of_what_is_no_stage_keeps_the_open_one(document: Document, tmp_path: Path) -> None:
    broken = tmp_path / "broken.usda"
    broken.write_text("no stage", encoding="utf-8")
    add(document, "Box")
    stage = document.stage
    for path in (broken, tmp_path / "missing.usda", tmp_path):
        with pytest.raises(StageError):
            asyncio.run(document.open(path))
    assert document.stage is stage and document.undo_label == "Add Box"


def test_save_over_what_another_program_wrote_is_refused_and_keeps_it(document: Document, file: Path) -> None:
    add(document, "Box")
    other = Sdf.Layer.OpenAsAnonymous(str(file))
    Sdf.CreatePrimInLayer(other, "/World/FromElsewhere")
    other.Export(str(file))
    with pytest.raises(StageError, match="changed by another program"):
        asyncio.run(document.save())
    assert "FromElsewhere" in file.read_text(encoding="utf-8") and document.modified
    asyncio.run(document.save(file.with_name("mine.usda")))
    assert names_on_disk(file.with_name("mine.usda")) == ["Box"] and not document.modified


def test_select_tells_only_when_it_changes_something(document: Document) -> None:
    count = []
    document.selected.subscribe(lambda: count.append(document.selection))
    document.select(["/World/Box"])
    document.select(("/World/Box",))
    document.select(())
    assert count == [("/World/Box",), ()]
