import numpy as np
import pytest
from scipy.spatial.transform import Rotation

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
    conditions = ("clean", "small", "views6", "one_side", "cropped", "poses05", "principal", "exchanged", "depth")
    return {condition: make_scene("bottle", 1, condition) for condition in (*conditions, "far", "two")}


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


def azimuths(scene):
    """Azimuths of the cameras around the object in [degrees], shape (n,), as if the object's middle were known."""
    middle = (scene.vertices.min(axis=0) + scene.vertices.max(axis=0)) / 2
    offsets = np.array([silhouette.camera.position for silhouette in scene.silhouettes]) - middle
    return np.degrees(np.arctan2(offsets[:, 0], offsets[:, 2]))


def test_small_scene_shows_the_object_from_the_same_sides_on_about_a_hundred_pixels(scenes):
    whole, small = (np.array([s.mask.shape for s in scenes[name].silhouettes]) for name in ("clean", "small"))
    assert 85 < small.max() < 115
    assert small / whole == pytest.approx(np.full((24, 2), 0.22 / 0.8), rel=0.1)


def test_scene_of_few_views_looks_from_all_sides(scenes):
    assert len(scenes["views6"].silhouettes) == 6
    around = np.sort(azimuths(scenes["views6"]))
    assert np.diff(around, append=around[0] + 360).max() < 120


def test_one_sided_scene_looks_from_a_quarter_of_the_circle(scenes):
    assert len(scenes["one_side"].silhouettes) == 24
    assert 75 < np.ptp(azimuths(scenes["one_side"])) < 92


@pytest.mark.parametrize(("condition", "every"), [("occluded", 6), ("occluded3", 3)])
def test_occluded_scene_hides_a_third_in_every_few_views(scenes, own_cache, condition, every):
    hidden = make_scene("bottle", 1, condition)
    for view, (before, after) in enumerate(zip(covered(scenes["clean"]), covered(hidden), strict=True)):
        assert after / before == pytest.approx(1 if view % every else 2 / 3, abs=0.02)


def test_scene_of_wrong_poses_has_the_masks_of_the_true_cameras_and_independent_errors(scenes):
    clean, wrong = scenes["clean"], scenes["poses05"]
    turns, shifts = [], []
    middle = (clean.vertices.min(axis=0) + clean.vertices.max(axis=0)) / 2
    for silhouette, given in zip(clean.silhouettes, wrong.silhouettes, strict=True):
        assert (silhouette.mask == given.mask).all()
        error = given.camera.camera_from_world @ silhouette.camera.world_from_camera
        turns.append(np.degrees(Rotation.from_matrix(error[:3, :3]).as_rotvec()))
        shifts.append(error[:3, 3] / np.linalg.norm(silhouette.camera.position - middle))
    for errors, size in ((turns, 0.5), (shifts, 0.0025)):
        assert np.std(errors, axis=0) == pytest.approx([size] * 3, rel=0.5)
        assert (np.abs(np.mean(errors, axis=0)) < 3 * size / np.sqrt(24)).all()


def test_scene_of_a_wrong_principal_point_moves_it_by_the_same_in_all_views(scenes):
    clean, wrong = scenes["clean"], scenes["principal"]
    assert covered(clean) == covered(wrong)
    shifts = [
        np.subtract(b.camera.principal, a.camera.principal)
        for a, b in zip(clean.silhouettes, wrong.silhouettes, strict=True)
    ]
    assert np.linalg.norm(shifts[0]) == pytest.approx(6)
    assert np.ptp(shifts, axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_scene_of_exchanged_masks_gives_those_of_three_views_to_each_other(scenes):
    clean, wrong = ([each.mask.tobytes() for each in scenes[name].silhouettes] for name in ("clean", "exchanged"))
    changed = [index for index, (one, other) in enumerate(zip(clean, wrong, strict=True)) if one != other]
    assert len(changed) == 3 and sorted(clean[index] for index in changed) == sorted(wrong[index] for index in changed)


def test_depth_scene_places_its_pixels_on_the_mesh(scenes):
    scene = scenes["depth"]
    assert scene.depths is not None and scenes["clean"].depths is None
    heights = [silhouette.camera.forward[1] for silhouette in scene.silhouettes]
    assert min(heights) < -0.6 and max(heights) > 0.6, "seen from above and from below"
    trimesh = pytest.importorskip("trimesh")
    mesh = trimesh.Trimesh(scene.vertices, scene.faces, process=False)
    for silhouette, depth in zip(scene.silhouettes[::8], scene.depths[::8], strict=True):
        assert ((depth > 0) == silhouette.full_mask()).all()
        rows, columns = (indices[::997] for indices in np.nonzero(depth))
        camera = silhouette.camera
        rays = camera.ray_directions(np.stack([columns, rows], axis=1) + 0.5)
        along = depth[rows, columns] / (rays @ camera.forward)
        points = camera.position + along[:, None] * rays
        assert np.abs(trimesh.proximity.closest_point_naive(mesh, points)[1]).max() < 1e-5


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
