"""Draws the pictures of docs/tutorials with the commands that these pages show; run it after changes in `draw/`."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import boxfit
import numpy as np
from boxfit.__main__ import main as boxfit_command
from boxfit.draw.overlay import OverlayView, overlay_sheet
from PIL import Image

HERE = Path(__file__).parent / "tutorials"
TILE = 240
SHEET_WIDTH = 1000


def main() -> None:
    """Write docs/images/tutorials/*.jpg."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        run("sample views --format replicator")
        strip("isaac_sim_views", [f"views/{{}}_{index:04d}.png" for index in (1, 5, 12, 19)], "semantic_segmentation")
        run("fit views --source-up Y --output isaac_box.usda --overlay isaac_sim.png")
        run("sample teapot --format colmap")
        pairs = [f"teapot/{{}}/{index}.png" for index in (2, 8, 9, 17)]
        strip("photos_masks", pairs, "masks", ".png")
        run("fit teapot --source-up Y --views 0-4 --output few.usda --overlay photos_few_views.png")
        for index in (4, 6, 16):
            hide_left_part(Path(f"teapot/masks/{index}.png.png"))
        (result,) = boxfit.fit("teapot", source_up="Y")
        seen = {silhouette.view: silhouette for silhouette in result.silhouettes}
        colours = {view.name: view.rgb() for view in result.labelled.views}
        shown = [OverlayView(seen[name], "", colours[name]) for name in ("4", "6", "16", "17")]
        save(
            overlay_sheet(shown, result.box, "teapot", "something hides a third of it in 3 of 24 views"),
            "photos_hidden",
        )
        for name in ("isaac_sim", "photos_few_views"):
            with Image.open(f"{name}.png") as sheet:
                save(sheet, name)


def run(command: str) -> None:
    """Run a command of boxfit."""
    assert boxfit_command(command.split()) == 0, command


def strip(name: str, files: list[str], mask: str, suffix: str = "") -> None:
    """Draw images above their masks, white on the object.

    Args:
        name: Name of the picture.
        files: Paths with a place for the folder or the sensor, `rgb` or `images`, or `mask`.
        mask: Folder or sensor of the masks.
        suffix: What follows the image's path in that of its mask.
    """
    columns = []
    for file in files:
        image = Image.open(file.format("rgb" if mask != "masks" else "images")).convert("RGB")
        pixels = np.asarray(Image.open(file.format(mask) + suffix))
        shown = Image.fromarray(np.uint8(255 * (pixels == pixels.max()))).convert("RGB")
        columns.append(np.vstack([np.asarray(part.resize((TILE, TILE))) for part in (image, shown)]))
    save(Image.fromarray(np.hstack(columns)), name)


def hide_left_part(mask: Path) -> None:
    """Remove the left third of an object from its mask, as if something stood in front of it."""
    pixels = np.array(Image.open(mask).convert("L"))
    columns = np.flatnonzero(pixels.any(axis=0))
    pixels[:, : columns[len(columns) // 3]] = 0
    Image.fromarray(pixels).save(mask)


def save(picture: Image.Image, name: str) -> None:
    """Write a picture as JPEG, at most `SHEET_WIDTH` wide."""
    picture = picture.convert("RGB")
    picture.thumbnail((SHEET_WIDTH, SHEET_WIDTH), Image.Resampling.LANCZOS)
    picture.save(HERE / f"{name}.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    main()
