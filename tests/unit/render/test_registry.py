import sys

import pytest
from boxfit.errors import RendererError
from boxfit.render import registry
from boxfit.render.registry import RENDERERS, make_renderer, needs_torch, not_installed_reason, unavailable_reason

from tests.scenes import box_silhouettes


@pytest.fixture
def silhouettes():
    return box_silhouettes()[:2]


@pytest.fixture
def without(monkeypatch):
    """Hide modules from `find_spec`."""

    def hide(*names):
        real = registry.find_spec
        monkeypatch.setattr(registry, "find_spec", lambda name: None if name in names else real(name))

    return hide


def test_make_auto_without_kaolin_gives_area_without_loading_torch(silhouettes, without, monkeypatch):
    without("kaolin")
    monkeypatch.setattr(registry, "_torch_renderer", lambda name: pytest.fail("loaded torch"))
    assert make_renderer("auto", silhouettes).name == "area"


def test_make_auto_where_kaolin_works_gives_kaolin(silhouettes, monkeypatch):
    class Working:
        name = "kaolin"

        def __init__(self, silhouettes, sigmainv, boxlen):
            self.settings = sigmainv, boxlen

        @staticmethod
        def unavailable_reason():
            return None

    monkeypatch.setattr(registry, "find_spec", lambda name: object())
    monkeypatch.setattr(registry, "_torch_renderer", lambda name: Working)
    renderer = make_renderer("auto", silhouettes, sigmainv=3000, boxlen=0.1)
    assert renderer.name == "kaolin" and renderer.settings == (3000, 0.1)


@pytest.mark.parametrize("name", ["dibr", "kaolin"])
def test_make_without_torch_fails_with_what_to_install(silhouettes, without, name):
    without("torch")
    with pytest.raises(RendererError, match=r"'" + name + r"' cannot run here: PyTorch is not installed: pip install"):
        make_renderer(name, silhouettes)


@pytest.mark.parametrize("error", [OSError, RuntimeError, AttributeError])
def test_make_where_torch_does_not_load_fails_with_the_reason(silhouettes, monkeypatch, error):
    def broken(name):
        raise error("libcudart.so is missing")

    monkeypatch.setattr(registry, "find_spec", lambda name: object())
    monkeypatch.setattr(registry, "_torch_renderer", broken)
    with pytest.raises(RendererError, match=r"cannot be used.*libcudart"):
        make_renderer("dibr", silhouettes)


def test_make_kaolin_without_kaolin_names_the_installation_page(silhouettes, torch_module, monkeypatch):
    from boxfit.render.dibr_kaolin import RendererKaolin

    RendererKaolin.unavailable_reason.cache_clear()
    monkeypatch.setitem(sys.modules, "kaolin", None)
    monkeypatch.setattr(torch_module.cuda, "is_available", lambda: False)
    with pytest.raises(RendererError) as caught:
        make_renderer("kaolin", silhouettes)
    RendererKaolin.unavailable_reason.cache_clear()
    message = str(caught.value)
    assert "\n" not in message
    for part in ("PyTorch", "kaolin is not installed", "https://kaolin.readthedocs.io", "the renderer area"):
        assert part in message


def test_make_dibr_on_missing_device_fails_with_the_device(silhouettes, torch_module):
    with pytest.raises(RendererError, match="no device 'cuda:99'"):
        make_renderer("dibr", silhouettes, device="cuda:99")


def test_area_is_always_available():
    assert unavailable_reason("area") is None and "area" in RENDERERS


@pytest.mark.parametrize(
    ("installed", "dibr", "kaolin", "auto_loads"),
    [
        ((), "PyTorch is not installed", "PyTorch is not installed", False),
        (("torch",), None, "kaolin is not installed", False),
        (("torch", "kaolin"), None, None, True),
    ],
)
def test_not_installed_reason_and_needs_torch_load_nothing(monkeypatch, installed, dibr, kaolin, auto_loads):
    monkeypatch.setattr(registry, "find_spec", lambda name: name if name in installed else None)
    monkeypatch.setattr(registry, "_torch_renderer", None)
    for name, expected in (("area", None), ("auto", None), ("dibr", dibr), ("kaolin", kaolin)):
        reason = not_installed_reason(name)
        assert reason is None if expected is None else reason.startswith(expected)
    assert [needs_torch(name) for name in ("area", "dibr", "kaolin", "auto")] == [False, True, True, auto_loads]


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2 GiB\nadvice"),
            "CUDA out of memory. Tried to allocate 2 GiB",
        ),
        (MemoryError(), "MemoryError"),
    ],
)
def test_make_where_the_memory_does_not_suffice_fails_with_what_to_do(silhouettes, monkeypatch, error, found):
    class Full:
        def __init__(self, silhouettes, sigmainv, boxlen):
            raise error

        unavailable_reason = staticmethod(lambda: None)

    monkeypatch.setattr(registry, "find_spec", lambda name: object())
    monkeypatch.setattr(registry, "_torch_renderer", lambda name: Full)
    with pytest.raises(RendererError) as caught:
        make_renderer("kaolin", silhouettes)
    message = str(caught.value)
    assert message.startswith(f"PyTorch failed ({found}): close programs") and message.endswith("the renderer area")
