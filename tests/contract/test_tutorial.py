"""The tutorial runs as it is written, and once more in the same kernel; what is committed is what it gives."""

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from boxfit.draw.canvas import BOX
from boxfit.sample.make import _SCALE
from boxfit.sample.teapot import teapot
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

from tests.contract.test_documents import links

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"
NUMBER = re.compile(r"-?\d+(?:\.\d*)?")

Cells = list[NotebookNode]


def code_cells() -> Cells:
    return [cell for cell in nbformat.read(TUTORIAL, as_version=4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Current folder of the kernel."""
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def runs(empty: Path) -> tuple[Cells, Cells]:
    """The cells after a run, and after a second one with the files of the first; the first cell comes last there."""
    sources = [cell.source for cell in code_cells()]
    loaded = "import sys\nassert not {'torch', 'matplotlib', 'tqdm'} & set(sys.modules)"
    cells = [nbformat.v4.new_code_cell(source) for source in (*sources, *sources[1:], sources[0], loaded)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder = {"metadata": {"path": str(empty)}}
    NotebookClient(notebook, timeout=600, coalesce_streams=True, resources=folder).execute()
    first, second = notebook.cells[: len(sources)], notebook.cells[len(sources) : -1]
    return first, [second[-1], *second[:-1]]


def text_of(cell: NotebookNode) -> str:
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def pictures_of(cells: Cells) -> list[Image.Image]:
    data = []
    for output in (output for cell in cells for output in cell.outputs):
        data += [output.data["image/jpeg"]] if "image/jpeg" in output.get("data", {}) else []
        data += re.findall(r'src="data:image/\w+;base64,([^"]+)"', output.get("data", {}).get("text/html", ""))
    return [Image.open(io.BytesIO(base64.b64decode(each))) for each in data]


def assert_same(cell: NotebookNode, other: NotebookNode) -> None:
    """Equal texts, with numbers that agree to 2 %."""
    texts = text_of(cell), text_of(other)
    words = [re.sub(r"\s", "", NUMBER.sub("#", text)) for text in texts]
    assert words[0] == words[1]
    numbers = [np.array(NUMBER.findall(text), dtype=float) for text in texts]
    np.testing.assert_allclose(*numbers, rtol=0.02, atol=0.02)


def find(cells: Cells, code: str) -> NotebookNode:
    (cell,) = (cell for cell in cells if code in cell.source)
    return cell


def test_run_gives_the_committed_texts(runs: tuple[Cells, Cells]) -> None:
    for committed, cell in zip(code_cells(), runs[0], strict=True):
        assert_same(committed, cell)


def test_run_again_gives_the_same(runs: tuple[Cells, Cells]) -> None:
    for cell, again in zip(*runs, strict=True):
        assert text_of(cell) == text_of(again)
        assert len(cell.outputs) == len(again.outputs)


def test_run_writes_nothing_into_the_current_folder(runs: tuple[Cells, Cells], empty: Path) -> None:
    assert not list(empty.iterdir())


def test_run_prints_no_warning(runs: tuple[Cells, Cells]) -> None:
    outputs = [output for cell in (*runs[0], *runs[1]) for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"]


@pytest.mark.parametrize("which", ["committed", "run"])
def test_pictures_are_there_and_not_blank(runs: tuple[Cells, Cells], which: str) -> None:
    pictures = pictures_of(code_cells() if which == "committed" else runs[0])
    assert [picture.format for picture in pictures] == ["JPEG", "JPEG", "JPEG", "GIF", "JPEG", "JPEG"]
    for picture in pictures:
        assert picture.width > 700 and picture.height > 400
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 100
    for picture in pictures[1:]:
        away = np.abs(np.asarray(picture.convert("RGB")).astype(int) - BOX).max(axis=2)
        assert (away < 60).sum() > 500, "no box is drawn"  # The legend has 200.
    assert getattr(pictures[3], "n_frames", 1) == 16


def test_three_lines_print_the_size_of_the_teapot(runs: tuple[Cells, Cells]) -> None:
    cell = find(runs[0], "teapot_box.usda")
    assert len(cell.source.splitlines()) == 3
    size = np.array(NUMBER.findall(cell.outputs[1].text), dtype=float)[3:6]
    np.testing.assert_allclose(np.sort(size), np.sort(least_upright_size()), rtol=0.01)


def least_upright_size() -> np.ndarray:
    """Edges of the least box around the sample's points whose third axis is theirs, by trying many turns."""
    points = _SCALE * teapot().points
    turns = np.radians(np.arange(0, 90, 0.25))
    axes = np.array([[np.cos(turns), -np.sin(turns)], [np.sin(turns), np.cos(turns)]]).transpose(2, 0, 1)
    extents = np.ptp(points[:, :2] @ axes, axis=1)
    return np.array([*extents[extents.prod(axis=1).argmin()], np.ptp(points[:, 2])])


def test_result_at_the_end_of_a_cell_shows_table_and_picture(runs: tuple[Cells, Cells]) -> None:
    html = find(runs[0], "teapot_box.usda").outputs[-1].data["text/html"]
    assert html.count("<tr>") == 4 and "<img" in html and "<ul>" not in html


def test_fit_by_hand_changes_one_picture(runs: tuple[Cells, Cells]) -> None:
    cell = find(runs[0], "display_id=True")
    assert [output.output_type for output in cell.outputs] == ["display_data", "stream"]


def test_progress_shows_one_full_bar(runs: tuple[Cells, Cells]) -> None:
    cells = [cell for cell in runs[0] if "progress=True" in cell.source]
    assert len(cells) == 3
    for cell in cells:
        bars = [output.data["text/html"] for output in cell.outputs if "<progress" in str(output.get("data"))]
        assert len(bars) == 1 and 'value="1.000"' in bars[0]


def test_committed_file_is_small() -> None:
    assert TUTORIAL.stat().st_size < 1_000_000


def test_links_lead_to_files() -> None:
    cells = nbformat.read(TUTORIAL, as_version=4).cells
    targets = [link for cell in cells if cell.cell_type == "markdown" for link in links(cell.source)]
    assert len(targets) > 5
    for target in (each for each in targets if not each.startswith("https://")):
        assert (TUTORIAL.parent / target).exists(), target
