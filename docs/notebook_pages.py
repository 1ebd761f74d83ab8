"""Sphinx extension that shows notebooks as pages, with their stored outputs."""

from __future__ import annotations

import json
import re
from typing import Any

from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx

FENCE = "`" * 5


class NotebookParser(MystParser):
    """Parser of .ipynb files: Markdown cells as they are, code, and outputs as text, picture or HTML."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: Any) -> None:
        """Parse the Markdown that the notebook amounts to."""
        cells = json.loads(inputstring)["cells"]
        first, *others = (part for cell in cells for part in _parts(cell))
        # A page has one title: the headings of the cells after the first are one level lower.
        others = [part if part.startswith(FENCE) else re.sub(r"^#", "##", part, flags=re.MULTILINE) for part in others]
        super().parse("\n\n".join([first, *others]), document)


def _parts(cell: dict[str, Any]) -> list[str]:
    """Return a cell and its outputs as blocks of Markdown."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return [source]
    return [_fenced("python", source), *(_output(output) for output in cell["outputs"])]


def _output(output: dict[str, Any]) -> str:
    """Return the richest form of an output as a block of Markdown."""
    data = {kind: "".join(value) for kind, value in output.get("data", {}).items()}
    for kind in ("image/jpeg", "image/png"):
        if kind in data:
            text = data.get("text/plain", "output")
            return _fenced("{raw} html", f'<img alt="{text}" src="data:{kind};base64,{data[kind].strip()}">')
    if "text/html" in data:
        return _fenced("{raw} html", data["text/html"])
    return _fenced("text", "".join(output.get("text", data.get("text/plain", ""))))


def _fenced(language: str, text: str) -> str:
    return f"{FENCE}{language}\n{text}\n{FENCE}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the parser."""
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    return {"parallel_read_safe": True}
