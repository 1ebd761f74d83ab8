"""Renderers by name. Renderers that need more than NumPy are imported on demand."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from boxfit.errors import RendererError
from boxfit.geometry.silhouette import Silhouette
from boxfit.render.area import RendererArea
from boxfit.render.renderer import KAOLIN_INSTALLATION, Renderer, torch_failures

RENDERERS = ("area", "dibr", "kaolin")
"""Names of all renderers; "auto" chooses one."""


def unavailable_reason(name: str) -> str | None:
    """Return the reason why a renderer cannot run here, with the remedy, or None if it can.

    Args:
        name: One of `RENDERERS`.
    """
    assert name in RENDERERS, name
    if name == "area":
        return RendererArea.unavailable_reason()
    if find_spec("torch") is None:
        return not_installed_reason(name)
    try:
        return _torch_renderer(name).unavailable_reason()
    except Exception as error:  # A broken installation, or one for another NumPy, can raise any error.
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
        return f"PyTorch is installed but cannot be used ({fault}): install it again"


def not_installed_reason(name: str) -> str | None:
    """Return which package of a renderer is not installed, with the remedy, or None.

    Imports nothing, so `unavailable_reason` may give a reason although this returns None.

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
    """Return True if making a renderer imports PyTorch.

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
        name: One of `RENDERERS`, or "auto": kaolin if it and CUDA work, else area.
        silhouettes: Views and masks.
        sigmainv: Sharpness of the soft edge of dibr and kaolin.
        boxlen: Reach of the soft edge of dibr and kaolin, in normalised image coordinates.
        device: PyTorch device of dibr, or "auto".

    Raises:
        RendererError: If the renderer, or dibr's device, is not available here, or its memory does not suffice.
    """
    if name == "auto":
        # `find_spec` comes first: without kaolin, PyTorch is not imported.
        possible = find_spec("kaolin") is not None and unavailable_reason("kaolin") is None
        name = "kaolin" if possible else "area"
    if reason := unavailable_reason(name):
        raise RendererError(
            f"the renderer {name!r} cannot run here: {reason}; or name another Python that has it (python), or use "
            "the renderer area"
        )
    if name == "area":
        return RendererArea(silhouettes)
    settings: dict[str, Any] = {"sigmainv": sigmainv, "boxlen": boxlen}
    if name == "dibr":
        settings["device"] = device
    with torch_failures():
        return _torch_renderer(name)(silhouettes, **settings)


def _torch_renderer(name: str) -> type:
    if name == "dibr":
        from boxfit.render.dibr import RendererDibr

        return RendererDibr
    from boxfit.render.dibr_kaolin import RendererKaolin

    return RendererKaolin
