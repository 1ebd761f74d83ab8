"""Table and pictures of docs/method.md, made anew: `python -m bench.method_document`, in about a minute.

Every shape of the bench is fitted once, with clean masks. The notebook's literal loop is slow and needs PyTorch, so its
rows are those of the committed baseline for the same scenes, as far as it has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.method_sections import boxes_in_a_section, reaches_of_segments
from bench.method_views import epipolar_tangency, mask_and_planes
from bench.metrics import Row
from bench.run import plan, read_baseline, run
from bench.scenes import make_scene
from bench.summary import summarise

DOCUMENT = Path(__file__).parents[1] / "docs" / "method.md"
BEGIN, END = "<!-- Table by `make method`. -->", "<!-- End of the table. -->"

METHODS = {
    "reference": "the tutorial's loop",
    "hull": "trimesh's box of the visual hull",
    "geometry": "the geometry's own bounds",
    "contact": "boxfit, `contact`",
    "auto": "**boxfit**, `auto`",
}
"""Methods of the table, with their names there."""
COLUMNS = {
    "runs": "shapes",
    "|volume - 1|": "volume - 1, absolute",
    "protrusion": "protrusion",
    "faces held": "faces within bounds",
    "certain": "held by `certain`",
    "seconds": "seconds",
}
"""Figures of the table, with their names there."""

PICTURES = {
    "outline": mask_and_planes,
    "boxes": boxes_in_a_section,
    "reaches": reaches_of_segments,
    "tangency": epipolar_tangency,
}
"""Pictures of the document by the names of their files."""


def main() -> None:
    """Write docs/images/method/*.png and the table in docs/method.md."""
    folder = DOCUMENT.parent / "images" / "method"
    folder.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        draw().save(folder / f"{name}.png")
    text = with_table(DOCUMENT.read_text(encoding="utf-8"), table(list(measured())))
    DOCUMENT.write_text(text, encoding="utf-8", newline="\n")


def measured() -> Iterator[Row]:
    """Fit each shape with the methods that are fast, and yield these rows and the baseline's of the others."""
    scenes = [step[:3] for step in plan(quick=True, only=["clean"], methods=[])]
    for shape, tilt, condition in scenes:
        scene = make_scene(shape, tilt, condition)
        yield from (run(scene, method) for method in METHODS if method != "reference")
    for row in read_baseline():
        if row.method == "reference" and (row.shape, row.tilt, row.condition) in scenes:
            yield row


def table(rows: list[Row]) -> str:
    """Make the Markdown of two tables: figures of each method, and their volumes by class of shapes."""
    groups = {method: [row for row in rows if row.method == method] for method in METHODS}
    figures = {method: summarise(group) for method, group in groups.items()}
    lines = [[METHODS[method], *(figures[method][name] for name in COLUMNS)] for method in METHODS]
    kinds = list(dict.fromkeys(row.kind for row in rows))
    by_kind = [
        [METHODS[method]] + [summarise([row for row in group if row.kind == kind])["|volume - 1|"] for kind in kinds]
        for method, group in groups.items()
    ]
    return f"{_markdown(['', *COLUMNS.values()], lines)}\n\n{_markdown(['volume - 1, absolute', *kinds], by_kind)}"


def with_table(document: str, table: str) -> str:
    """Return the document with another table between its markers."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _markdown(head: list[str], lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))


if __name__ == "__main__":
    main()
