"""Batches whose sources, or results, or both are in a store, which may fail at any file."""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from boxfit.batches.processes import Processes
from boxfit.batches.records import SCHEMA, read_records
from boxfit.batches.run import run_batch, summarise_batch
from boxfit.batches.store import StoreError
from boxfit.errors import DatasetError, OutputError
from boxfit.sample import make_sample
from boxfit.usd.cube import find_boxes
from boxfit.usd.stage import open_stage

from tests.conftest import skip_or_fail
from tests.unit.batches.conftest import QUICK, Inline

if find_spec("fsspec") is None:
    skip_or_fail("fsspec", 'fsspec is not installed: pip install "usd-boxfit[fsspec]"', whole_file=True)

from fsspec import filesystem, register_implementation
from fsspec.implementations.memory import MemoryFileSystem

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
ALL = ["a", "b/c", "b/d", "e"]


class Frail(MemoryFileSystem):
    """Store in memory that cannot read or write files whose names have a certain end."""

    protocol = "frail"
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    broken: tuple[str, ...] = ()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return MemoryFileSystem._strip_protocol(path.replace("frail://", "memory://"))

    def get_file(self, rpath: str, lpath: str, **options: Any) -> None:
        self._check(rpath)
        super().get_file(rpath, lpath, **options)

    def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
        self._check(rpath)
        super().put_file(lpath, rpath, **options)

    def _check(self, path: str) -> None:
        if self.broken and path.endswith(self.broken):
            raise ConnectionResetError("the connection was reset")


def put_all(files: Frail, folder: Path, to: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            files.pipe(f"{to}/{path.relative_to(folder).as_posix()}", path.read_bytes())


@pytest.fixture
def store(tree: Path) -> Iterator[Frail]:
    """Return a store with the datasets below /data."""
    register_implementation("frail", Frail, clobber=True)
    files: Frail = filesystem("frail")
    files.store.clear()
    put_all(files, tree, "/data")
    yield files
    Frail.broken = ()
    files.store.clear()


@pytest.fixture
def again(store: Frail, inline: Inline) -> Callable[..., tuple[list[str], Any]]:
    """Function that runs the batch from store to store, and returns the sources that were fitted with the summary."""

    def call(output: Any = "frail://out", **options: Any) -> tuple[list[str], Any]:
        summary = run_batch("frail://data", output, QUICK, executor=inline, **options)
        return inline.fitted, summary

    return call


def records(store: Frail, name: str = "results.jsonl") -> list[dict[str, Any]]:
    found = [json.loads(line) for line in store.cat(f"/out/{name}").splitlines()]
    for record in found:
        VALIDATOR.validate(record)
    return found


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "seconds": None, "inputs": None, "elsewhere": None}


def test_results_are_those_of_a_folder(again: Any, store: Frail, tree: Path, tmp_path: Path, inline: Inline) -> None:
    fitted, summary = again(exports=["json"])
    assert fitted == ALL and (summary.fitted, summary.output) == (4, "frail://out")
    run_batch(tree, tmp_path / "out", QUICK, executor=inline, exports=["json"])
    assert list(map(comparable, records(store))) == list(map(comparable, read_records(tmp_path / "out")))
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {name.removeprefix("/out/") for name in store.find("/out")} == names
    store.get("/out/boxes/b/c.usda", str(tmp_path / "c.usda"))
    fetched, expected = (open_stage(path) for path in (tmp_path / "c.usda", tmp_path / "out/boxes/b/c.usda"))
    (path,) = find_boxes(fetched)
    prims = fetched.GetPrimAtPath(path), expected.GetPrimAtPath(path)
    verdicts = {prim.GetAttribute("boxfit:verdict").Get() for prim in prims}
    assert len(verdicts) == 1 and not prims[0].HasAttribute("boxfit:source")  # The copy is gone.


def test_second_run_leaves_all_alone_but_what_has_changed(again: Any, store: Frail) -> None:
    again()
    before = store.cat("/out/results.jsonl")
    fitted, summary = again()
    assert fitted == [] and (summary.unchanged, summary.on_record) == (4, 4)
    assert store.cat("/out/results.jsonl") == before
    store.pipe("/data/b/c/new.txt", b"1")
    assert again()[0] == ["b/c"]
    assert [record["attempt"] for record in records(store)] == [1, 1, 1, 1, 2]


def test_sources_in_a_store_may_have_results_in_a_folder(again: Any, tmp_path: Path) -> None:
    assert again(tmp_path / "out")[0] == ALL and again(tmp_path / "out")[0] == []
    assert (tmp_path / "out/boxes/b/d.usda").is_file() and (tmp_path / "out/index.html").is_file()


def test_file_that_cannot_be_fetched_is_a_failure_until_the_next_run(again: Any, store: Frail) -> None:
    Frail.broken = ("/data/b/c/2_semantic.npy",)
    fitted, summary = again()
    assert fitted == ALL and summary.kinds == {"StoreError": 1}
    (failed,) = (record for record in records(store) if record["status"] == "failed")
    assert failed["source"] == "b/c" and failed["inputs"] is None
    assert failed["error"].startswith("frail://data failed at b/c/") and "connection was reset" in failed["error"]
    Frail.broken = ()
    assert again()[0] == ["b/c"] and {record["status"] for record in records(store)[-1:]} == {"fitted"}


def test_box_that_cannot_be_put_up_is_not_on_record_as_fitted(again: Any, store: Frail) -> None:
    Frail.broken = ("/out/thumbnails/e.1.jpg",)
    again()
    assert [record["source"] for record in records(store) if record["status"] == "failed"] == ["e"]
    Frail.broken = ()
    assert again()[0] == ["e"] and store.exists("/out/thumbnails/e.1.jpg")


def test_run_whose_records_cannot_be_put_up_says_so_and_the_next_one_makes_them(again: Any, store: Frail) -> None:
    Frail.broken = ("/out/results.jsonl",)
    with pytest.raises(StoreError, match=r"frail://out failed at results\.jsonl .*run the same command again"):
        again()
    assert not store.exists("/out/results.jsonl")
    Frail.broken = ()
    assert again()[0] == ALL and len(records(store)) == 4


def test_run_that_fails_puts_up_what_it_has_recorded(again: Any, store: Frail) -> None:
    def fail(summary: Any, _: Any) -> None:
        if summary.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        again(callback=fail)
    assert [record["source"] for record in records(store)] == ALL[:3]
    assert again()[0] == ["e"]


def test_run_that_records_nothing_leaves_the_records_in_the_store(again: Any, store: Frail) -> None:
    again()
    before = store.modified("/out/results.jsonl")
    with pytest.raises(OutputError, match="is no format of boxes"):
        again(exports=["obj"])
    with pytest.raises(DatasetError, match=r"gone\.txt cannot be read"):
        again(manifest=Path("gone.txt"))
    assert again()[0] == [] and store.modified("/out/results.jsonl") == before


def test_results_within_the_root_are_no_sources_and_no_inputs(again: Any, store: Frail, inline: Inline) -> None:
    for fitted in (ALL, []):
        assert again("frail://data/results/", exports=["replicator"])[0] == fitted
    for fitted in (["."], []):
        run_batch("frail://data/a", "frail://data/a/out", QUICK, executor=inline)
        assert inline.fitted == fitted
    with pytest.raises(OutputError, match="frail://data holds the datasets too"):
        again("frail://data")


def test_summary_has_the_records_of_all_shards(again: Any, store: Frail) -> None:
    for part in ((1, 2), (2, 2)):
        again(part=part)
    assert len(records(store, "results-1-of-2.jsonl")) == len(records(store, "results-2-of-2.jsonl")) == 2
    assert store.cat("/out/summary.csv").count(b"\n") == 5
    store.rm("/out/summary.csv")
    summarise_batch("frail://out")
    assert store.cat("/out/summary.csv").count(b"\n") == 5


def test_stage_of_a_manifest_is_fetched_with_its_folder(again: Any, store: Frail, tmp_path: Path) -> None:
    put_all(store, make_sample(tmp_path / "sample").parent, "/data/sample")
    manifest = tmp_path / "list.txt"
    manifest.write_text("sample/scene.usda\n", encoding="utf-8")
    assert again(manifest=manifest)[0] == ["sample/scene.usda"] and again(manifest=manifest)[0] == []
    assert records(store)[0]["status"] == "fitted"


def test_messages_name_the_address_and_not_the_copy(again: Any, store: Frail) -> None:
    for name in store.glob("/data/e/*.npy"):
        store.pipe(name, b"damaged")
    again()
    (failed,) = (record for record in records(store) if record["status"] == "failed")
    assert failed["error"].startswith("frail://data/e: fewer than two views can be used")


def test_store_without_datasets_or_files_says_so(store: Frail, inline: Inline) -> None:
    with pytest.raises(DatasetError, match="frail://gone holds no files: name another folder"):
        run_batch("frail://gone", "frail://out", executor=inline)
    store.pipe("/other/notes.txt", b"1")
    with pytest.raises(DatasetError, match="holds no dataset of a known format"):
        run_batch("frail://other", "frail://out", executor=inline)


def test_name_that_leads_out_of_the_root_ends_the_run(store: Frail, again: Any) -> None:
    store.store["/data/a/../../../b.json"] = store.store["/data/a/0_metadata.json"]
    with pytest.raises(StoreError, match=r"'a/\.\./\.\./\.\./b\.json' is no name that a file can have here"):
        again()


def test_collection_of_results_in_a_store_is_refused(again: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"all\.usda cannot refer to stages in frail://out"):
        again(collect=tmp_path / "all.usda")


def test_processes_fetch_and_put_up_by_themselves(tree: Path, tmp_path: Path) -> None:
    url = tmp_path.as_uri().replace("file:", "local:")
    summary = run_batch(f"{url}/tree", f"{url}/out", QUICK, executor=Processes(2))
    assert summary.fitted == 4 and len(list(read_records(tmp_path / "out"))) == 4
    assert all((tmp_path / "out/boxes" / f"{name}.usda").is_file() for name in ALL)
