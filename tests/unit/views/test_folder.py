"""Tests of the reader of folders: detection of the format, and messages for folders without views."""

import pytest
from boxfit.errors import DatasetError
from boxfit.session.reading import read_source
from boxfit.settings import InputSettings
from boxfit.views.folder import read_folder
from boxfit.views.silhouettes import silhouettes
from PIL import Image

from tests.basic_writer import PAIR, write_box_frames
from tests.folders import write_box_views
from tests.stages import generator_stage


def test_read_folder_takes_either_format(tmp_path) -> None:
    write_box_views(tmp_path / "generator", 3)
    write_box_frames(tmp_path / "replicator", 4)
    assert [view.name for view in read_folder(tmp_path / "generator").views] == ["0", "1", "2"]
    assert [view.name for view in read_folder(tmp_path / "replicator").views] == ["0000", "0001", "0002", "0003"]
    assert read_folder(tmp_path / "generator", class_names={1: "mug"}).objects[0].label.name == "mug"


def test_read_folder_of_both_formats_raises(tmp_path) -> None:
    write_box_views(tmp_path, 3)
    write_box_frames(tmp_path, 3)
    with pytest.raises(DatasetError, match=r"files of two formats .*\(format data-generator or replicator\)"):
        read_folder(tmp_path)
    assert read_folder(tmp_path, InputSettings(format="replicator")).format == "replicator"


def test_read_folder_of_neither_format_says_what_was_found_and_what_is_expected(tmp_path) -> None:
    with pytest.raises(DatasetError, match=r"holds no views \(it is empty\).*Data Generator: its out_dir, with 0_"):
        read_folder(tmp_path)
    for name in ("a.png", "b.txt", "c", "d", "e", "f"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(DatasetError, match=r"\(it holds a\.png, b\.txt, c, d and 2 more\).*camera_params_0000\.json"):
        read_folder(tmp_path)


@pytest.mark.parametrize("write", [write_box_views, write_box_frames])
def test_read_folder_that_has_the_views_in_a_folder_names_it(tmp_path, write) -> None:
    (tmp_path / "another").mkdir()
    write(tmp_path / "inner", 2)
    with pytest.raises(DatasetError, match="holds no views, but its folder inner does: name that folder"):
        read_folder(tmp_path)


def test_read_folder_that_has_views_in_several_folders_names_them(tmp_path) -> None:
    for name in ("a", "b"):
        write_box_views(tmp_path / name, 2)
    with pytest.raises(DatasetError, match="holds no views, but its folders a, b do: name one of them"):
        read_folder(tmp_path)


def test_read_source_takes_the_unit_that_the_files_state_unless_the_user_says_another(tmp_path) -> None:
    write_box_frames(tmp_path / "views", 3, unit=0.001)
    assert read_source(tmp_path / "views").world.meters_per_unit == 0.001
    assert read_source(tmp_path / "views").with_overrides(InputSettings(source_units=2.5)).world.meters_per_unit == 2.5
    generator_stage(tmp_path / "stage")
    stage = tmp_path / "stage" / "scene.usda"
    found = read_source(stage, InputSettings(data=tmp_path / "views"))
    assert (found.world.up_axis, found.world.meters_per_unit) == ("Y", 0.001)
    overridden = read_source(stage, InputSettings(data=tmp_path / "views")).with_overrides(
        InputSettings(source_units=2.5)
    )
    assert overridden.world.meters_per_unit == 2.5


def test_read_views_that_share_a_picture_decodes_it_once(tmp_path, monkeypatch) -> None:
    write_box_frames(tmp_path, 4, PAIR)
    opened = []
    decode = Image.open
    monkeypatch.setattr(Image, "open", lambda file, **options: opened.append(file.name) or decode(file, **options))
    dataset = read_folder(tmp_path)
    assert [len(silhouettes(labelled).silhouettes) for labelled in dataset.objects] == [4, 4]
    assert len(opened) == len(set(opened)) == 4


def test_read_source_names_every_file_behind_a_view(tmp_path) -> None:
    write_box_frames(tmp_path / "views", 2, boxes=True)
    named = {path.name for what, path in read_source(tmp_path / "views").files if path.is_file()}
    assert named == {path.name for path in (tmp_path / "views").iterdir()} - {"metadata.txt"}
