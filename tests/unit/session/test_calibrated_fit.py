"""Fits of views whose cameras are wrong: mended, or reported."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import ContradictionError
from boxfit.session.session import Session
from boxfit.settings import FitSettings

from bench.cameras import render_mask
from tests.folders import cameras_around, metadata_of, write_view
from tests.scenes import BOX, BOX_FACES, box_silhouettes, disturbed


def write_views(folder: Path, degrees: float) -> None:
    cameras = cameras_around(16, resolution=(256, 256))
    for index, view in enumerate(disturbed(box_silhouettes(BOX, cameras), degrees)):
        mask = render_mask(BOX.corners, BOX_FACES, cameras[index]).astype(np.int32)
        write_view(folder, index, metadata_of(view.camera), semantic=mask)


def fitted(folder: Path, **settings) -> Session:
    session = Session(folder, fit_settings=FitSettings(method="contact", **settings))
    assert list(session.fit())
    return session


def test_fit_of_poses_off_by_half_a_degree_mends_them_for_everything_after(tmp_path: Path) -> None:
    write_views(tmp_path / "views", 0.5)
    with pytest.raises(ContradictionError):
        fitted(tmp_path / "views", calibrate="off")
    session = fitted(tmp_path / "views")
    (result,) = session.results
    np.testing.assert_allclose(np.sort(result.box.size), np.sort(BOX.size), rtol=0.03)
    assert result.calibration.changed and result.warnings[0] == result.calibration.warnings[0]
    assert result.observations.silhouettes == result.silhouettes == result.calibration.silhouettes
    given = session.source.observations(result.labelled).silhouettes
    assert not set(given) & set(result.silhouettes) and "cameras" in result.seconds


def test_fit_of_exact_cameras_keeps_what_was_read(tmp_path: Path) -> None:
    write_views(tmp_path / "views", 0)
    session = fitted(tmp_path / "views")
    (result,) = session.results
    assert result.observations is session.source.observations(result.labelled)
    assert not result.calibration.changed and not result.calibration.warnings


def test_fit_of_poses_that_cannot_be_mended_reports_the_contradiction(tmp_path: Path) -> None:
    write_views(tmp_path / "views", 5.0)
    with pytest.raises(ContradictionError, match="contradict each other"):
        fitted(tmp_path / "views")
