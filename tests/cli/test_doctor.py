"""Checks of the command `doctor`, with and without optional packages."""

import pytest
from boxfit.cli import doctor


def findings() -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine()}


def take_out(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Have every package installed but one."""
    monkeypatch.setattr(doctor, "installed_version", lambda package: None if package == missing else "1.0")


def test_examine_without_torch_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    take_out(monkeypatch, "torch")
    monkeypatch.setattr("boxfit.render.registry.find_spec", lambda name: None)
    checks = findings()
    for name in ("torch", "renderer dibr", "renderer kaolin"):
        assert checks[name].state == "missing"
    assert checks["torch"].remedy == "pip install torch"
    assert "kaolin.readthedocs.io" in checks["renderer kaolin"].remedy


def test_examine_without_scipy_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    take_out(monkeypatch, "scipy")
    assert findings()["scipy"].state == "wrong"
    assert findings()["numpy"].state == "ok"


@pytest.mark.parametrize(("running", "state"), [((3, 9), "wrong"), ((3, 10), "ok"), ((3, 12), "ok"), ((3, 15), "ok")])
def test_examine_python_wants_3_10_or_later(
    running: tuple[int, int], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.version_info", (*running, 1, "final", 0))
    assert doctor._check_python().state == state


def test_examine_without_the_panels_toolkit_gives_the_reason_as_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "unavailable_reason", lambda display=True: "it needs this: do that")
    assert findings()["panel"] == doctor.Check("panel", "missing", "cannot run here", "it needs this: do that")


def test_examine_without_a_display_reports_that_screenshots_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed_version", lambda package: "1.0")
    monkeypatch.setattr(doctor, "unavailable_reason", lambda display=True: "use --screenshot" if display else None)
    panel = findings()["panel"]
    assert (panel.state, panel.remedy) == ("ok", "use --screenshot")
    assert "1.0" in panel.found


def test_examine_in_an_application_that_has_omni_ui_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    take_out(monkeypatch, "ovui")
    monkeypatch.setattr(doctor, "find_spec", lambda name: object())
    assert findings()["panel"].state == "ok"
