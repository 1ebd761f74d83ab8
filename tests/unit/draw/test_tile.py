import numpy as np
from boxfit.draw.tile import make_tile
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette

POSE = np.eye(4)
POSE[2, 3] = -6.0
CAMERA = Camera(POSE, (300.0, 300.0), (160.0, 120.0), (240, 320))
BOX = Box(np.zeros(3), np.array([1.0, 0.7, 0.5]), np.array([0.9, 0.2, 0.3, 0.1]))
SILHOUETTE = Silhouette("0", CAMERA, np.ones((60, 80), dtype=bool), (90, 120))


def test_lines_over_a_picture_fall_on_the_edges_that_the_tile_draws() -> None:
    tile = make_tile(SILHOUETTE, [BOX], None, 400)
    lines = tile.outline(BOX)
    drawn = np.abs(np.asarray(tile.with_box(BOX), dtype=int) - np.asarray(tile.picture, dtype=int)).sum(axis=-1)
    assert len(lines.edges) == 12 and 0 < lines.hidden.sum() < 12
    shares = np.linspace(0.05, 0.95, 19)[:, None]
    for start, end in lines.edges[~lines.hidden]:
        columns, rows = ((start + shares * (end - start)) * 400).astype(int).T
        assert (drawn[rows, columns] > 100).all()


def test_silhouette_over_a_picture_encloses_all_edges() -> None:
    lines = make_tile(SILHOUETTE, [BOX], None, 400).outline(BOX)
    assert ((lines.silhouette >= 0) & (lines.silhouette <= 1)).all()
    np.testing.assert_allclose(lines.silhouette.min(axis=0), lines.edges.min(axis=(0, 1)))
    np.testing.assert_allclose(lines.silhouette.max(axis=0), lines.edges.max(axis=(0, 1)))


def test_lines_of_a_box_behind_the_camera_are_none() -> None:
    behind = Box(np.array([0.0, 0.0, 20.0]), BOX.half_extents)
    lines = make_tile(SILHOUETTE, [], None, 400).outline(behind)
    assert len(lines.edges) == len(lines.hidden) == len(lines.silhouette) == 0
