"""The documents' site is built without a warning, and its index leads to every page."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import boxfit
import pytest

from tests.conftest import skip_or_fail
from tests.contract.test_documents import links

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("tutorials/*.md"), *DOCS.glob("*.ipynb")])


def build(target: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as `make docs` does, into a folder of the test."""
    for package in ("sphinx", "furo", "myst_parser"):
        if importlib.util.find_spec(package) is None:
            skip_or_fail("docs", f'{package} is not installed (pip install -e ".[docs]")')
    strict = re.search(r"-m sphinx (.*?) -b html", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert strict
    command = [sys.executable, "-m", "sphinx", *strict[1].split(), "-b", "html", "-c", DOCS, "-d", target / "read"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([*command, ROOT, target / "site"], capture_output=True, text=True, env=environment)


def test_build_site_warns_of_nothing_and_shows_every_page(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr
    for page in PAGES:
        html = tmp_path / "site" / page.relative_to(ROOT).with_suffix(".html")
        assert "<h1>" in html.read_text(encoding="utf-8"), page.name
    api = (tmp_path / "site" / "docs" / "api.html").read_text(encoding="utf-8")
    assert "Metres per unit of the dataset" in api and 'id="boxfit.fit_masks"' in api
    assert 'src="data:image/jpeg' in (tmp_path / "site" / "docs" / "tutorial.html").read_text(encoding="utf-8")


def test_index_links_to_every_page() -> None:
    linked = {link.partition("#")[0] for link in links((DOCS / "index.md").read_text(encoding="utf-8"))}
    assert {page.relative_to(DOCS).as_posix() for page in PAGES} - {"index.md"} <= linked


@pytest.mark.parametrize("name", [name for name in boxfit.__all__ if not name.startswith("__")])
def test_api_page_has_public_name(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: boxfit\.{name}$", (DOCS / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
