"""Tests of datasets on a server, downloaded by the real client library from a folder, and from a silent server."""

from __future__ import annotations

import asyncio
import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boxfit.errors import DatasetError, StageError
from boxfit.usd.saving import save_stage
from boxfit.usd.stage import new_stage

from tests.kit.kit_fixture import Kit
from tests.kit.kit_screen import KitScreen
from tests.stages import box_stage

NAMES = ("0_metadata.json", "rgb/0.png", "rgb/1 #2? 100%.png", "ä/%41.npy", "a/sparse/0/images.bin", "cameras.TXT")
"""File names with special characters of addresses."""


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """Return a folder of the server."""
    folder = tmp_path / "on the server #1"
    for name in (*NAMES, "scene.usd", "a/sparse/0/points3D.bin"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def told() -> list[tuple[float, str]]:
    """Return the reported progress."""
    return []


@pytest.fixture
def download(kit: Kit, tmp_path: Path, told: list[tuple[float, str]], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that downloads a folder into a cache of the test."""
    kit.start("boxfit_kit.window")
    from boxfit_kit.window import remote_folder

    monkeypatch.setattr(remote_folder, "_cache", lambda: tmp_path / "cache")

    async def story(address: str) -> Path:
        return await remote_folder.download(address, lambda share, what: told.append((share, what)))

    return lambda address: kit.run(lambda: story(address))


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_download_brings_what_a_reader_opens_whatever_it_is_called_and_tells_how_far_it_is(
    download: Callable[[str], Path], served: Path, tmp_path: Path, told: list[tuple[float, str]]
) -> None:
    folder = download(served.as_uri())
    assert folder.is_relative_to(tmp_path / "cache")
    assert files_in(folder) == {name: name.encode() for name in NAMES}
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == pytest.approx(1.0)
    assert told[0][1] == f"Listing {served.as_uri()}"


@pytest.mark.parametrize("encoded", [True, False])
def test_download_of_a_folder_takes_its_address_as_it_is_typed_and_as_kit_writes_it(
    download: Callable[[str], Path], tmp_path: Path, encoded: bool
) -> None:
    folder = tmp_path / "a #1? 5% b"
    folder.mkdir()
    (folder / "0.json").write_bytes(b"{}")
    here = download(folder.as_uri() if encoded else f"file://{folder}")
    assert files_in(here) == {"0.json": b"{}"} and here.name == "a _1_ 5_ b"


def test_download_again_reads_only_what_has_changed_and_drops_what_has_gone(
    download: Callable[[str], Path], served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.client

    read, real = [], omni.client.read_file_async

    async def reading(url: str) -> Any:
        read.append(url)
        return await real(url)

    download(served.as_uri())
    monkeypatch.setattr(omni.client, "read_file_async", reading)
    download(served.as_uri())
    assert read == []
    (served / "rgb" / "0.png").unlink()
    (served / "0_metadata.json").write_bytes(b"longer than it was before")
    folder = download(served.as_uri())
    assert read == [f"{served.as_uri()}/0_metadata.json"]
    assert files_in(folder)["0_metadata.json"] == b"longer than it was before" and "rgb/0.png" not in files_in(folder)


def test_download_of_what_is_not_there_says_so(download: Callable[[str], Path], tmp_path: Path) -> None:
    address = (tmp_path / "nothing").as_uri()
    with pytest.raises(DatasetError, match=re.escape(f"{address} cannot be listed (not found): choose a folder")):
        download(address)


def test_download_of_a_file_that_goes_meanwhile_says_which(
    download: Callable[[str], Path], served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.client

    real = omni.client.list_async

    async def listing(url: str) -> Any:
        answer = await real(url)
        (served / "0_metadata.json").unlink(missing_ok=True)
        return answer

    monkeypatch.setattr(omni.client, "list_async", listing)
    with pytest.raises(DatasetError, match=r"0_metadata\.json cannot be read \(not found\)"):
        download(served.as_uri())


def test_download_of_folders_within_folders_is_refused(download: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "deep" / "a" / "b" / "c" / "d" / "e").mkdir(parents=True)
    with pytest.raises(DatasetError, match="has too many levels of folders"):
        download((tmp_path / "deep").as_uri())


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b"])
def test_download_keeps_no_file_outside_of_its_folder(
    download: Callable[[str], Path], served: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    import omni.client

    class Entry:
        relative_path, flags, size, modified_time = f"{name}/x.png", 0, 1, datetime.datetime(2026, 1, 1)

    async def listing(url: str) -> Any:
        return omni.client.Result.OK, (Entry,)

    monkeypatch.setattr(omni.client, "list_async", listing)
    with pytest.raises(DatasetError, match="holds a file named"):
        download(served.as_uri())


@pytest.mark.parametrize("year", [1, 1601, 9999])
def test_file_of_an_impossible_time_has_one_that_can_be_kept(kit: Kit, year: int) -> None:
    kit.start("boxfit_kit.window")
    from boxfit_kit.window.remote_folder import _seconds

    assert _seconds(datetime.datetime(year, 1, 1)) >= 0.0


def test_server_that_never_answers_is_given_up_with_a_sentence(
    download: Callable[[str], Path], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boxfit_kit.window.remote_folder.ANSWERS_WITHIN", 1.0)
    with pytest.raises(DatasetError, match=re.escape(f"{silent}: no answer within 1 s; check that the server")):
        download(silent)


async def test_download_that_is_cancelled_ends(kit: Kit, silent: str) -> None:
    kit.start("boxfit_kit.window")
    import omni.kit.app

    from boxfit_kit.window.remote_folder import download

    before = kit.leftovers()
    task = asyncio.ensure_future(download(silent, lambda share, what: None))
    for _ in range(20):
        await omni.kit.app.get_app().next_update_async()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert kit.leftovers() == before


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("omniverse://server/..", "views"),
        ("omniverse://server/a%2F..%2F..", "a_.._"),
        ("omniverse://server/My%20Views/", "My Views"),
        ("omniverse://server/views%3F2", "views_2"),
    ],
)
def test_cache_of_an_address_lies_inside_of_kits_cache(kit: Kit, address: str, name: str) -> None:
    kit.start("boxfit_kit.window")
    from boxfit_kit.window.remote_folder import _cache, cache_folder

    folder = cache_folder(address)
    assert folder.name == name and folder.parents[2] == _cache()


async def test_stage_that_is_not_there_or_on_a_silent_server_is_refused_with_a_sentence(
    kit: Kit, host: Any, silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_stage(new_stage(tmp_path / "scene.usda"))
    monkeypatch.setattr("boxfit_kit.window.remote_folder.ANSWERS_WITHIN", 1.0)
    with pytest.raises(StageError, match=r"nothing\.usda cannot be opened \(not found\)"):
        await host.open(tmp_path / "nothing.usda")
    with pytest.raises(DatasetError, match="no answer within 1 s"):
        await host.open(Path(silent))
    await host.open(tmp_path / "scene.usda")
    assert not kit.errors


async def test_panel_on_a_dataset_of_a_silent_server_can_be_stopped_and_goes_on_with_another(
    kit_screen: KitScreen, driver: Any, silent: str, tmp_path: Path, pictures: Path
) -> None:
    file = Path(box_stage(tmp_path / "stage").GetRootLayer().realPath)
    kit_screen.kit.start("boxfit_kit.window")
    await kit_screen.open(file)
    await kit_screen.show_window(driver)
    model = kit_screen.model
    await driver.wait(lambda: model.source.state == "ready")
    await driver.type("source.folder", silent)
    await driver.wait(lambda: model.source.state == "reading")
    await driver.settle()
    assert driver.text_of("source.message") == f"Downloading {silent}"
    await driver.picture(pictures / "kit-downloading.png")
    await driver.click("source.stop")
    assert driver.text_of("source.error").startswith("reading the views was stopped")
    assert not driver.exists("source.stop")
    await driver.type("source.folder", "")
    await driver.wait(lambda: model.source.state == "ready")
