"""Tests of undo and redo, and of the saved state."""

import pytest
from boxfit.ui.desktop.undo_stack import UndoStack


class Append:
    """Edit that appends a word to a list."""

    def __init__(self, words: list[str], word: str) -> None:
        self.words, self.word = words, word
        self.redo()

    def undo(self) -> None:
        assert self.words.pop() == self.word

    def redo(self) -> None:
        self.words.append(self.word)


class Stuck:
    """Edit that can neither be undone nor redone."""

    def undo(self) -> None:
        raise RuntimeError

    redo = undo


@pytest.fixture
def words() -> list[str]:
    return []


@pytest.fixture
def stack(words: list[str]) -> UndoStack:
    stack = UndoStack()
    for word in ("one", "two", "three"):
        stack.push(f"Add {word}", Append(words, word))
    return stack


def test_undo_and_redo_go_back_and_forth_one_step_at_a_time(stack: UndoStack, words: list[str]) -> None:
    assert stack.undo() and stack.undo()
    assert words == ["one"]
    assert (stack.undo_label, stack.redo_label) == ("Add one", "Add two")
    assert stack.redo()
    assert words == ["one", "two"]


def test_undo_without_a_step_does_nothing(words: list[str]) -> None:
    stack = UndoStack()
    assert not stack.undo() and not stack.redo()
    assert stack.undo_label is None and stack.redo_label is None and not stack.modified


def test_push_after_an_undo_drops_what_could_be_redone(stack: UndoStack, words: list[str]) -> None:
    stack.undo()
    stack.push("Add four", Append(words, "four"))
    assert stack.redo_label is None
    stack.undo()
    assert words == ["one", "two"]


def test_undo_of_a_step_that_fails_leaves_it_in_place(stack: UndoStack) -> None:
    stack.push("Stuck", Stuck())
    with pytest.raises(RuntimeError):
        stack.undo()
    assert (stack.undo_label, stack.redo_label) == ("Stuck", None)


def test_modified_follows_the_distance_to_the_last_save(stack: UndoStack) -> None:
    assert stack.modified
    stack.mark_saved()
    assert not stack.modified
    stack.undo()
    assert stack.modified
    stack.redo()
    assert not stack.modified


def test_modified_with_the_saved_step_dropped_stays(stack: UndoStack, words: list[str]) -> None:
    stack.mark_saved()
    stack.undo()
    stack.push("Add four", Append(words, "four"))
    while stack.undo():
        assert stack.modified
    assert words == [] and stack.modified
