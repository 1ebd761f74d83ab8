"""Folders of a store: their files, and what is said where it fails."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from boxfit.batches.store import Store, StoreError, folder_or_url, local_place
from boxfit.errors import RequirementError

from tests.conftest import skip_or_fail

if find_spec("fsspec") is None:
    skip_or_fail("fsspec", 'fsspec is not installed: pip install "usd-boxfit[fsspec]"', whole_file=True)


@pytest.fixture
def memory() -> Iterator[Any]:
    """Return fsspec's file system in memory, without files."""
    import fsspec

    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("data/renders", Path("data/renders")),
        (Path("data"), Path("data")),
        ("C:\\data", Path("C:\\data")),
        ("s3://bucket/data", "s3://bucket/data"),
        (Path("s3://bucket/data"), "s3://bucket/data"),
        ("local:///data", "local:///data"),
        ("file:///data/my%20renders", Path("/data/my renders")),
    ],
)
def test_addresses_are_told_from_folders(text: str | Path, place: Path | str) -> None:
    assert folder_or_url(text) == place


def test_files_of_a_folder_are_all_below_it_and_those_of_a_file_all_beside_it(memory: Any) -> None:
    for name in ("a/0.json", "a/deep/1.npy", "ab/2.json"):
        memory.pipe(f"/data/{name}", b"12")
    store = Store("memory://data/")
    assert (store.name, store.url) == ("data", "memory://data")
    assert sorted(store.files("a")) == sorted(store.files("a/0.json")) == ["a/0.json", "a/deep/1.npy"]
    assert sorted(store.files()) == ["a/0.json", "a/deep/1.npy", "ab/2.json"]
    assert store.files("gone") == {}


def test_stamp_of_a_file_changes_with_its_content(memory: Any) -> None:
    memory.pipe("/data/a/0.json", b"12")
    before = Store("memory://data").files("a")
    assert Store("memory://data").files("a") == before
    memory.pipe("/data/a/0.json", b"34")
    assert Store("memory://data").files("a") != before


def test_files_are_fetched_and_put_under_their_names(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/data/a/deep/1.npy", b"12")
    store = Store("memory://data")
    store.fetch(["a/deep/1.npy"], tmp_path)
    assert (tmp_path / "a/deep/1.npy").read_bytes() == b"12"
    Store("memory://other").put(tmp_path, {"a/deep/1.npy": "b/2.npy"})
    assert memory.cat("/other/b/2.npy") == b"12"
    assert Store("memory://other").entries() == [] and Store("memory://other/b").entries() == ["2.npy"]
    assert Store("memory://gone").entries() == []


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "a/..", ""])
def test_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="is no name that a file can have here"):
        local_place(tmp_path, name)


def test_store_that_fails_is_named_with_the_file_and_the_reason(memory: Any, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"^memory://data failed at a/0\.json \(.*0\.json.*run the same command again"):
        Store("memory://data").fetch(["a/0.json"], tmp_path)


def test_address_of_no_known_kind_is_refused() -> None:
    with pytest.raises(StoreError, match=r"omniverse://server/data cannot be opened \(.*omniverse"):
        Store("omniverse://server/data")


def test_missing_package_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(RequirementError, match=r"^s3://bucket/data needs the package fsspec .*usd-boxfit\[fsspec\]"):
        Store("s3://bucket/data")
