"""Tests of views captured from an open stage: their box, the restored state, and errors."""

import asyncio
from contextlib import nullcontext
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import DatasetError, RendererError, StageError
from boxfit.geometry.box import Box
from boxfit.geometry.units import WorldUnits
from pxr import Sdf, Usd, UsdGeom, UsdLux

from tests.kit.kit_fixture import Kit
from tests.kit.scenes import SCENE_BOX, SCENE_SELECTION, clutter_stage

SMALL = {"image_width": 160, "image_height": 128, "view_count": 10}

SETTINGS = {
    "/app/asyncRendering": True,
    "/app/viewport/grid/enabled": True,
    "/app/viewport/show/lights": True,
    "/rtx/ecoMode/enabled": True,
    "/omni/replicator/captureOnPlay": True,
}
"""Settings set by the user; the other settings that Replicator changes have no value."""


class World:
    """The state that a capture must restore."""

    def __init__(self, kit: Kit) -> None:
        kit.start("boxfit_kit.core")
        kit.start("omni.replicator.core")
        import carb.settings
        import omni.timeline

        self.kit = kit
        self.settings = carb.settings.get_settings()
        self.timeline = omni.timeline.get_timeline_interface()
        for path, value in SETTINGS.items():
            self.settings.set(path, value)

    @property
    def stage(self) -> Any:
        return self.kit.context.get_stage()

    def play(self) -> None:
        """Let the timeline play from 1 s on."""
        self.timeline.set_current_time(1.0)
        self.timeline.play()
        self.timeline.commit()

    def state(self) -> dict[str, Any]:
        """Return the whole state; the prims of Replicator's own graph stay as long as it is enabled."""
        session = self.stage.GetSessionLayer()
        own = [child.name for child in session.rootPrims if child.name not in ("Orchestrator", "Render")]
        made = [str(prim.GetPath()) for prim in self.stage.TraverseAll() if prim.GetTypeName() == "RenderProduct"]
        timeline = self.timeline
        return {
            "root": self.stage.GetRootLayer().ExportToString(),
            "session": (own, list(session.subLayerPaths), made),
            "selection": self.kit.context.get_selection().get_selected_prim_paths(),
            "time": timeline.get_current_time(),
            "playing": (timeline.is_playing(), timeline.is_stopped()),
            "frames": (timeline.get_play_every_frame(), timeline.is_auto_updating()),
            "settings": self.kit.kernel.settings.values(),
            "leftovers": self.kit.leftovers(),
            "pending": self.stage.GetRootLayer().dirty,
        }


@pytest.fixture
def units() -> WorldUnits:
    """Return the units of the stage."""
    return WorldUnits("Y", 1.0)


@pytest.fixture
def world(kit: Kit, tmp_path: Path, units: WorldUnits) -> World:
    """Return a stage with a turned box under a table, behind a wall, and other things, with Replicator enabled."""
    clutter_stage(tmp_path / "scene.usda", units)
    kit.open(tmp_path / "scene.usda")
    kit.context.get_selection().set_selected_prim_paths([SCENE_SELECTION])
    return World(kit)


async def capture(*args: Any, **options: Any) -> Any:
    """Capture small views."""
    import boxfit_kit.core

    return await boxfit_kit.core.capture(*args, **{**SMALL, **options})


async def updates(count: int) -> None:
    import omni.kit.app

    for _ in range(count):
        await omni.kit.app.get_app().next_update_async()


async def captured(world: World, *args: Any, **options: Any) -> Any:
    """Capture, and check that the state is restored."""
    before = world.state()
    source = await capture(*args, **options)
    assert world.state() == before
    return source


def fitted(source: Any) -> Any:
    """Return the only box of a source."""
    from boxfit.session.session import Session

    session = Session(source)
    for _ in session.fit():
        pass
    (result,) = session.results
    return result


def masked(source: Any) -> list[int]:
    """Count the masks' pixels of a source, view by view."""
    return [int(np.count_nonzero(view.instance())) for view in source.dataset.views]


def assert_is(found: Box, truth: Box) -> None:
    """Check that two boxes are equal but for the pixels' uncertainty."""
    np.testing.assert_allclose(found.centre, truth.centre, atol=0.02 * truth.size.max())
    np.testing.assert_allclose(np.sort(found.size), np.sort(truth.size), rtol=0.03)


@pytest.mark.parametrize("units", [WorldUnits("Y", 0.01), WorldUnits("Z", 1.0)])
async def test_capture_of_the_selection_gives_the_box_of_the_prim(world: World, units: WorldUnits) -> None:
    source = await captured(world)
    assert [target.label.name for target in source.dataset.objects] == ["crate"]
    assert (source.world.up_axis, source.world.meters_per_unit) == (units.up_axis, units.meters_per_unit)
    assert source.dataset.meters_per_unit == units.meters_per_unit
    assert [view.name for view in source.dataset.views] == [str(index) for index in range(10)]
    assert {view.camera.resolution for view in source.dataset.views} == {(128, 160)}
    result = fitted(source)
    assert not result.left_out
    assert_is(result.box, SCENE_BOX)


async def test_capture_of_a_label_gives_the_same_and_several_objects_get_a_box_each(world: World) -> None:
    assert_is(fitted(await captured(world, label="crate")).box, SCENE_BOX)
    pair = await captured(world, [SCENE_SELECTION, "/World/Table"])
    assert sorted(target.label.name for target in pair.dataset.objects) == ["Table", "crate"]


async def test_capture_with_everything_in_sight_is_what_the_renderer_sees(world: World) -> None:
    seen, whole = masked(await captured(world, isolate=False)), masked(await captured(world))
    assert all(part <= all_of_it for part, all_of_it in zip(seen, whole, strict=False))
    assert min(seen) < 0.5 * max(whole)


async def test_capture_after_a_fit_does_not_see_the_box_that_was_written(world: World) -> None:
    from boxfit.session.placement import place_boxes

    source = await captured(world)
    result = fitted(source)
    place_boxes(world.stage, [result], source.world)
    again = await captured(world, isolate=False)
    assert any(target.label.name == "crate" for target in again.dataset.objects)
    np.testing.assert_allclose(fitted(await captured(world)).box.size, result.box.size, rtol=0.01)


async def test_capture_from_the_stages_cameras_names_the_views_after_them(world: World) -> None:
    source = await captured(world, cameras="stage")
    names = {view.name for view in source.dataset.views}
    assert names == {f"/World/Cameras/Camera{index}" for index in range(5)}
    assert_is(fitted(source).box, SCENE_BOX)


async def test_capture_of_a_moving_prim_shows_it_at_the_current_time(world: World) -> None:
    world.play()
    result = fitted(await captured(world, ["/World/Mover"]))
    # Its position goes from 0 to 10 within 48 time codes, at 24 per second.
    np.testing.assert_allclose(result.box.centre, [5, 0, 20], atol=0.1)
    assert world.timeline.is_playing()


async def test_capture_writes_a_folder_that_reads_the_same(world: World, tmp_path: Path) -> None:
    from boxfit.views.data_generator import read_data_generator

    source = await captured(world, folder=tmp_path / "views")
    assert source.path == tmp_path / "views"
    read = read_data_generator(tmp_path / "views")
    assert [target.label.name for target in read.objects] == ["crate"]
    for first, second in zip(read.views, source.dataset.views, strict=True):
        np.testing.assert_array_equal(first.instance() > 0, second.instance() > 0)
        np.testing.assert_allclose(first.camera.camera_from_world, second.camera.camera_from_world, atol=1e-9)
        np.testing.assert_array_equal(first.rgb(), second.rgb())
        np.testing.assert_array_equal(first.depth(), second.depth())


@pytest.mark.parametrize("units", [WorldUnits("Y", 1.0), WorldUnits("Y", 0.01)], ids=["metres", "centimetres"])
async def test_capture_sees_the_depth_of_the_object_in_stage_units(world: World) -> None:
    from boxfit.views.silhouettes import silhouettes

    (target,) = (await captured(world)).dataset.objects
    surface = silhouettes(target).surface
    assert surface is not None and len(surface.names) == 10
    beyond = np.abs(SCENE_BOX.to_local(surface.points)) - SCENE_BOX.half_extents
    assert np.abs(beyond.max(axis=1)).max() < 1e-4


async def test_capture_tells_how_far_it_is(world: World) -> None:
    told: list[tuple[int, int]] = []
    await captured(world, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 10) for done in range(11)]


async def test_capture_waits_for_a_renderer_that_lags_behind_the_camera(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.replicator.core as rep

    monkeypatch.setattr(rep.orchestrator, "_SUBFRAMES_TO_SETTLE", 1000)
    views = (await captured(world)).dataset.views
    assert len({tuple(view.camera.position.round(3)) for view in views}) == len(views) == 10


async def test_capture_leaves_the_render_products_of_others_alone(world: World) -> None:
    import omni.replicator.core as rep

    product = rep.create.render_product("/World/Cameras/Camera0", (160, 128))
    mine = rep.AnnotatorRegistry.get_annotator("rgb").attach(product)
    await captured(world, cameras="stage")
    mine.detach()
    product.destroy()


@pytest.mark.parametrize(
    "failing",
    [
        "create.render_product",
        "AnnotatorRegistry.get_annotator",
        "orchestrator.step_async",
        "annotators.Annotator.get_data",
    ],
)
@pytest.mark.parametrize("call", [1, 2, 7])
async def test_capture_that_fails_leaves_everything_as_before(
    world: World, monkeypatch: pytest.MonkeyPatch, failing: str, call: int
) -> None:
    import omni.replicator.core as rep

    right, calls = attrgetter(failing)(rep), []

    def wrong(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == call:
            raise RuntimeError("out of memory")
        return right(*args, **options)

    monkeypatch.setattr(f"omni.replicator.core.{failing}", wrong)
    before = world.state()
    fails = failing != "create.render_product" or call <= 5  # There are five cameras.
    with pytest.raises(RuntimeError, match="out of memory") if fails else nullcontext():
        await capture(cameras="stage")
    assert world.state() == before


@pytest.mark.parametrize("again", ["once", "at once", "an update later", "by the extension's shutdown"])
@pytest.mark.parametrize("playing", [False, True])
async def test_capture_that_is_cancelled_at_any_update_leaves_everything_as_before(
    world: World, again: str, playing: bool
) -> None:
    from boxfit_kit.core.capturing import running

    if playing:
        world.play()
    before, count = world.state(), 0
    while True:
        task = asyncio.ensure_future(capture(view_count=2, image_width=32, image_height=32))
        await updates(count)
        if task.done():
            break
        task.cancel()
        if again == "an update later":
            await updates(1)
        if again in ("at once", "an update later"):
            task.cancel()
        if again == "by the extension's shutdown":
            await updates(1)
            running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while running.blocked_reason():
            await updates(1)
        assert world.state() == before, count
        count += 1
    assert count > 10
    assert len((await captured(world)).dataset.views) == 10


async def test_capture_while_another_runs_is_refused(world: World) -> None:
    task = asyncio.ensure_future(capture())
    await asyncio.sleep(0.02)
    with pytest.raises(RendererError, match="a capture is running"):
        await capture()
    await task


@pytest.mark.parametrize("replaced", [False, True], ids=["closed", "replaced"])
@pytest.mark.parametrize("after", [2, 3, 4, 5, 6, 8, 12])
async def test_capture_of_a_stage_that_goes_meanwhile_says_so_and_leaves_the_next_one_alone(
    world: World, tmp_path: Path, replaced: bool, after: int
) -> None:
    clutter_stage(tmp_path / "next.usda")
    before = world.kit.leftovers()
    world.play()
    task = asyncio.ensure_future(capture())
    await updates(after)
    if replaced:
        await world.kit.context.open_stage_async(str(tmp_path / "next.usda"))
    else:
        await world.kit.context.close_stage_async()
    # Kit stops it, and begins the next stage at its start.
    world.timeline.stop()
    world.timeline.set_current_time(0.0)
    world.timeline.commit()
    world.settings.set("/rtx/pathtracing/spp", 7)
    with pytest.raises(StageError, match="closed or replaced"):
        await asyncio.wait_for(task, 20)
    assert not world.timeline.is_playing() and world.timeline.get_current_time() == 0.0
    assert world.settings.get("/rtx/pathtracing/spp") == 7
    assert world.settings.get("/rtx/materialDb/syncLoads") is None
    assert world.settings.get("/app/asyncRendering") is True
    assert world.settings.get("/omni/replicator/captureOnPlay") is True
    assert world.kit.leftovers() == before


@pytest.mark.parametrize("part", ["Lamp", "Eye"])
async def test_capture_hides_what_has_a_light_or_a_camera_below_it(world: World, part: str) -> None:
    expected = masked(await captured(world))
    kind = UsdLux.SphereLight if part == "Lamp" else UsdGeom.Camera
    kind.Define(world.stage, f"/World/Wall/{part}")
    assert masked(await captured(world)) == expected


async def test_capture_says_what_it_cannot_hide(world: World) -> None:
    with Usd.EditContext(world.stage, world.stage.GetSessionLayer()):
        UsdGeom.Imageable(world.stage.GetPrimAtPath("/World/Wall")).CreateVisibilityAttr("inherited")
    problem = (await captured(world)).dataset.problems[0]
    assert problem.where == "/World/Wall" and "it stays visible" in problem.what


async def test_capture_of_a_label_leaves_out_what_is_hidden_and_says_so(world: World) -> None:
    hidden = world.stage.GetPrimAtPath("/World/Hidden")
    hidden.CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray, False).Set(["crate"])
    source = await captured(world, label="crate")
    assert len(source.dataset.objects) == 1
    (problem,) = source.dataset.problems
    assert problem.where == "/World/Hidden" and "no visible geometry" in problem.what
    UsdGeom.Imageable(world.stage.GetPrimAtPath(SCENE_SELECTION)).MakeInvisible()
    with pytest.raises(StageError, match="no visible geometry"):
        await captured(world, label="crate")


async def test_capture_leaves_out_a_stage_camera_that_is_orthographic_and_says_so(world: World) -> None:
    path = "/World/Cameras/Camera0"
    UsdGeom.Camera(world.stage.GetPrimAtPath(path)).CreateProjectionAttr(UsdGeom.Tokens.orthographic)
    dataset = (await captured(world, cameras="stage")).dataset
    assert [view.name for view in dataset.views] == [f"/World/Cameras/Camera{index}" for index in range(1, 5)]
    (problem,) = dataset.problems
    assert problem.where == f"view {path}" and "orthographic" in problem.what


@pytest.mark.parametrize("given", ["text", "path", "prim", "list"])
async def test_capture_takes_prims_however_they_are_named(world: World, given: str) -> None:
    prim = world.stage.GetPrimAtPath(SCENE_SELECTION)
    named = {"text": SCENE_SELECTION, "path": prim.GetPath(), "prim": prim, "list": [prim, prim.GetPath()]}[given]
    assert [target.label.name for target in (await captured(world, named, view_count=3)).dataset.objects] == ["crate"]


async def test_capture_where_replicator_is_busy_or_missing_says_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.replicator.core as rep

    with monkeypatch.context() as patch:
        patch.setattr(rep.orchestrator, "_status", rep.orchestrator.Status.STARTED)
        with pytest.raises(RendererError, match="Replicator is busy"):
            await capture()
    world.kit.stop("omni.replicator.core")
    with pytest.raises(RendererError, match=r"enable the extension omni\.replicator\.core") as error:
        await capture()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"prims": ["/World/Nothing"]}, StageError, "there is no prim /World/Nothing"),
        ({"prims": ["not a path"]}, StageError, "there is no prim not a path"),
        ({"prims": []}, StageError, "no prim is selected"),
        ({"label": "teapot"}, StageError, "no prim on the stage has the semantic label 'teapot': it has crate"),
        ({"prims": ["/World/Cameras"]}, StageError, "no visible geometry under /World/Cameras"),
        ({"distance": 0.1}, DatasetError, "inside the prims"),
        ({"view_count": 1}, DatasetError, "view_count is 1"),
        ({"elevation_from": 50, "elevation_to": 40}, DatasetError, "elevations go from 50 to 40"),
        ({"prims": ["/World/Hidden"], "cameras": "stage"}, DatasetError, "no view shows /World/Hidden"),
    ],
)
async def test_capture_of_what_cannot_be_says_why_and_leaves_everything_as_before(
    world: World, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    before = world.state()
    with pytest.raises(error, match=message) as raised:
        await capture(**options)
    assert "\n" not in str(raised.value)
    assert world.state() == before


async def test_capture_into_a_folder_that_holds_something_is_refused_before_it_renders(
    world: World, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="not an empty folder"):
        await capture(folder=tmp_path, progress=pytest.fail)


async def test_shutdown_while_a_capture_runs_puts_everything_back(world: World) -> None:
    from boxfit_kit.core.capturing import running

    before = world.state()
    task = asyncio.ensure_future(capture())
    await updates(15)
    assert running.blocked_reason()
    world.kit.stop("boxfit_kit.core")
    with pytest.raises(asyncio.CancelledError):
        await task
    after = world.state()
    assert not [text for text in after["leftovers"] if "boxfit" in text.lower()]
    assert {**after, "leftovers": None} == {**before, "leftovers": None}


async def test_capture_without_a_stage_says_so(world: World) -> None:
    await world.kit.context.close_stage_async()
    with pytest.raises(StageError, match="no stage is open"):
        await capture()


async def test_capture_then_fit_writes_the_box_to_the_stage(world: World) -> None:
    import boxfit_kit.core

    (result,) = await boxfit_kit.core.fit(await capture())
    assert_is(result.box, SCENE_BOX)
    assert world.stage.GetPrimAtPath("/World/crate").GetTypeName() == "Cube"
