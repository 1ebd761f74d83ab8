"""Readers of the formats that boxes are exported in, written by the formats' descriptions and not by boxfit's writers.

Each returns corners by object, shape (8, 3), in the frame and unit of the format; those of images by view first.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

UNIT = np.array(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5])).reshape(3, 8).T
"""Corners of the cube [-0.5, 0.5]^3, in any order."""


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def corner_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest distance of a corner from its own one, whatever their order, relative to the longest diagonal."""
    distances = cdist(found, expected)
    assert sorted(distances.argmin(axis=1)) == list(range(8)), "two corners have the same nearest one"
    return float(distances.min(axis=1).max() / cdist(expected, expected).max())


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Transform points by a matrix of shape (4, 4) that acts on columns."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def replicator(folder: Path) -> dict[str, np.ndarray]:
    """World corners by prim path: [x y z 1] @ transform."""
    rows = np.load(folder / "bounding_box_3d_0000.npy")
    paths = load(folder / "bounding_box_3d_prim_paths_0000.json")
    corners = {}
    for row, path in zip(rows, paths, strict=True):
        low, high = (np.array([row[f"{axis}_{end}"] for axis in "xyz"]) for end in ("min", "max"))
        local = np.where(UNIT < 0, low, high)
        corners[path] = (np.column_stack([local, np.ones(8)]) @ row["transform"])[:, :3]
    return corners


def bop(folder: Path) -> dict[int, dict[int, np.ndarray]]:
    """Corners in [mm] in the cameras' frames."""
    models, scene = load(folder / "models_info.json"), load(folder / "scene_gt.json")
    found: dict[int, dict[int, np.ndarray]] = {}
    for image, poses in scene.items():
        for pose in poses:
            model = models[str(pose["obj_id"])]
            low, size = (np.array([model[f"{kind}_{axis}"] for axis in "xyz"]) for kind in ("min", "size"))
            rotation = np.array(pose["cam_R_m2c"]).reshape(3, 3)
            corners = (low + (UNIT + 0.5) * size) @ rotation.T + np.array(pose["cam_t_m2c"])
            found.setdefault(int(image), {})[pose["obj_id"]] = corners
    return found


def bop_cameras(folder: Path) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """K, and the pose w2c in [mm], shape (4, 4)."""
    cameras = {}
    for image, camera in load(folder / "scene_camera.json").items():
        matrix = np.eye(4)
        matrix[:3, :3] = np.array(camera["cam_R_w2c"]).reshape(3, 3)
        matrix[:3, 3] = camera["cam_t_w2c"]
        cameras[int(image)] = np.array(camera["cam_K"]).reshape(3, 3), matrix
    return cameras


def objectron(path: Path) -> dict[int, np.ndarray]:
    """World corners in metres: rotation * scale * keypoint + translation, in the order of the keypoints."""
    found = {}
    for each in load(path)["objects"]:
        keypoints = np.array([[point[axis] for axis in "xyz"] for point in each["keypoints"]])
        assert keypoints.shape == (9, 3) and not keypoints[0].any()
        rotation = np.array(each["rotation"]).reshape(3, 3)
        assert np.allclose(rotation @ rotation.T, np.eye(3)) and np.linalg.det(rotation) > 0
        found[each["id"]] = (keypoints[1:] * each["scale"]) @ rotation.T + each["translation"]
    return found


def objectron_frames(path: Path) -> dict[int, tuple[Mapping[str, Any], dict[int, np.ndarray], dict[int, np.ndarray]]]:
    """Camera, and for each object its keypoints in the camera's frame, shape (9, 3), and in the image with depth."""
    frames = {}
    for frame in load(path)["frame_annotations"]:
        in_camera, in_image = {}, {}
        for each in frame["annotations"]:
            points = sorted(each["keypoints"], key=lambda point: point["id"])
            in_camera[each["object_id"]] = np.array([[p["point_3d"][axis] for axis in "xyz"] for p in points])
            in_image[each["object_id"]] = np.array([[p["point_2d"][k] for k in ("x", "y", "depth")] for p in points])
        frames[frame["frame_id"]] = frame["camera"], in_camera, in_image
    return frames


def nerfstudio(path: Path) -> dict[str, np.ndarray]:
    """Corners of `OrientedBox.from_params`, of the words that `ns-export` gets: roll, then pitch, then yaw."""
    found = {}
    for crop in load(path)["crops"]:
        words = crop["arguments"].split()
        flags = {words[at]: np.array(words[at + 1 : at + 4], dtype=np.float64) for at in (0, 4, 8)}
        assert list(flags) == ["--obb_center", "--obb_rotation", "--obb_scale"]
        rotation = Rotation.from_euler("xyz", flags["--obb_rotation"]).as_matrix()  # Small letters: fixed axes.
        found[crop["name"]] = (UNIT * flags["--obb_scale"]) @ rotation.T + flags["--obb_center"]
    return found


def coco3d(path: Path) -> dict[int, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Corners in metres in the cameras' frames, as stored, and as made of dimensions (w, h, l), centre and R_cam."""
    found: dict[int, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for each in load(path)["annotations"]:
        width, height, length = each["dimensions"]
        # v0 to v7 of DATA.md: v0 is left, top, front; x is along the length, z along the width.
        signs = [(-1, -1, -1), (1, -1, -1), (1, 1, -1), (-1, 1, -1), (-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)]
        local = np.array(signs) * [length / 2, height / 2, width / 2]
        made = local @ np.array(each["R_cam"]).T + each["center_cam"]
        found.setdefault(each["image_id"], {})[each["category_name"]] = np.array(each["bbox3D_cam"]), made
    return found


def kitti(path: Path) -> dict[str, tuple[np.ndarray, list[float]]]:
    """Corners in metres in the camera's frame, and the values of the line."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *words = line.split()
        values = [float(word) for word in words]
        assert len(values) == 14
        height, width, length, x, y, z, turn = values[7:]
        local = UNIT * [length, height, width] - [
            0,
            height / 2,
            0,
        ]  # The origin is the centre of the bottom; Y is down.
        rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
        found[kind] = local @ rotation.T + [x, y, z], values
    return found
