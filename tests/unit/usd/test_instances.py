"""Tests of reading a stage whose nested instances hold more prims than can ever be visited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import StageError
from boxfit.session.reading import survey_stage
from boxfit.ui.model.scene_model import SceneModel
from boxfit.usd.cameras import read_cameras
from boxfit.usd.generator_layout import ASSET_PRIM
from boxfit.usd.instances import DEEPEST, MOST_IN_INSTANCES, ManyInstancesError, find_prims
from boxfit.usd.meshes import read_triangles
from boxfit.usd.session_layer import SessionLayer
from boxfit.usd.subjects import labelled_prims, read_class_names, stage_cameras
from boxfit.usd.surfaces import read_surfaces
from pxr import Sdf, Usd, UsdGeom

from tests.hosts import HostInMemory
from tests.stages import box_stage


def nest(stage: Usd.Stage, levels: int, each: int, place: str = "/World/Asset") -> None:
    """Put an instance on a stage that holds `each` instances in each of `levels` levels; in the last, a cube each."""
    stage.CreateClassPrim("/Level0")
    label = (
        UsdGeom.Cube.Define(stage, "/Level0/Cube")
        .GetPrim()
        .CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray)
    )
    label.Set(["stone"])
    UsdGeom.Camera.Define(stage, "/Level0/Camera")
    for level in range(1, levels + 1):
        stage.CreateClassPrim(f"/Level{level}")
        for number in range(each):
            instance = UsdGeom.Xform.Define(stage, f"/Level{level}/Copy{number}")
            instance.AddTranslateOp().Set((3.0 * number * each ** (level - 1), 0, 0))
            instance.GetPrim().GetReferences().AddInternalReference(f"/Level{level - 1}")
            instance.GetPrim().SetInstanceable(True)
    top = UsdGeom.Xform.Define(stage, place).GetPrim()
    top.GetReferences().AddInternalReference(f"/Level{levels}")
    top.SetInstanceable(True)


@pytest.fixture
def crowded(stage: Usd.Stage) -> Usd.Stage:
    """Return a stage with 10^9 cubes and cameras in nested instances."""
    nest(stage, 9, 10)
    return stage


def test_survey_of_endless_instances_visits_each_prototype_once(crowded: Usd.Stage) -> None:
    met: list[Sdf.Path] = []
    assert find_prims(crowded.GetPseudoRoot(), lambda prim: bool(met.append(prim.GetPath()))) == []
    assert len(met) == len(set(met)) < 120
    assert read_class_names(crowded) == ("stone",)
    assert read_cameras(crowded) == ([], [])


@pytest.mark.parametrize(
    "read",
    [
        lambda stage: read_triangles(stage, "/World/Asset"),
        lambda stage: labelled_prims(stage, "stone"),
        stage_cameras,
        lambda stage: find_prims(stage.GetPrimAtPath("/World/Asset/Copy3"), lambda prim: prim.IsA(UsdGeom.Cube)),
    ],
)
def test_read_prims_of_endless_instances_one_by_one_says_that_they_are_too_many(
    crowded: Usd.Stage, read: Callable[[Usd.Stage], object]
) -> None:
    with pytest.raises(
        ManyInstancesError, match=rf"the instances below \S+ hold more than {MOST_IN_INSTANCES:,} prims"
    ):
        read(crowded)


def test_label_that_no_prim_of_endless_instances_has_is_said_as_ever(crowded: Usd.Stage) -> None:
    with pytest.raises(StageError, match="has the semantic label 'fork': it has stone"):
        labelled_prims(crowded, "fork")


def test_surfaces_of_endless_instances_are_one_box_and_the_panel_says_why(crowded: Usd.Stage) -> None:
    surfaces = read_surfaces(crowded)
    assert (len(surfaces.triangles), surfaces.segments.shape) == (0, (12, 2, 3))
    assert (surfaces.count, surfaces.simplified) == (None, True)
    np.testing.assert_allclose(surfaces.segments.min(axis=(0, 1)), -1)
    np.testing.assert_allclose(surfaces.segments.max(axis=(0, 1)), (3e9 - 2, 1, 1))
    scene = SceneModel(HostInMemory(crowded))
    scene.read_stage()
    assert scene.content.note == "The meshes have too many instances: their bounds are shown."


def test_capture_of_endless_instances_hides_all_else(crowded: Usd.Stage) -> None:
    UsdGeom.Cube.Define(crowded, "/World/Other")
    with SessionLayer(crowded) as layer:
        assert layer.hide_all_but(["/World/Asset"]) == ()
        assert UsdGeom.Imageable(crowded.GetPrimAtPath("/World/Other")).ComputeVisibility() == "invisible"


def test_survey_of_an_asset_with_endless_instances_reads_the_views_and_says_what_is_not_compared(
    tmp_path: Path,
) -> None:
    stage: Any = box_stage(tmp_path)
    nest(stage, 9, 10, place=ASSET_PRIM)
    survey = survey_stage(stage)
    assert survey.facts.asset_prim == ASSET_PRIM and survey.triangles is None and survey.missing == ()
    source = survey.read()
    assert source.dataset.objects and source.geometry is None
    assert "boxes are not compared with its asset" in source.dataset.problems[0].what


def test_instances_within_instances_without_end_are_not_followed(stage: Usd.Stage) -> None:
    nest(stage, DEEPEST + 1, 1)
    with pytest.raises(ManyInstancesError, match="or are nested too deeply: deactivate"):
        read_triangles(stage, "/World/Asset")


def test_few_nested_instances_are_found_each_at_its_place(stage: Usd.Stage) -> None:
    nest(stage, 2, 3)
    paths = [f"/World/Asset/Copy{first}/Copy{second}" for first in range(3) for second in range(3)]
    assert list(labelled_prims(stage, "stone")) == [f"{path}/Cube" for path in paths]
    assert stage_cameras(stage) == tuple(f"{path}/Camera" for path in paths)
    triangles = read_triangles(stage, "/World/Asset")
    np.testing.assert_allclose(np.unique(triangles[..., 0].mean(axis=1)).max(), 25)
    assert len(triangles) == 9 * 12
    assert len(read_triangles(stage, "/World/Asset/Copy1")) == 3 * 12


def test_hidden_instance_is_not_seen(stage: Usd.Stage) -> None:
    nest(stage, 1, 2)
    UsdGeom.Imageable(stage.GetPrimAtPath("/World/Asset")).MakeInvisible()
    assert read_surfaces(stage).count == 0
