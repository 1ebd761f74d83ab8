import numpy as np
import pytest
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.raster import rasterize
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from tests.scenes import BOX, BOX_FACES, orbit_cameras

IDENTITY = np.eye(4)


def camera(height=48, width=64, focal=60.0):
    return Camera(IDENTITY, (focal, focal), (width / 2, height / 2), (height, width))


def pixels_to_camera(pixels, depth, lens):
    """Return camera-frame points at given depths and pixels (u, v)."""
    pixels = np.asarray(pixels, dtype=float)
    x = (pixels[:, 0] - lens.principal[0]) / lens.focal[0] * depth
    y = (lens.principal[1] - pixels[:, 1]) / lens.focal[1] * depth
    return np.stack([x, y, -np.broadcast_to(depth, x.shape)], axis=1)


def pixel_centres(lens):
    rows, columns = np.indices(lens.resolution)
    return np.stack([columns + 0.5, rows + 0.5], axis=-1)


def cast_rays(vertices, faces, directions):
    """Return depths along -z where rays from the origin meet a mesh, else infinity (Moller, Trumbore)."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    depths = np.full(len(directions), np.inf)
    for i, ray in enumerate(directions):
        p = np.cross(ray, c - a)
        determinant = np.einsum("fi,fi->f", b - a, p)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.einsum("fi,fi->f", -a, p) / determinant
            q = np.cross(-a, b - a)
            v = q @ ray / determinant
            t = np.einsum("fi,fi->f", c - a, q) / determinant
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
        depths[i] = t[hit].min(initial=np.inf) * -ray[2]
    return depths


def test_rasterize_rectangle_covers_exactly_the_pixels_whose_centres_it_holds():
    lens = camera()
    corners = pixels_to_camera([(10.4, 5.6), (30.6, 5.6), (30.6, 20.4), (10.4, 20.4)], 2.0, lens)
    faces, depth = rasterize(corners, [[0, 1, 2], [0, 2, 3]], lens)
    expected = np.zeros(lens.resolution, dtype=bool)
    expected[6:20, 10:31] = True  # centres from 10.5 to 30.5 and from 6.5 to 19.5
    assert ((faces >= 0) == expected).all()
    assert depth[expected] == pytest.approx(2.0)
    assert np.isinf(depth[~expected]).all()
    assert faces.dtype == np.int32


def test_rasterize_edge_through_pixel_centres_gives_each_pixel_to_one_triangle():
    lens = camera()
    corners = pixels_to_camera([(8.5, 8.5), (40.5, 8.5), (40.5, 40.5), (8.5, 40.5)], 1.0, lens)
    first, second = (rasterize(corners, [face], lens)[0] >= 0 for face in ([0, 1, 2], [0, 2, 3]))
    assert not (first & second).any()
    assert (first | second).sum() == 32 * 32


@given(st.lists(st.tuples(st.floats(-20, 84), st.floats(-20, 68)), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_rasterize_any_triangle_agrees_with_half_planes(triangle):
    lens = camera()
    corners = np.array(triangle)
    centres = pixel_centres(lens)
    edges = np.roll(corners, -1, axis=0) - corners
    offset = centres[..., None, :] - corners
    sides = edges[:, 0] * offset[..., 1] - edges[:, 1] * offset[..., 0]
    clear = np.abs(sides).min(axis=-1) > 1e-6 * (1 + np.abs(edges).max())
    inside = (sides > 0).all(axis=-1) | (sides < 0).all(axis=-1)
    faces, _ = rasterize(pixels_to_camera(corners, 3.0, lens), [[0, 1, 2]], lens)
    assert ((faces >= 0) == inside)[clear].all()


@given(st.integers(0, 10_000), st.floats(0.3, 3.0))
@settings(max_examples=10, deadline=None)
def test_rasterize_turned_mesh_seen_from_anywhere_agrees_with_rays(seed, size):
    rng = np.random.default_rng(seed)
    box = Box(rng.normal(size=3), size * rng.uniform(0.2, 1, 3), rng.normal(size=4))
    lens = orbit_cameras(box, count=3, resolution=(40, 50), fill=0.7, seed=seed)[1]
    faces, depth = rasterize(lens.to_camera(box.corners), BOX_FACES, lens)
    directions = pixels_to_camera(pixel_centres(lens).reshape(-1, 2), 1.0, lens)
    expected = cast_rays(lens.to_camera(box.corners), BOX_FACES, directions).reshape(lens.resolution)
    assert ((faces >= 0) == np.isfinite(expected)).all()
    assert depth[faces >= 0] == pytest.approx(expected[faces >= 0], rel=1e-9)


@pytest.mark.parametrize(("nearby", "distant"), [(2.0, 5.0), (1.0, 1000.0)])
def test_rasterize_nearer_face_hides_the_farther_whatever_their_order(nearby, distant):
    lens = camera()
    far = pixels_to_camera([(0, 0), (64, 0), (64, 48), (0, 48)], distant, lens)
    near = pixels_to_camera([(20, 10), (40, 10), (40, 30), (20, 30)], nearby, lens)
    quad = np.array([[0, 1, 2], [0, 2, 3]])
    for first, second, near_faces in ((far, near, (2, 3)), (near, far, (0, 1))):
        faces, depth = rasterize(np.concatenate([first, second]), np.concatenate([quad, quad + 4]), lens)
        expected = np.zeros(lens.resolution, dtype=bool)
        expected[10:30, 20:40] = True
        assert (np.isin(faces, near_faces) == expected).all()
        assert depth[expected] == pytest.approx(nearby)
        assert depth[~expected] == pytest.approx(distant)


def test_rasterize_slanted_plane_interpolates_depth_in_perspective():
    lens = camera()
    plane = np.array([[-50.0, -1.0, -2.0], [50.0, -1.0, -2.0], [50.0, -1.0, -400.0], [-50.0, -1.0, -400.0]])
    faces, depth = rasterize(plane, [[0, 1, 2], [0, 2, 3]], lens)
    seen = faces >= 0
    below = pixel_centres(lens)[..., 1][seen] - lens.principal[1]
    assert seen.any() and depth[seen] == pytest.approx(lens.focal[1] / below)


def test_rasterize_floor_under_the_camera_is_clipped_not_mirrored():
    lens = camera()
    floor = np.array([[-50.0, -1.0, 50.0], [50.0, -1.0, 50.0], [50.0, -1.0, -50.0], [-50.0, -1.0, -50.0]])
    faces, depth = rasterize(floor, [[0, 1, 2], [0, 2, 3]], lens)
    rows = pixel_centres(lens)[..., 1]
    horizon = lens.principal[1] + lens.focal[1] / 50.0
    assert ((faces >= 0) == (rows > horizon)).all()
    assert depth[faces >= 0] == pytest.approx(lens.focal[1] / (rows[faces >= 0] - lens.principal[1]))


@pytest.mark.parametrize("shift", [(0, 0, 10.0), (1e3, 0, -2.0)], ids=["behind", "aside"])
def test_rasterize_what_is_out_of_sight_leaves_the_image_empty(shift):
    triangle = np.array([[-1.0, -1, 0], [1, -1, 0], [0, 1, 0]]) + shift
    faces, depth = rasterize(triangle, [[0, 1, 2]], camera())
    assert (faces == -1).all() and np.isinf(depth).all()


def test_rasterize_nothing_gives_an_empty_image():
    faces, depth = rasterize(np.zeros((0, 3)), np.zeros((0, 3), dtype=int), camera(4, 6))
    assert faces.shape == depth.shape == (4, 6) and (faces == -1).all()


def test_rasterize_box_covers_the_area_of_its_projected_outline():
    for lens in orbit_cameras(BOX, count=6, resolution=(300, 400), fill=0.55):
        faces, _ = rasterize(lens.to_camera(BOX.corners), BOX_FACES, lens)
        outline = ConvexHull(lens.project(BOX.corners))
        assert (faces >= 0).sum() == pytest.approx(outline.volume, abs=0.2 * outline.area)


@given(st.floats(1e-3, 1e3))
@settings(max_examples=10, deadline=None)
def test_rasterize_in_other_units_gives_the_same_image(scale):
    lens = orbit_cameras(BOX, count=1, resolution=(64, 64))[0]
    corners = lens.to_camera(BOX.corners)
    faces, depth = rasterize(corners, BOX_FACES, lens)
    scaled_faces, scaled_depth = rasterize(scale * corners, BOX_FACES, lens)
    assert (faces == scaled_faces).mean() > 0.999
    seen = (faces >= 0) & (faces == scaled_faces)
    assert scaled_depth[seen] == pytest.approx(scale * depth[seen])
