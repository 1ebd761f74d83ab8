"""Renderers by name. Those that need more than NumPy are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.render.renderer import KAOLIN_INSTALLATION, Renderer

RENDERERS = ("area", "dibr", "kaolin")
"""Every renderer's name; "auto" chooses one."""


def unavailable(name: str) -> str | None:
    """Why a renderer cannot run here and how to change that, or None if it can.

    Args:
        name: One of `RENDERERS`.
    """
    assert name in RENDERERS, name
    if name == "area":
        return RendererArea.unavailable()
    if find_spec("torch") is None:
        return not_installed(name)
    try:
        return _torch_renderer(name).unavailable()
    except Exception as error:  # One that was built for another NumPy, or is only there in part, fails in many ways.
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
        return f"PyTorch is installed but cannot be used ({fault}): install it again"


def not_installed(name: str) -> str | None:
    """What a renderer needs that is not installed, or None; loads nothing, so that `unavailable` may know more.

    Args:
        name: One of `RENDERERS`, or "auto".
    """
    if name not in ("dibr", "kaolin"):
        return None
    if find_spec("torch") is None:
        return "PyTorch is not installed: pip install torch" + (
            f", then kaolin: {KAOLIN_INSTALLATION}" if name == "kaolin" else ""
        )
    if name == "kaolin" and find_spec("kaolin") is None:
        return f"kaolin is not installed: {KAOLIN_INSTALLATION}"
    return None


def needs_torch(name: str) -> bool:
    """Whether PyTorch is loaded to make a renderer.

    Args:
        name: One of `RENDERERS`, or "auto".
    """
    return name in ("dibr", "kaolin") or (name == "auto" and find_spec("kaolin") is not None)


def make_renderer(
    name: str,
    silhouettes: Sequence[Silhouette],
    sigmainv: float = 7000.0,
    boxlen: float = 0.02,
    device: str = "auto",
) -> Renderer:
    """Make a renderer for a set of silhouettes.

    Args:
        name: One of `RENDERERS`, or "auto": kaolin where it and CUDA work, else area.
        silhouettes: Views and masks.
        sigmainv: Sharpness of the soft edge of dibr and kaolin.
        boxlen: Reach of the soft edge of dibr and kaolin, in normalised image coordinates.
        device: Where dibr runs: a PyTorch device, or "auto".

    Raises:
        RendererError: If the renderer, or dibr's device, is not available here.
    """
    if name == "auto":
        # Asked first, so that nobody without kaolin waits for PyTorch to load.
        possible = find_spec("kaolin") is not None and unavailable("kaolin") is None
        name = "kaolin" if possible else "area"
    if reason := unavailable(name):
        raise RendererError(
            f"the renderer {name!r} cannot run here: {reason}; or name another Python that has it (python), or take "
            "the renderer area"
        )
    if name == "area":
        return RendererArea(silhouettes)
    soft_edge = {"sigmainv": sigmainv, "boxlen": boxlen}
    if name == "kaolin":
        return _torch_renderer(name)(silhouettes, **soft_edge)
    return _torch_renderer(name)(silhouettes, **soft_edge, device=device)


def _torch_renderer(name: str) -> type:
    if name == "dibr":
        from boxfit.render.dibr import RendererDibr

        return RendererDibr
    from boxfit.render.dibr_kaolin import RendererKaolin

    return RendererKaolin
