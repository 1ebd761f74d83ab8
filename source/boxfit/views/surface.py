"""Reading of the points that views with depth images see on an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from boxfit.errors import DatasetError
from boxfit.geometry.occluders import find_occluders
from boxfit.geometry.silhouette import Silhouette
from boxfit.geometry.surface import SurfacePoints, surface_samples
from boxfit.views.dataset import View


def read_surface(views: Sequence[View], silhouettes: Sequence[Silhouette]) -> SurfacePoints | None:
    """Read the depth images of an object's views, one at a time.

    Args:
        views: Views of the object; those without depth have no points.
        silhouettes: Silhouette of each view, whose camera may have been moved with the object.

    Returns:
        The points, with the images that could not be read among their faults, and the silhouettes with their occluders;
        None if no view has depth.
    """
    if not any(view.has_depth for view in views):
        return None
    samples, faults, silhouettes = [np.zeros((0, 3))] * len(views), [], list(silhouettes)
    for index, (view, silhouette) in enumerate(zip(views, silhouettes, strict=True)):
        if view.has_depth:
            try:
                depth = view.depth()
                samples[index] = surface_samples(silhouette, depth)
                silhouettes[index] = replace(silhouette, occluders=find_occluders(silhouette, depth))
            except DatasetError as error:
                faults.append(f"view {view.name}: {error}")
    return SurfacePoints(tuple(silhouettes), tuple(samples), tuple(faults))
