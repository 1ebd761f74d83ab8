"""Model of the sample's object as in BOP's datasets; docs/bop_datasets_format.md of the BOP toolkit describes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from boxfit.sample.teapot import Mesh


def write_bop_model(folder: Path, mesh: Mesh, model_from_mesh: np.ndarray, millimetres: float) -> None:
    """Write `obj_000001.ply` and `models_info.json` in millimetres.

    Args:
        folder: New folder.
        mesh: The object.
        model_from_mesh: Pose of the mesh in the frame of the model, shape (4, 4).
        millimetres: Length of the unit of that frame.
    """
    points = millimetres * (mesh.points @ model_from_mesh[:3, :3].T + model_from_mesh[:3, 3])
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    diameter = pdist(points[ConvexHull(points).vertices]).max()
    info = {
        f"{kind}_{axis}": value
        for kind, values in (("min", low), ("size", size))
        for axis, value in zip("xyz", values.tolist(), strict=True)
    }
    header = (
        f"ply\nformat ascii 1.0\nelement vertex {len(points)}\n"
        "property double x\nproperty double y\nproperty double z\n"
        f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    folder.mkdir()
    with (folder / "obj_000001.ply").open("w", encoding="ascii", newline="\n") as file:
        file.write(header)
        file.writelines(f"{x!r} {y!r} {z!r}\n" for x, y, z in points.tolist())
        file.writelines(f"3 {a} {b} {c}\n" for a, b, c in mesh.faces.tolist())
    text = json.dumps({"1": {"diameter": float(diameter), **info}}, indent=2)
    (folder / "models_info.json").write_text(text, encoding="utf-8")
