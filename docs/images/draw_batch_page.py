"""Draws batch_page.png for docs/batch.md: renders a small tree of datasets, fits it, and takes a picture of its page.

From the checkout, with Chromium or Chrome: PYTHONPATH=. python docs/images/draw_batch_page.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from boxfit.batches.run import run_batch
from boxfit.sample.pictures import render
from boxfit.sample.teapot import Mesh
from PIL import Image

from bench.cameras import misplace, orbit
from bench.masks import hide_third
from bench.shapes import make_shape
from tests.browser import Browser
from tests.folders import metadata_of, write_view

HERE = Path(__file__).parent
CENTIMETRES = 20.0
"""Length of a unit of the shapes."""

COLOURS = ((0.13, 0.45, 0.52), (0.6, 0.2, 0.12), (0.3, 0.42, 0.15), (0.55, 0.42, 0.1), (0.3, 0.25, 0.5))
SOURCES = {
    "kitchen/scan_1": ("teapot", 12, ""),
    "kitchen/scan_2": ("mug", 12, ""),
    "kitchen/scan_3": ("bottle", 12, "occluded"),
    "kitchen/scan_4": ("tray", 3, "one side"),
    "kitchen/scan_5": ("table", 12, "camera"),
    "living_room/scan_1": ("sofa", 12, ""),
    "living_room/scan_2": ("lamp", 4, ""),
    "living_room/scan_3": ("chair", 12, ""),
    "living_room/scan_4": ("cushion", 3, ""),
    "living_room/scan_5": ("shelf", 12, ""),
    "garage/scan_1": ("car", 24, ""),
    "garage/scan_2": ("flange", 12, "torn"),
}
"""Shape, number of views and defect of each dataset."""


def write_source(folder: Path, name: str, count: int, defect: str, seed: int) -> None:
    """Write the views of a shape in the Data Generator's format."""
    rng = np.random.default_rng(seed)
    shape = make_shape(name)
    corners = CENTIMETRES * shape.vertices[shape.faces]  # Flat shading: each face has points of its own.
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    points, faces = corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3)
    colours = np.broadcast_to(COLOURS[seed % len(COLOURS)], points.shape)
    mesh = Mesh(points, faces, np.repeat(normals, 3, axis=0), colours)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    span = np.pi / 2 if defect == "one side" else 2 * np.pi
    folder.mkdir(parents=True)
    for index, camera in enumerate(orbit(rng, centre, radius, count, (256, 256), 0.75, span)):
        pictures = render(mesh, np.eye(4), camera)
        mask = pictures.semantic[..., 0] > 0
        if defect == "occluded" and index % 3 == 0:
            mask = hide_third(rng, mask)
        stated = misplace(rng, camera, centre, 2.0, 0.01) if defect == "camera" and index % 4 == 0 else camera
        rows, columns = np.nonzero(mask)
        limits = {"x_min": columns.min(), "y_min": rows.min(), "x_max": columns.max(), "y_max": rows.max()}
        box = {"file": f"{name}.usd", "class": name, "bbox": {end: int(value) for end, value in limits.items()}}
        metadata = metadata_of(stated, f"{name}.usd", np.eye(4)) | {"bbox_2d_tight": [box]}
        write_view(folder, index, metadata, semantic=mask[..., None].astype(np.int32))
        Image.fromarray(pictures.rgb).save(folder / f"{index}_rgb.png")
        if defect == "torn":
            (folder / f"{index}_metadata.json").write_text('{"camera_properties": {"focal_')


def main(folder: Path) -> None:
    """Make everything in a folder, and write the picture."""
    for seed, (source, (name, count, defect)) in enumerate(SOURCES.items()):
        write_source(folder / "scans" / source, name, count, defect, seed)
    run_batch(folder / "scans", folder / "household", {"source_up": "Y", "source_units": 0.01})
    browser = Browser(folder / "profile", (1200, 675))
    try:
        browser.open(folder / "household" / "index.html")
        browser.wait("!document.querySelector('main').hidden")
        browser.wait("[...document.images].every((image) => image.complete)")
        browser.take_picture(folder / "page.png")
        browser.click("tr.object", 1)
        browser.wait("document.querySelector('.large')?.complete")
        browser.take_picture(folder / "detail.png")
    finally:
        browser.close()
    with Image.open(folder / "page.png") as picture:
        colours = picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        colours.save(HERE / "batch_page.png", optimize=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as scratch:
            main(Path(scratch))
