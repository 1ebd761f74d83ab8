"""DIB-R by kaolin's CUDA kernels.

Written against kaolin 0.18: `kaolin.render.mesh.prepare_vertices` and `dibr_rasterization`
(https://kaolin.readthedocs.io/en/latest/modules/kaolin.render.mesh.html).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import torch

from boxfit.geometry.silhouette import Silhouette
from boxfit.render.dibr_batches import BatchRenderer
from boxfit.render.renderer import KAOLIN_INSTALLATION

_DEVICE = "cuda"
"""PyTorch device: kaolin implements its rasteriser and soft mask as CUDA kernels only."""


class RendererKaolin(BatchRenderer):
    """Renderer with soft silhouettes by kaolin, on an NVIDIA GPU.

    Args:
        silhouettes: Views and masks.
        sigmainv: Sharpness of the soft edge.
        boxlen: Reach of a triangle beyond its bounding box, in normalised image coordinates.
    """

    name: str = "kaolin"

    def __init__(self, silhouettes: Sequence[Silhouette], sigmainv: float = 7000.0, boxlen: float = 0.02) -> None:
        super().__init__(silhouettes, torch.device(_DEVICE))
        self._sigmainv, self._boxlen = sigmainv, boxlen
        self._masks = [torch.from_numpy(silhouette.full_mask()).to(self.device) for silhouette in silhouettes]

    @staticmethod
    @functools.cache
    def unavailable_reason() -> str | None:
        """Return what kaolin's kernels need and do not find here, with the remedy, or None if they run."""
        missing = []
        if not torch.cuda.is_available():
            build = "has no CUDA" if torch.version.cuda is None else f"(CUDA {torch.version.cuda}) finds no NVIDIA GPU"
            missing.append(f"PyTorch {torch.__version__} {build}")
        try:
            from kaolin.render.mesh import dibr_rasterization  # noqa: F401  # pyright: ignore[reportMissingImports]
        except Exception as error:  # A build for another PyTorch can raise any error.
            missing.append(f"kaolin cannot be imported ({_first_line(error)})")
        if not missing and (reason := _kernels_fail()):
            missing.append(f"kaolin imports but its CUDA kernels do not run ({reason}), as in a build for the CPU")
        if not missing:
            return None
        return (
            f"{' and '.join(missing)}; kaolin 0.18 needs an NVIDIA GPU and, on Linux or Windows, the wheel made for "
            f"your PyTorch (2.3 to 2.8) and CUDA: {KAOLIN_INSTALLATION}"
        )

    def soft_areas(
        self, triangles: torch.Tensor, views: np.ndarray, resolution: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute soft areas; see `BatchRenderer.soft_areas`."""
        soft = _soft_masks(
            triangles, self.focal[views], self.principal[views], resolution, self._sigmainv, self._boxlen
        )
        masks = torch.stack([self._masks[view] for view in views])
        return soft.sum(dim=(1, 2)), (soft * masks).sum(dim=(1, 2))


def _soft_masks(
    triangles: torch.Tensor,
    focal: torch.Tensor,
    principal: torch.Tensor,
    resolution: tuple[int, int],
    sigmainv: float,
    boxlen: float,
) -> torch.Tensor:
    """Render soft masks of camera-frame triangles (b, T, 3, 3) by kaolin, shape (b, height, width)."""
    from kaolin.render.mesh import (  # pyright: ignore[reportMissingImports]
        dibr_rasterization,
        prepare_vertices,
    )

    batch, count = triangles.shape[:2]
    # kaolin projects about the image's centre. A principal point elsewhere is a shear along the view, which leaves
    # depths and facing as they are; kaolin multiplies row vectors (x, y, z, 1) by this (4, 3) matrix.
    camera = torch.eye(4, 3, dtype=triangles.dtype, device=triangles.device).repeat(batch, 1, 1)
    camera[:, 2, :2] = -principal / focal
    projection = torch.cat([focal, -torch.ones_like(focal[:, :1])], dim=1)[..., None]
    faces = torch.arange(3 * count, device=triangles.device).reshape(count, 3)
    face_vertices_camera, face_vertices_image, normals = prepare_vertices(
        triangles.reshape(batch, 3 * count, 3), faces, projection, camera_transform=camera
    )
    # kaolin takes a face as front-facing by the sign of this value. The normal's z, which kaolin's tutorial passes,
    # leaves out faces that are visible only by perspective; the normal's component towards the camera does not.
    facing = -(normals * face_vertices_camera[:, :, 0]).sum(dim=-1)
    _, soft, _ = dibr_rasterization(
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
        triangle = torch.tensor([[[[-1.0, -1, -4], [1, -1, -4], [0, 1, -4]]]], dtype=torch.float64, device=_DEVICE)
        triangle.requires_grad_()
        ones, zeros = torch.ones_like(triangle[:, 0, 0, :2]), torch.zeros_like(triangle[:, 0, 0, :2])
        area = _soft_masks(triangle, ones, zeros, (8, 8), 7000.0, 0.02).sum()
        (gradient,) = torch.autograd.grad(area, triangle)
        # Kernels run asynchronously: only the values show whether they ran.
        sane = area.item() > 0 and bool(gradient.isfinite().all())
    except Exception as error:  # Errors depend on the builds of kaolin and CUDA.
        return _first_line(error)
    return None if sane else "a triangle has no area or no gradient"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
