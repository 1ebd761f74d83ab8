"""Settings of the documents' site, which `make docs` builds with Sphinx into build/docs.

The root of the sources is the repository, so that links between the documents are those of its Markdown files. Sphinx
warns of each link that leads nowhere, and `-W` makes that an error.
"""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "source"), str(ROOT / "docs")]

import boxfit  # noqa: E402

project = "boxfit"
author = "the authors of boxfit"
release = version = boxfit.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "notebook_pages"]
include_patterns = ["docs/**", "README.md", "CONTRIBUTING.md", "exts/*/docs/Overview.md"]
exclude_patterns = ["docs/images", "docs/*.py", ".*", "build", "dist", "demo", "bench", "tests", "source", "_*"]
root_doc = "docs/index"

myst_enable_extensions = ["html_image", "colon_fence"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"boxfit {boxfit.__version__}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_extra_path = ["site"]
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "monokai"

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_use_ivar = True
napoleon_use_rtype = False
# Types in signatures: those of other packages have no page here, and those of internal modules are not public.
nitpick_ignore_regex = [(r"py:.*", r"(?!boxfit\.).*"), (r"py:.*", r"boxfit\..*\..*")]


def plain_text(_app: Any, what: str, _name: str, target: Any, _options: Any, lines: list[str]) -> None:
    """Make a docstring reStructuredText: `name` is code, and stars are stars; add the settings of a dataclass."""
    if what == "class" and is_dataclass(target) and any("help" in each.metadata for each in fields(target)):
        lines += ["", "Attributes:"]
        lines += [f"    {each.name}: {each.metadata['help']}" for each in fields(target)]
    for index, line in enumerate(lines):
        parts = re.split(r"(`[^`]+`)", line)
        lines[index] = "".join(f"`{part}`" if part[:1] == "`" else part.replace("*", r"\*") for part in parts)


def setup(app: Any) -> None:
    """Register the change of the docstrings, before napoleon's."""
    app.connect("autodoc-process-docstring", plain_text, priority=400)
