"""kaolin's renderer against a stand-in with kaolin's conventions that records its arguments."""

import sys
import types
from importlib.machinery import ModuleSpec

import numpy as np
import pytest
from boxfit.errors import RendererError
from boxfit.geometry.box import Box
from boxfit.geometry.camera import Camera
from boxfit.geometry.silhouette import Silhouette

from tests.scenes import BOX, box_silhouettes, camera_corners, orbit_cameras

SQUARE = box_silhouettes(BOX, orbit_cameras(BOX, 3, (64, 64), 0.7))
NEARBY = Box([0.35, -0.23, 0.54], BOX.half_extents * 0.95, BOX.quaternion)


@pytest.fixture
def kaolin(torch_module, monkeypatch):
    """Install a module `kaolin` with `render.mesh`, as kaolin documents it, on the CPU; calls are in `.calls`."""
    from boxfit.render import dibr_kaolin

    from tests.dense_dibr import dense_covered, dense_soft_mask

    torch = torch_module
    calls = []

    def prepare_vertices(vertices, faces, camera_proj, camera_rot=None, camera_trans=None, camera_transform=None):
        assert camera_rot is None and camera_trans is None and camera_transform.shape[1:] == (4, 3)
        padded = torch.nn.functional.pad(vertices, (0, 1), value=1.0)
        camera = padded @ camera_transform
        scaled = camera * camera_proj.view(-1, 1, 3)
        image = scaled[..., :2] / scaled[..., 2:]
        points = camera[:, faces]
        normals = torch.cross(points[:, :, 1] - points[:, :, 0], points[:, :, 2] - points[:, :, 0], dim=-1)
        normals = normals / (normals.norm(dim=-1, keepdim=True) + 1e-10)
        return points, image[:, faces], normals

    def dibr_rasterization(
        height, width, face_vertices_z, face_vertices_image, face_features, face_normals_z,
        sigmainv=7000, boxlen=0.02, knum=30, multiplier=None, eps=None, rast_backend="cuda",
    ):  # fmt: skip
        calls.append(locals())
        masks = []
        for triangles, normals in zip(face_vertices_image, face_normals_z, strict=True):
            covered = dense_covered(triangles, normals >= 0, height, width)
            masks.append(dense_soft_mask(triangles, covered, sigmainv, boxlen))
        return None, torch.stack(masks), None

    mesh = types.ModuleType("kaolin.render.mesh")
    mesh.prepare_vertices, mesh.dibr_rasterization = prepare_vertices, dibr_rasterization
    root, render = types.ModuleType("kaolin"), types.ModuleType("kaolin.render")
    root.render, render.mesh, root.__spec__ = render, mesh, ModuleSpec("kaolin", None)
    for name, module in (("kaolin", root), ("kaolin.render", render), ("kaolin.render.mesh", mesh)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(dibr_kaolin, "_DEVICE", "cpu")
    dibr_kaolin.RendererKaolin.unavailable_reason.cache_clear()
    yield types.SimpleNamespace(calls=calls, mesh=mesh)
    dibr_kaolin.RendererKaolin.unavailable_reason.cache_clear()


def both(silhouettes, box):
    from boxfit.render.dibr import RendererDibr
    from boxfit.render.dibr_kaolin import RendererKaolin

    corners, views = camera_corners(box, silhouettes), np.arange(len(silhouettes))
    renderers = RendererKaolin(silhouettes), RendererDibr(silhouettes, device="cpu")
    return [renderer.areas(corners, views) for renderer in renderers]


def assert_same(a, b):
    np.testing.assert_allclose(a.box, b.box, atol=1e-3)
    np.testing.assert_allclose(a.overlap, b.overlap, atol=1e-3)
    for name in ("box_gradient", "overlap_gradient"):
        scale = np.abs(getattr(b, name)).max()
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-5 * scale)


def test_areas_by_kaolin_equal_those_of_dibr(kaolin):
    assert_same(*both(SQUARE, NEARBY))
    call = kaolin.calls[0]
    assert (call["height"], call["width"], call["knum"]) == (64, 64, 12)
    assert call["face_vertices_z"].shape == (3, 12, 3) and (call["face_vertices_z"] < 0).all()
    assert call["face_vertices_image"].shape == (3, 12, 3, 2)
    assert call["face_features"].shape == (3, 12, 3, 1)
    assert call["face_normals_z"].shape == (3, 12)
    front = (call["face_normals_z"] >= 0).sum(dim=1)
    assert ((front >= 2) & (front <= 6)).all()


def test_areas_of_wide_image_with_shifted_principal_point_equal_those_of_dibr(kaolin):
    camera = Camera(SQUARE[0].camera.camera_from_world, (70.0, 55.0), (61.0, 17.0), (48, 96))
    mask = np.zeros((48, 96), dtype=bool)
    mask[:20, 40:70] = True
    kaolin_areas, dibr_areas = both([Silhouette("0", camera, mask)], NEARBY)
    assert 0 < dibr_areas.overlap[0] < dibr_areas.box[0]
    assert_same(kaolin_areas, dibr_areas)


def test_face_seen_only_by_perspective_is_passed_as_front_facing(kaolin):
    camera = Camera(np.eye(4), (32.0, 32.0), (32.0, 32.0), (64, 64))
    view = Silhouette("0", camera, np.ones((64, 64), dtype=bool))
    # Left of the view and turned slightly: the normal of its right side points away, yet that side is visible.
    box = Box([-3.0, 0.0, -6.0], [0.5, 1.0, 2.0], [np.cos(0.05), 0.0, np.sin(0.05), 0.0])
    assert box.rotation[2, 0] < -0.05
    assert_same(*both([view], box))
    assert (kaolin.calls[-1]["face_normals_z"] >= 0).sum() == 4


def test_areas_where_near_plane_cuts_box_equal_those_of_dibr(kaolin):
    camera = Camera(np.eye(4), (32.0, 32.0), (32.0, 32.0), (64, 64))
    view = Silhouette("0", camera, np.ones((64, 64), dtype=bool))
    assert_same(*both([view], Box([1.0, 0.4, -2.0], [0.4, 0.3, 4.0])))
    assert kaolin.calls[-1]["knum"] == 36


def test_views_beyond_the_kernels_indices_go_into_another_call(kaolin, monkeypatch):
    from boxfit.render import dibr_kaolin

    silhouettes = list(box_silhouettes(BOX, orbit_cameras(BOX, 5, (32, 32), 0.7)))
    silhouettes[2:2] = box_silhouettes(BOX, orbit_cameras(BOX, 1, (24, 40), 0.4))
    monkeypatch.setattr(dibr_kaolin, "_MOST_INDICES", 32 * 32 * 36)
    assert_same(*both(silhouettes, NEARBY))
    assert [len(call["face_vertices_z"]) for call in kaolin.calls] == [1, 3, 2]


def test_make_with_an_image_beyond_the_kernels_indices_names_the_view_and_what_to_do(kaolin):
    from boxfit.render.dibr_kaolin import RendererKaolin

    camera = Camera(np.eye(4), (9e3, 9e3), (4e3, 4e3), (7000, 9000))
    with pytest.raises(RendererError, match=r"^view 'big' has 9000 x 7000 pixels, .*: use the renderer area or dibr"):
        RendererKaolin([*SQUARE, Silhouette("big", camera, np.ones((2, 2), dtype=bool))])


@pytest.mark.parametrize("behind", [True, False])
def test_areas_without_any_front_face_are_zero_and_run_no_kernel(kaolin, monkeypatch, behind):
    from boxfit.render.dibr_kaolin import RendererKaolin

    def all_back_faces(*args, **kwargs):
        camera, image, _ = prepare_vertices(*args, **kwargs)
        return camera, image, camera[:, :, 0]

    prepare_vertices = kaolin.mesh.prepare_vertices
    monkeypatch.setattr(kaolin.mesh, "prepare_vertices", all_back_faces)
    corners = camera_corners(NEARBY, SQUARE) + np.array([0, 0, 50.0 * behind])
    result = RendererKaolin(SQUARE).areas(corners, np.arange(3))
    for values in (result.box, result.overlap, result.box_gradient, result.overlap_gradient):
        assert not values.any()
    assert not kaolin.calls


@pytest.fixture
def talkative(torch_module, tmp_path, monkeypatch):
    """Install a package `kaolin` that prints when it is imported, and cannot render."""
    from boxfit.render.dibr_kaolin import RendererKaolin

    (tmp_path / "kaolin" / "render").mkdir(parents=True)
    (tmp_path / "kaolin" / "__init__.py").write_text("print('Warp and its devices')")
    (tmp_path / "kaolin" / "render" / "mesh.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    RendererKaolin.unavailable_reason.cache_clear()
    yield
    RendererKaolin.unavailable_reason.cache_clear()
    for name in ("kaolin", "kaolin.render", "kaolin.render.mesh"):
        sys.modules.pop(name, None)


def test_output_of_kaolins_import_goes_to_standard_error(talkative, torch_module, monkeypatch, capsys):
    from boxfit.render.dibr_kaolin import RendererKaolin

    monkeypatch.setattr(torch_module.cuda, "is_available", lambda: True)
    assert "kernels do not run" in RendererKaolin.unavailable_reason()
    output = capsys.readouterr()
    assert output.out == "" and output.err == "Warp and its devices\n"


def test_unavailable_without_cuda_does_not_import_kaolin(talkative, torch_module, monkeypatch):
    from boxfit.render.dibr_kaolin import RendererKaolin

    monkeypatch.setattr(torch_module.cuda, "is_available", lambda: False)
    assert "CUDA" in RendererKaolin.unavailable_reason()
    assert "kaolin" not in sys.modules


def test_unavailable_without_cuda_names_cuda(kaolin, torch_module, monkeypatch):
    from boxfit.render.dibr_kaolin import RendererKaolin

    monkeypatch.setattr(torch_module.cuda, "is_available", lambda: False)
    reason = RendererKaolin.unavailable_reason()
    assert "CUDA" in reason and "not installed" not in reason and "installation.html" in reason


def test_unavailable_where_kernels_fail_gives_the_reason(kaolin, torch_module, monkeypatch):
    from boxfit.render.dibr_kaolin import RendererKaolin

    def without_cuda(*args, **kwargs):
        raise RuntimeError("packed_rasterize_forward_cuda requires CUDA\nmore")

    monkeypatch.setattr(torch_module.cuda, "is_available", lambda: True)
    monkeypatch.setattr(kaolin.mesh, "dibr_rasterization", without_cuda)
    reason = RendererKaolin.unavailable_reason()
    assert "kernels do not run (packed_rasterize_forward_cuda requires CUDA)" in reason


def test_unavailable_where_kernels_run_is_none(kaolin, torch_module, monkeypatch):
    from boxfit.render.dibr_kaolin import RendererKaolin

    monkeypatch.setattr(torch_module.cuda, "is_available", lambda: True)
    assert RendererKaolin.unavailable_reason() is None
