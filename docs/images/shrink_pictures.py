"""Picks, cuts and shrinks the pictures that the panel's tests take, for the documents. `make pictures` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
EXTENSIONS = HERE.parents[1] / "exts"

PANEL = (880, 32, 1280, 800)
"""The panel alone, in a picture of the whole window."""

PICTURES = {
    "ready": PANEL,
    "wrong_setting": PANEL,
    "fitting": None,
    "fitted": None,
    "result": PANEL,
    "warnings": PANEL,
    "no_dataset": PANEL,
    "wrong_folder": PANEL,
    "choose_folder": None,
    "stopping": PANEL,
    "cancelled": PANEL,
    "failed": PANEL,
    "undone": PANEL,
    "narrow_1x": None,
    "narrow_2x": None,
    "in_kit": (0, 0, 860, 862),
}
"""Pictures that the documents show, with the part of each; None shows all of it."""


def main(source: Path) -> None:
    """Write docs/images/panel/*.png, and the previews of the extensions.

    Args:
        source: Folder with the pictures of tests/ui/test_story.py, or of tests/kit/test_story.py; what is not there
            stays as it is in the documents.
    """
    (HERE / "panel").mkdir(exist_ok=True)
    found = {name: part for name, part in PICTURES.items() if (source / f"{name}.png").is_file()}
    if not found:
        sys.exit(f"{source} holds none of the pictures {', '.join(PICTURES)}: run make pictures")
    for name, part in found.items():
        with Image.open(source / f"{name}.png") as picture:
            save(picture.crop(part), HERE / "panel" / f"{name}.png")
    if "fitted" not in found:
        return
    with Image.open(source / "fitted.png") as picture:
        preview = picture.crop((0, 32, 1280, 800)).resize((1000, 600), Image.Resampling.LANCZOS)
        save(preview, EXTENSIONS / "boxfit_kit.window" / "data" / "preview.png")
    with Image.open(HERE / "overlay.png") as picture:
        width = 1000
        preview = picture.resize((width, round(width * picture.height / picture.width)), Image.Resampling.LANCZOS)
        save(preview, EXTENSIONS / "boxfit_kit.core" / "data" / "preview.png")


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture with 256 colours, dithered: a quarter of its size, and hardly to be told from it."""
    rgb = picture.convert("RGB")
    palette = rgb.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3)
    rgb.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
