"""Sources: search of a tree, manifests, shards, and the names of a source's files."""

import os
from itertools import chain
from pathlib import Path

import pytest
from boxfit.batches.sources import find_sources, list_tasks, name_source, read_manifest, shard, source_key
from boxfit.errors import BoxfitError
from boxfit.sample import make_sample_folder

from tests.folders import write_box_views

FORMATS = ("data-generator", "replicator", "transforms", "colmap", "bop", "plain")


def names(root: Path, **options: object) -> list[str]:
    return [name_source(path, root) for path in find_sources(root, **options)]  # type: ignore[arg-type]


def test_find_datasets_at_any_depth_does_not_search_within_them(tree: Path) -> None:
    write_box_views(tree / "a" / "inner")
    (tree / "empty" / "deeper").mkdir(parents=True)
    assert names(tree) == ["a", "b/c", "b/d", "e"]
    assert names(tree / "a") == ["."]


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "data-generator"])
def test_find_datasets_of_every_format(tmp_path: Path, name: str) -> None:
    make_sample_folder(tmp_path / "tree" / "asset", name)  # type: ignore[arg-type]
    assert names(tmp_path / "tree") == ["asset"] == names(tmp_path / "tree", name=name)
    assert names(tmp_path / "tree", name="data-generator") == []


def test_find_datasets_leaves_out_results_hidden_folders_and_links(tree: Path) -> None:
    for name in ("results/boxes", ".hidden"):
        (tree / name).mkdir(parents=True)
        write_box_views(tree / name)
    (tree / "link").symlink_to(tree / "b", target_is_directory=True)
    (tree / "b" / "loop").symlink_to(tree, target_is_directory=True)
    assert names(tree, output=tree / "results") == ["a", "b/c", "b/d", "e"]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_find_folder_that_cannot_be_read_counts_as_a_source(tree: Path) -> None:
    (tree / "b").chmod(0)
    try:
        assert names(tree) == ["a", "b", "e"]
    finally:
        (tree / "b").chmod(0o755)


def test_list_tasks_of_a_tree_without_datasets_says_so(tmp_path: Path) -> None:
    with pytest.raises(BoxfitError, match="holds no dataset of a known format"):
        list_tasks(tmp_path, tmp_path / "out", {})


def test_list_tasks_holds_settings_that_are_not_the_defaults(tree: Path) -> None:
    settings = {"align": "up", "seed": 0, "masks": Path("masks"), "source_up": "Z"}
    task = list_tasks(tree, tree / "out", settings)[0]
    assert task.settings == {"align": "up", "masks": "masks", "source_up": "Z"}


def test_read_manifest_gives_each_source_its_own_settings(tmp_path: Path) -> None:
    manifest = tmp_path / "list.txt"
    lines = ["# comment", "", "b", '{"source": "a/scene.usda", "align": "free", "seed": 3, "source_units": 1}', " c/ "]
    manifest.write_text("\n".join(lines), encoding="utf-8-sig")
    tasks = list_tasks(tmp_path, tmp_path / "out", {"align": "up"}, manifest)
    assert [task.source for task in tasks] == ["a/scene.usda", "b", "c"]
    assert [task.settings for task in tasks] == [
        {"align": "free", "seed": 3, "source_units": 1},
        {"align": "up"},
        {"align": "up"},
    ]


def test_read_manifest_takes_several_labels_and_records_a_list(tmp_path: Path) -> None:
    manifest = tmp_path / "list.txt"
    manifest.write_text('{"source": "a", "label": ["mug", 5], "skip": "floor", "source_up": "z"}', encoding="utf-8")
    (task,) = list_tasks(tmp_path, tmp_path / "out", {"skip": ("wall", "floor")}, manifest)
    assert task.settings == {"label": ["mug", 5], "skip": "floor", "source_up": "Z"}
    manifest.write_text("a", encoding="utf-8")
    (task,) = list_tasks(tmp_path, tmp_path / "out", {"skip": ("wall", "floor")}, manifest)
    assert task.settings == {"skip": ["wall", "floor"]}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"align": "up"}', "it names no source"),
        ('{"source": "b", "align": "sideways"}', "align is 'sideways': choose one of"),
        ('{"source": "b", "alignment": "up"}', "no setting is called alignment"),
        ('{"source": "b", "seed": "3"}', "seed is '3': give an integer"),
        ('{"source": "b", "seed": true}', "seed is True: give an integer"),
        ('{"source": "b", "split": 1}', "split is 1: give true or false"),
        ('{"source": "b", "label": {"a": 1}}', "label is .*: give a text or an integer or a list"),
        ('{"source": "b", "label": [1.5]}', "label is .*: give the name or id of a label"),
        ('{"source": "b", "views": ["0"]}', r"views is \['0'\]: give a text or null"),
        ('{"source": "b", "source_units": NaN}', "source_units is nan"),
        ('{"source": "b"', "line 2: Expecting"),
        ("./a", "./a is in line 1 already"),
    ],
)
def test_read_manifest_with_a_wrong_line_names_it(tmp_path: Path, line: str, found: str) -> None:
    manifest = tmp_path / "list.txt"
    manifest.write_text(f"a\n{line}\n", encoding="utf-8")
    with pytest.raises(BoxfitError, match=found) as error:
        read_manifest(manifest, tmp_path, {})
    assert str(error.value).startswith(f"{manifest}, line 2: ")


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe\x00", None])
def test_read_manifest_without_sources_is_refused(tmp_path: Path, content: bytes | None) -> None:
    manifest = tmp_path / "list.txt"
    if content is not None:
        manifest.write_bytes(content)
    with pytest.raises(BoxfitError, match=r"list\.txt (lists no source|cannot be read)"):
        read_manifest(manifest, tmp_path, {})


def test_shards_share_all_sources_among_them() -> None:
    tasks = list(range(10))
    parts = [shard(tasks, index, 3) for index in (1, 2, 3)]
    assert sorted(chain(*parts)) == tasks and parts[1] == [1, 4, 7]


def test_name_source_outside_the_root_is_absolute(tmp_path: Path) -> None:
    assert name_source(tmp_path / "root" / ".." / "other", tmp_path / "root") == (tmp_path / "other").as_posix()
    assert name_source(tmp_path / "root" / "a" / ".", tmp_path / "root") == "a"


def test_source_key_is_the_relative_path_where_files_can_have_it() -> None:
    root = Path("/data/renders")
    assert source_key("a/b c.d", root) == "a/b c.d"
    for source in (".", "../a", "/a", "C:/a", "a/..", "a\\b:c", "a/ .", "x" * 300, "a//b", "a/\udcff"):
        key = source_key(source, root)
        parts = key.split("/")
        assert ".." not in parts and "" not in parts and max(map(len, parts)) < 200
        assert key == source or key[-9] == "-"
    sources = ["a/b", "../a/b", "/a/b", "a:b", "a_b", "a?b", "x" * 300, "x" * 301]
    assert len({source_key(source, root) for source in sources}) == len(sources)
