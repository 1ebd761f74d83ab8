"""Tests of the panel's state of the stage's dataset, and of the user's actions on it."""

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.files.paths import server_address
from boxfit.session import source as source_module
from boxfit.ui.model.panel_model import PanelModel
from boxfit.ui.model.source_model import NO_STAGE, NOTHING, STOPPED
from boxfit.views import targets
from boxfit.views.cancellation import wanted_here
from boxfit.views.data_generator import read_data_generator
from boxfit.views.dataset import View
from boxfit.views.stage import find_datasets

from tests.folders import write_box_views
from tests.hosts import HostInMemory, run, until
from tests.plain_files import write_plain_boxes
from tests.stages import box_stage, camera_stage, fill_view, generator_stage, two_object_views
from tests.transforms_files import save_image, shots_around, write_nerfstudio
from tests.unit.ui.stories import few_and_many, fitted, on_stage, one_of_two, two_objects, write_unclear_masks


async def settled(model: PanelModel) -> None:
    await until(lambda: model.source.state != "reading")


async def looked_at(model: PanelModel) -> None:
    """Wait until the masks of all objects have been read."""
    await settled(model)
    source = model.source.source
    await until(lambda: all(source.known_observations(target) for target in source.dataset.objects))


def of_a_moved_folder(folder: Path) -> Any:
    """Make a stage whose dataset has been moved."""
    write_box_views(folder / "moved", 4)
    return generator_stage(folder, "renders")


def one_filled(folder: Path) -> Any:
    """Make a stage whose second object is seen in three views, and fills another one."""
    stage = two_objects(folder, seen=3)
    fill_view(folder / "views", 7, 2)
    return stage


@on_stage(lambda folder: None)
async def test_open_without_a_stage_says_what_to_do(model: PanelModel) -> None:
    assert (model.source.state, model.source.message) == ("no stage", NO_STAGE)
    assert model.fit.blocked_reason == NO_STAGE and model.default_prim == ""


@on_stage(generator_stage)
async def test_open_a_stage_that_names_nothing_says_what_to_do(model: PanelModel) -> None:
    assert (model.source.state, model.source.message) == ("nothing", NOTHING)
    assert not model.capture.is_offered


async def test_open_a_stage_with_a_preset_reads_its_dataset_by_itself(model: PanelModel) -> None:
    assert model.source.state == "reading"
    await settled(model)
    assert (model.source.state, model.source.message, model.source.warnings) == ("ready", "", ())
    assert model.source.chosen.kind == "generator" and len(model.source.source.dataset.views) == 8
    assert [(row.name, row.ticked) for row in model.source.objects] == [("box.usd/1", True)]
    await until(lambda: len(model.view.names) == 8)


@on_stage(camera_stage)
async def test_open_a_stage_with_imported_views_reads_its_cameras(model: PanelModel) -> None:
    await settled(model)
    assert model.source.chosen.kind == "cameras" and len(model.source.source.dataset.views) == 8
    await until(lambda: len(model.scene.content.cameras) == 8)


@on_stage(few_and_many)
async def test_choose_another_of_several_datasets_reads_that_one(model: PanelModel, host: HostInMemory) -> None:
    await settled(model)
    assert [dataset.title for dataset in model.source.datasets] == ["few", "many"]
    assert len(model.source.source.dataset.views) == 4
    model.source.choose(1)
    await settled(model)
    assert model.source.index == 1 and len(model.source.source.dataset.views) == 6
    model.source.choose(2)
    assert model.source.index == 1
    await until(lambda: len(model.view.names) == 6)
    # Once it is gone, the last one left is taken.
    del host.stage.GetRootLayer().subLayerPaths[1]
    model.source.refresh()
    await settled(model)
    assert model.source.chosen.title == "few" and len(model.source.source.dataset.views) == 4


@on_stage(few_and_many)
async def test_choose_another_dataset_after_a_fit_shows_that_one_and_keeps_the_outcome(model: PanelModel) -> None:
    await fitted(model, align="axes")
    outcome = model.fit.outcome
    assert outcome is not None and model.view.box is outcome.result.box
    model.source.choose(1)
    await until(lambda: len(model.view.names) == 6)
    assert model.view.box is None and model.view.figures is None
    assert model.fit.outcome is outcome


@on_stage(of_a_moved_folder)
async def test_open_a_stage_whose_folder_is_gone_says_so_and_takes_the_one_that_is_named(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    await settled(model)
    assert model.source.state == "failed"
    assert "renders" in model.source.message and "does not exist" in model.source.message
    model.source.browse()
    ((what, _, start, picked),) = host.picks
    assert what == "folder" and start == tmp_path / "renders"
    picked(tmp_path / "moved")
    await settled(model)
    assert model.source.state == "ready" and model.source.folder == tmp_path / "moved"
    model.source.browse()
    assert host.picks[-1][2] == tmp_path / "moved"
    model.source.name_folder("")
    await settled(model)
    assert model.source.state == "failed" and model.source.folder is None
    model.source.name_folder(f" {tmp_path / 'moved'} ")
    await settled(model)
    assert model.source.state == "ready" and model.source.folder == tmp_path / "moved"


async def test_change_how_the_named_folder_is_read_reads_it_again(model: PanelModel, tmp_path: Path) -> None:
    write_unclear_masks(tmp_path / "scene")
    await settled(model)
    model.source.name_folder(str(tmp_path / "scene"))
    await settled(model)
    assert model.source.state == "failed" and '("Masks show" object)' in model.source.message
    model.settings.enter("mask_shows", "background")
    assert model.source.state == "reading"
    await looked_at(model)
    assert model.source.source.dataset.format == "transforms" and len(model.source.objects) == 1
    around = model.source.source
    model.settings.enter("format", "colmap")
    await settled(model)
    assert model.source.state == "failed" and "COLMAP" in model.source.message
    model.settings.enter("format", "transforms")
    await settled(model)
    assert model.source.state == "ready" and model.source.source is not around
    model.source.name_folder(str(tmp_path / "views"))
    await settled(model)
    assert model.source.state == "ready" and model.settings.value("mask_shows") == "auto"


async def test_browse_for_masks_reads_with_those(model: PanelModel, host: HostInMemory, tmp_path: Path) -> None:
    shots = shots_around(6)
    write_nerfstudio(tmp_path / "scene", shots, masks="none")
    for index, shot in enumerate(shots, start=1):
        save_image(tmp_path / "elsewhere" / f"frame_{index:05d}.png", 255 * shot.mask())
    await settled(model)
    model.source.name_folder(str(tmp_path / "scene" / "transforms.json"))
    await settled(model)
    assert model.source.state == "failed" and 'name a folder of masks ("Masks")' in model.source.message
    model.source.browse_masks()
    ((what, _, start, picked),) = host.picks
    assert (what, start) == ("folder", tmp_path / "scene")
    picked(tmp_path / "elsewhere")
    await settled(model)
    assert model.source.state == "ready" and len(model.source.source.dataset.views) == 6
    model.source.browse_masks()
    assert host.picks[-1][2] == tmp_path / "elsewhere"
    # Another stage has its own dataset.
    host.replace_stage(box_stage(tmp_path / "other"))
    await settled(model)
    assert model.source.state == "ready" and model.source.folder is model.settings.value("masks") is None


async def test_name_a_json_file_reads_the_views_that_it_describes(model: PanelModel, tmp_path: Path) -> None:
    write_plain_boxes(tmp_path / "plain", 5)
    await settled(model)
    model.source.name_folder(f"{tmp_path / 'plain' / 'boxfit.json'}")
    await settled(model)
    assert model.source.state == "ready" and len(model.source.source.dataset.views) == 5


async def test_name_a_folder_that_cannot_be_read_says_what_is_missing(model: PanelModel, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    await settled(model)
    for name, message in (("empty", "empty"), ("nowhere", "nowhere does not exist")):
        model.source.name_folder(str(tmp_path / name))
        await settled(model)
        assert model.source.state == "failed" and message in model.source.message
        assert model.source.objects == () and model.source.source is None


@on_stage(two_objects)
async def test_refresh_keeps_what_was_unticked(model: PanelModel) -> None:
    await settled(model)
    model.source.tick(1, False)
    model.source.refresh()
    assert model.source.objects == ()
    await settled(model)
    assert [row.ticked for row in model.source.objects] == [True, False]
    model.source.tick(1, True)
    model.source.refresh()
    await settled(model)
    assert [row.ticked for row in model.source.objects] == [True, True]


async def test_refresh_finds_what_has_changed_on_disk(model: PanelModel, tmp_path: Path) -> None:
    await looked_at(model)
    for file in (tmp_path / "views").glob("7_*"):
        file.unlink()
    before = model.source.source
    model.source.refresh()
    await looked_at(model)
    assert model.source.source is not before and len(model.source.source.dataset.views) == 7
    await until(lambda: len(model.view.names) == 7)


def test_refresh_while_reading_drops_the_earlier_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, go, began = HostInMemory(few_and_many(tmp_path)), threading.Event(), threading.Event()

    def read(folder: Path, *settings: Any) -> Any:
        if folder.name == "few":
            began.set()
            assert go.wait(10)
        return read_data_generator(folder)

    monkeypatch.setattr("boxfit.views.stage.read_folder", read)

    async def story(model: PanelModel) -> None:
        await until(began.is_set)
        model.source.choose(1)
        await settled(model)
        go.set()
        await until(lambda: not any(thread.name == "boxfit read" for thread in threading.enumerate()))
        for _ in range(5):
            await host.next_frame()
        assert model.source.state == "ready" and len(model.source.source.dataset.views) == 6

    run(story, host)


async def test_replace_the_stage_forgets_folder_choice_and_ticks(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    write_box_views(tmp_path / "other_views", 6)
    write_box_views(tmp_path / "few", 4)
    two_object_views(tmp_path / "two")
    host.replace_stage(generator_stage(tmp_path / "several", "../few", "../two"))
    await settled(model)
    model.source.choose(1)
    await settled(model)
    model.source.tick(0, False)
    model.settings.enter("prim", "/World/Mine")
    model.settings.enter("align", "up")
    host.replace_stage(generator_stage(tmp_path / "again", "../two", "../few"))
    await settled(model)
    assert model.source.index == 0 and [row.ticked for row in model.source.objects] == [True, True]
    assert model.settings.value("prim") is None and model.settings.value("align") == "up"
    model.source.name_folder(str(tmp_path / "other_views"))
    await settled(model)
    host.replace_stage(box_stage(tmp_path / "third"))
    await settled(model)
    assert model.source.folder is None and len(model.source.source.dataset.views) == 8
    host.replace_stage(None)
    assert (model.source.state, model.source.objects) == ("no stage", ())
    assert model.view.names == () and model.scene.content.cameras == ()


@on_stage(lambda folder: two_objects(folder, seen=5))
async def test_masks_with_faults_are_told_in_one_line_each(model: PanelModel) -> None:
    await looked_at(model)
    await until(lambda: model.source.warnings)
    (warning,) = [text for text in model.source.warnings if "box.usd/2" in text]
    assert "3 of 8 views (5-7)" in warning


@on_stage(lambda folder: two_objects(folder, seen=5))
async def test_object_counts_the_views_that_show_it(model: PanelModel) -> None:
    await settled(model)
    assert [model.source.view_count(row) for row in model.source.objects] == [8, 5]


@on_stage(one_filled)
async def test_object_counts_its_usable_views_once_their_masks_are_read(model: PanelModel) -> None:
    await settled(model)
    await until(lambda: model.source.checked)
    assert [model.source.view_count(row) for row in model.source.objects] == [7, 3]


@on_stage(one_of_two)
async def test_masks_that_cannot_be_used_are_told_and_the_others_are_looked_at(model: PanelModel) -> None:
    await settled(model)
    await until(lambda: any("1 of 8 views" in text for text in model.source.warnings))
    assert model.source.state == "ready" and model.source.source.known_observations(model.source.ticked[0])


async def test_read_that_meets_a_bug_says_so_and_logs_it(
    model: PanelModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise TypeError("a bug in the reader")

    await settled(model)
    with monkeypatch.context() as patch:
        patch.setattr(source_module, "silhouettes", broken)
        model.source.refresh()
        await until(lambda: model.source.warnings)
    assert "TypeError: a bug in the reader" in model.source.warnings[0]
    assert "in broken" in caplog.text and model.source.state == "ready"


async def test_view_that_is_left_out_by_the_reader_is_told(model: PanelModel, tmp_path: Path) -> None:
    (tmp_path / "views" / "3_metadata.json").write_text("{", encoding="utf-8")
    model.source.refresh()
    await settled(model)
    assert len(model.source.source.dataset.views) == 7
    assert any("3_metadata.json" in text or "view 3" in text for text in model.source.warnings)


async def test_units_that_the_user_states_move_what_is_shown_without_reading_again(model: PanelModel) -> None:
    await looked_at(model)
    await until(lambda: model.scene.content.cameras)
    source, before = model.source.source, model.stage_from_source
    position = model.scene.content.cameras[0].camera.position
    model.settings.enter("source_units", "0.1")
    assert model.source.source is source
    assert np.allclose(model.stage_from_source[:3, :3], 10 * before[:3, :3])
    assert np.allclose(model.scene.content.cameras[0].camera.position, 10 * position)
    model.settings.enter("source_up", "Z")
    assert np.allclose(model.stage_from_source[:3, :3] @ [0, 0, 1], [0, 10, 0])
    model.settings.enter("source_units", "")
    model.settings.enter("source_up", "(default)")
    assert np.allclose(model.stage_from_source, before)


async def test_stage_that_is_opened_from_disk_is_only_read(
    model: PanelModel, host: HostInMemory, tmp_path: Path
) -> None:
    before = (tmp_path / "scene.usda").read_bytes()
    await looked_at(model)
    assert not host.modified and (tmp_path / "scene.usda").read_bytes() == before


async def test_read_without_scipy_is_ready_to_fit_and_warns_of_nothing(
    model: PanelModel, host: HostInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check that Kit without SciPy can read: the first fit asks for it."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    model.source.refresh()
    await settled(model)
    await until(lambda: all(task.done() for task in host.tasks))
    assert (model.source.state, model.source.warnings) == ("ready", ())
    assert model.fit.blocked_reason is None


async def test_folder_on_a_server_is_fetched_where_the_host_can_and_refused_where_it_cannot(
    model: PanelModel, host: HostInMemory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "omniverse://server/views"

    async def fetch(folder: Path) -> Path:
        assert server_address(folder) == address
        return tmp_path / "views"

    await settled(model)
    model.source.name_folder(address)
    await settled(model)
    assert model.source.state == "failed"
    assert model.source.message.startswith(f"{address} lies on a server: download it")
    monkeypatch.setattr(host, "download", fetch)
    model.source.refresh()
    await settled(model)
    assert model.source.state == "ready" and model.source.source is not None
    assert model.source.source.dataset.source == tmp_path / "views"


async def test_json_file_and_masks_on_a_server_are_fetched_with_their_folders(
    model: PanelModel, host: HostInMemory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_unclear_masks(tmp_path / "scene")
    fetched = []

    async def fetch(folder: Path) -> Path:
        fetched.append(server_address(folder))
        return tmp_path / "scene" / ("masks" if folder.name == "masks" else ".")

    monkeypatch.setattr(host, "download", fetch)
    await settled(model)
    model.source.name_folder("omniverse://server/scene/transforms.json")
    await settled(model)
    model.settings.enter("masks", "omniverse://server/elsewhere/masks")
    await settled(model)
    assert model.source.state == "ready" and len(model.source.source.dataset.views) == 6
    assert fetched == ["omniverse://server/scene"] * 2 + ["omniverse://server/elsewhere/masks"]


def test_folder_on_a_server_that_a_preset_names_is_taken_for_one(tmp_path: Path) -> None:
    stage = generator_stage(tmp_path, "omniverse://server/views")
    (found,) = find_datasets(stage)
    assert server_address(found.folder) == "omniverse://server/views" and found.problem is None
    with pytest.raises(DatasetError, match="omniverse://server/views lies on a server"):
        found.read()


async def test_stop_ends_the_reading_and_read_again_begins_anew(model: PanelModel) -> None:
    assert model.source.state == "reading"
    model.source.stop()
    assert (model.source.state, model.source.message) == ("failed", STOPPED)
    model.source.stop()
    model.source.refresh()
    await settled(model)
    assert model.source.state == "ready"
    model.source.stop()
    assert model.source.state == "ready"


async def test_superseded_reads_end_early_and_only_the_last_goes_on(
    model: PanelModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(model)
    begun, ended, held, search = set(), [], threading.Event(), targets._search

    def slowly(view: View) -> object:
        begun.add(wanted_here())  # Each read has its own function.
        assert held.wait(20)
        found = search(view)
        ended.append(wanted_here())
        return found

    monkeypatch.setattr(targets, "_search", slowly)
    for number in range(1, 4):
        model.source.refresh()
        await until(lambda number=number: len(begun) == number)
    held.set()
    await settled(model)
    assert model.source.state == "ready"
    assert len(ended) == 8 and len(set(ended)) == 1
