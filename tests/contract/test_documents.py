"""The documents: their links lead somewhere, and the constants that they name have these values."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("exts/*/docs/*.md")])


def links(text: str) -> list[str]:
    """Targets of links and images, outside of code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img[^>]* src="([^"]+)"', text)


def anchors(text: str) -> set[str]:
    """Names that the headings have as targets."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_follow_links_of_a_document_to_files_and_headings(document: Path) -> None:
    for link in links(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+://", link):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_method_document_names_constants_with_their_values() -> None:
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)\.([A-Z_]+)` \| ([\d.]+)", text, re.MULTILINE)
    assert len(rows) > 5
    for module, name, value in rows:
        assert getattr(importlib.import_module(f"boxfit.{module}"), name) == float(value), name
