"""DIB-R by kaolin's CUDA kernels.

Written against kaolin 0.18: `kaolin.render.mesh.prepare_vertices` and `dibr_rasterization`
(https://kaolin.readthedocs.io/en/latest/modules/kaolin.render.mesh.html).
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import torch

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr_batches import Batch, BatchRenderer
from boxfit.render.dibr_triangles import MOST_TRIANGLES
from boxfit.render.renderer import KAOLIN_INSTALLATION

_DEVICE = "cuda"
"""PyTorch device: kaolin implements its rasteriser and soft mask as CUDA kernels only."""

_MOST_INDICES = 2**31 - 1
"""Most pairs of a pixel and a triangle in a call: the kernels number them by 32-bit integers."""

_PIXEL_BYTES, _PAIR_BYTES = 150, 17
"""Memory of the kernels per pixel, and per pair of a pixel and a triangle."""


class RendererKaolin(BatchRenderer):
    """Renderer with soft silhouettes by kaolin, on an NVIDIA GPU.

    Args:
        silhouettes: Views and masks.
        sigmainv: Sharpness of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box, in normalised image coordinates.

    Raises:
        RendererError: If an image has more pixels than kaolin's kernels can index.
    """

    name: str = "kaolin"

    def __init__(self, silhouettes: Sequence[Silhouette], sigmainv: float = 7000.0, boxlen: float = 0.02) -> None:
        most = _MOST_INDICES // MOST_TRIANGLES
        for silhouette in silhouettes:
            height, width = silhouette.camera.resolution
            if height * width > most:
                raise RendererError(
                    f"view {silhouette.view!r} has {width} x {height} pixels, more than the {most} that kaolin's "
                    "kernels can index: use the renderer area or dibr, or smaller images"
                )
        super().__init__(silhouettes, sigmainv, boxlen, torch.device(_DEVICE))
        self._mesh = _import_mesh()
        self._masks: dict[tuple[int, int], torch.Tensor] = {}
        self._place = torch.empty(len(silhouettes), dtype=torch.long, device=self.device)
        for size in {silhouette.camera.resolution for silhouette in silhouettes}:
            members = [view for view, silhouette in enumerate(silhouettes) if silhouette.camera.resolution == size]
            self._masks[size] = torch.empty((len(members), *size), dtype=torch.bool, device=self.device)
            for place, view in enumerate(members):
                self._masks[size][place] = torch.from_numpy(silhouettes[view].full_mask())
                self._place[view] = place

    @staticmethod
    @functools.cache
    def unavailable_reason() -> str | None:
        """Return what kaolin's kernels need and do not find here, with the remedy, or None if they run."""
        missing = []
        if not torch.cuda.is_available():
            build = "has no CUDA" if torch.version.cuda is None else f"(CUDA {torch.version.cuda}) finds no NVIDIA GPU"
            missing.append(f"PyTorch {torch.__version__} {build}")
        if find_spec("kaolin") is None:
            missing.append("kaolin is not installed")
        if not missing and (reason := _kernels_fail()):
            missing.append(reason)
        if not missing:
            return None
        return (
            f"{' and '.join(missing)}; kaolin needs an NVIDIA GPU and, on Linux or Windows, the wheel made for your "
            f"PyTorch and CUDA, which its page lists (boxfit is written for kaolin 0.18): {KAOLIN_INSTALLATION}"
        )

    def views_at_once(self, extents: np.ndarray, resolution: tuple[int, int], triangles: int) -> int:
        """Return a number of views; see `BatchRenderer.views_at_once`."""
        pixels = resolution[0] * resolution[1]
        return min(
            self.memory // (pixels * (_PIXEL_BYTES + _PAIR_BYTES * triangles)), _MOST_INDICES // (pixels * triangles)
        )

    def soft_areas(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, Sequence[torch.Tensor]]:
        """Compute soft areas; see `BatchRenderer.soft_areas`."""
        lens = self.focal[batch.views], self.principal[batch.views]
        soft = _soft_masks(self._mesh, batch.triangles, *lens, batch.resolution, self.sigmainv, self.boxlen)
        if soft is None:
            nothing = torch.zeros_like(batch.triangles)
            return nothing.new_zeros(2, len(nothing)), batch.triangles, (nothing, nothing)
        masks = self._masks[batch.resolution][self._place[batch.views]].to(soft)
        areas = torch.stack([soft.sum(dim=(1, 2)), (soft * masks).sum(dim=(1, 2))])
        return areas, soft, (torch.ones_like(soft), masks)


def _import_mesh() -> ModuleType:
    """Import `kaolin.render.mesh`.

    Its import prints to standard output, which may be a report: it is printed to standard error instead.
    """
    with contextlib.redirect_stdout(sys.stderr):
        return import_module("kaolin.render.mesh")


def _soft_masks(
    mesh: ModuleType,
    triangles: torch.Tensor,
    focal: torch.Tensor,
    principal: torch.Tensor,
    resolution: tuple[int, int],
    sigmainv: float,
    boxlen: float,
) -> torch.Tensor | None:
    """Render soft masks of camera-frame triangles (b, T, 3, 3) by kaolin.

    Returns:
        Shape (b, height, width), or None if no triangle faces its camera, which kaolin cannot render.
    """
    batch, count = triangles.shape[:2]
    # kaolin projects about the image's centre. A principal point elsewhere is a shear along the view, which leaves
    # depths and facing as they are; kaolin multiplies row vectors (x, y, z, 1) by this (4, 3) matrix.
    camera = torch.eye(4, 3, dtype=triangles.dtype, device=triangles.device).repeat(batch, 1, 1)
    camera[:, 2, :2] = -principal / focal
    projection = torch.cat([focal, -torch.ones_like(focal[:, :1])], dim=1)[..., None]
    faces = torch.arange(3 * count, device=triangles.device).reshape(count, 3)
    face_vertices_camera, face_vertices_image, normals = mesh.prepare_vertices(
        triangles.reshape(batch, 3 * count, 3), faces, projection, camera_transform=camera
    )
    # kaolin takes a face as front-facing by the sign of this value. The normal's z, which kaolin's tutorial passes,
    # leaves out faces that are visible only by perspective; the normal's component towards the camera does not.
    facing = -(normals * face_vertices_camera[:, :, 0]).sum(dim=-1)
    if not bool((facing >= 0).any()):
        return None
    _, soft, _ = mesh.dibr_rasterization(
        *resolution,
        face_vertices_camera[..., 2],
        face_vertices_image,
        torch.ones((batch, count, 3, 1), dtype=triangles.dtype, device=triangles.device),
        facing,
        sigmainv=sigmainv,
        boxlen=boxlen,
        knum=count,
    )
    return soft


def _kernels_fail() -> str | None:
    """Return the reason why a small triangle cannot be rendered and differentiated, or None."""
    try:
        mesh = _import_mesh()
    except Exception as error:  # A build for another PyTorch can raise any error.
        return f"kaolin cannot be imported ({_first_line(error)})"
    try:
        triangle = torch.tensor([[[[-1.0, -1, -4], [1, -1, -4], [0, 1, -4]]]], dtype=torch.float64, device=_DEVICE)
        triangle.requires_grad_()
        ones, zeros = torch.ones_like(triangle[:, 0, 0, :2]), torch.zeros_like(triangle[:, 0, 0, :2])
        soft = _soft_masks(mesh, triangle, ones, zeros, (8, 8), 7000.0, 0.02)
        assert soft is not None
        (gradient,) = torch.autograd.grad(soft.sum(), triangle)
        # Kernels run asynchronously: only the values show whether they ran.
        reason = (
            "" if soft.sum().item() > 0 and bool(gradient.isfinite().all()) else "a triangle has no area or gradient"
        )
    except Exception as error:  # Errors depend on the builds of kaolin and CUDA.
        reason = _first_line(error)
    return f"kaolin imports but its CUDA kernels do not run ({reason}), as in a build for the CPU" if reason else None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
