import numpy as np
import pytest

from bench.cameras import render_mask
from bench.scenes import make_scene


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory):
    """Redirect the bench's cache to a temporary folder."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.cache.CACHE", folder)
        yield folder


@pytest.fixture(scope="module")
def scenes(own_cache):
    return {condition: make_scene("bottle", 1, condition) for condition in ("clean", "cropped", "far", "two")}


def covered(scene):
    return [silhouette.area for silhouette in scene.silhouettes]


def touches_border(silhouette):
    (row, column), (height, width) = silhouette.origin, silhouette.mask.shape
    return row == 0 or column == 0 or row + height == 512 or column + width == 512


def test_clean_scene_projects_every_vertex_onto_its_mask(scenes):
    scene = scenes["clean"]
    assert len(scene.silhouettes) == 24
    for silhouette in scene.silhouettes:
        # A vertex on the outline may lie in the pixel beside the mask, never farther off.
        pixels = np.floor(silhouette.camera.project(scene.vertices)).astype(int)
        around = np.pad(silhouette.full_mask(), 1)
        near = np.max(
            [around[1 + dy :, 1 + dx :][tuple(pixels.T[::-1])] for dy in (-1, 0, 1) for dx in (-1, 0, 1)],
            axis=0,
        )
        assert near.all()


def test_clean_scene_pixels_lie_on_rays_that_meet_the_mesh(scenes):
    scene = scenes["clean"]
    silhouette = scene.silhouettes[5]
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(100, 400, (2, 400))
    start = silhouette.camera.position
    rays = silhouette.camera.ray_directions(np.stack([columns, rows], axis=1) + 0.5)
    a, b, c = (scene.vertices[scene.faces[:, i]] - start for i in range(3))
    # A ray from the origin meets a triangle when it lies on one side of the three planes through its edges.
    sides = np.stack([np.cross(p, q) @ rays.T for p, q in ((a, b), (b, c), (c, a))])
    meets = ((sides >= 0).all(axis=0) | (sides <= 0).all(axis=0)).any(axis=0)
    assert 0.05 < meets.mean() < 0.95
    assert (silhouette.full_mask()[rows, columns] == meets).all()


def test_clean_scene_keeps_the_object_inside_the_image(scenes):
    assert not any(touches_border(silhouette) for silhouette in scenes["clean"].silhouettes)


def test_cropped_scene_cuts_four_views_at_the_border(scenes):
    cut = [touches_border(silhouette) for silhouette in scenes["cropped"].silhouettes]
    assert sum(cut) == 4
    for before, after, is_cut in zip(covered(scenes["clean"]), covered(scenes["cropped"]), cut, strict=True):
        assert after < 0.95 * before if is_cut else after == before


def test_far_scene_has_the_same_masks_of_a_moved_mesh(scenes):
    clean, far = scenes["clean"], scenes["far"]
    assert far.vertices - clean.vertices == pytest.approx(np.tile([1e4, -2e4, 5e3], (len(far.vertices), 1)))
    for silhouette, moved in zip(clean.silhouettes, far.silhouettes, strict=True):
        assert (silhouette.mask == moved.mask).all()
        projected = silhouette.camera.project(clean.vertices)
        assert moved.camera.project(far.vertices) == pytest.approx(projected, abs=1e-6)


def test_two_objects_hide_each_other_in_some_views(scenes):
    scene = scenes["two"]
    shares = []
    for silhouette in scene.silhouettes:
        alone = render_mask(scene.vertices, scene.faces, silhouette.camera)
        assert not (silhouette.full_mask() & ~alone).any()
        shares.append(silhouette.area / alone.sum())
    assert min(shares) < 0.9 and np.mean(np.array(shares) == 1) > 0.3


def test_centimetre_scene_is_a_hundred_times_as_large(own_cache):
    scene = make_scene("plate", 0, "centimetres")
    clean = make_scene("plate", 0, "clean")
    assert scene.vertices == pytest.approx(100 * clean.vertices)
    pixels = scene.silhouettes[3].camera.project(scene.vertices)
    assert pixels == pytest.approx(clean.silhouettes[3].camera.project(clean.vertices), abs=1e-6)


def test_scene_from_the_cache_is_the_scene_that_was_made(own_cache):
    made = make_scene("cube", 2, "occluded")
    assert list(own_cache.glob("masks-*.npz"))
    again = make_scene("cube", 2, "occluded")
    assert covered(made) == covered(again)
    assert all((a.mask == b.mask).all() for a, b in zip(made.silhouettes, again.silhouettes, strict=True))
