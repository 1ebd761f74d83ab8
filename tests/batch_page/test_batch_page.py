"""The page of a batch in a real browser: sorted, filtered, looked through with mouse and keyboard, from the disk."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boxfit.batches.summary import write_summary

from tests.batch_records import cut, failed, fitted, many, wide, write_batch
from tests.conftest import skip_or_fail

if os.name == "nt":
    pytest.skip("the browser is driven over pipes that Windows does not have", allow_module_level=True)

from tests.browser import Browser, find_browser

NASTY = "</script><img src=x onerror=\"document.title='broken'\">{{name}}&amp;${1}"


def covered(least: float) -> dict[str, float]:
    return {"mean": 1.0, "least": least}


RECORDS = (
    fitted("kitchen/scan_2", "mug", volume=10.0, views=24, bound_width=0.02, coverage=covered(0.999)),
    fitted("kitchen/scan_10", "cup", volume=30.0, views=8, bound_width=0.01, coverage=covered(1.0)),
    wide("kitchen/scan_10", "kettle") | {"volume": 20.0, "views": 5, "coverage": covered(0.995)},
    cut("garage/scan_1", "drill") | {"volume": 5.0, "views": 12},
    failed("garage/scan_1", "clock", "/home/me/garage/scan_1: no view shows it"),
    failed("garage/broken", None, "cameras.json ends in the middle: copy it again", "Crash"),
)
LOOKS = ["(the whole source)", "clock", "kettle", "drill", "mug", "cup"]
"""Names in the order in which they need a look."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if find_browser() is None:
        skip_or_fail("browser", "neither Chromium nor Chrome is installed")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """Return a function that shows the page of a batch; its scripts must end without errors, and load local files."""

    def open_records(records: Any, pictures: bool = True) -> Browser:
        write_batch(tmp_path / "batch", records, pictures)
        write_summary(tmp_path / "batch")
        browser.open(tmp_path / "batch" / "index.html")
        browser.wait("!document.querySelector('main').hidden")
        return browser

    leave(browser)
    browser.requests.clear()
    browser.resize(1366, 768)
    browser.prefer("light")
    yield open_records
    assert browser.errors == []
    assert {request.split(":")[0] for request in browser.requests} <= {"file", "data"}


def leave(browser: Browser) -> None:
    """Leave the page, and forget its errors: those of files that a test has taken away."""
    browser.call("Page.navigate", url="about:blank")
    browser.wait("location.href === 'about:blank'")
    browser.errors.clear()


def names(browser: Browser) -> list[str]:
    return browser.run(
        "[...document.querySelectorAll('tr.object .name div div:first-child')].map((e) => e.textContent)"
    )


def sources(browser: Browser) -> list[str]:
    return browser.run("[...document.querySelectorAll('tr.object .name .dim')].map((e) => e.textContent)")


def text(browser: Browser, selector: str) -> str:
    return browser.run(f"document.querySelector({json.dumps(selector)}).innerText")


def show(browser: Browser, kind: str) -> None:
    browser.click(f"#kinds label:has([value={kind}])")


def search(browser: Browser, words: str) -> None:
    browser.run("document.getElementById('search').value = ''; document.getElementById('search').focus()")
    browser.type(words)


def opened(browser: Browser) -> str | None:
    """Return the title of the open detail, with its figures loaded, or None."""
    if not browser.run("document.getElementById('detail').open"):
        return None
    browser.wait("document.querySelector('#content .figures')")
    return text(browser, "#title")


def test_page_begins_with_what_needs_a_look_and_says_how_many(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    assert names(page) == LOOKS
    assert "4 fitted, 2 failures, 4 sources" in text(page, "#summary")
    kinds = "Show All 6 Look first 4 Failed 2 Wide bounds 1 Low coverage 1 Warnings 2 Fitted 4"
    assert " ".join(text(page, "#kinds").split()) == kinds
    assert page.run("document.title") == "batch: boxfit batch"
    notes = page.run("[...document.querySelectorAll('tr.object .note')].map((note) => note.innerText)")
    assert notes[:2] == ["Failed: cameras.json ends in the middle: copy it again", "Failed: no view shows it"]


@pytest.mark.parametrize(
    ("column", "direction", "order"),
    [
        ("size", "descending", ["cup", "kettle", "mug", "drill"]),
        ("views", "descending", ["mug", "drill", "cup", "kettle"]),
        ("bounds", "descending", ["kettle", "drill", "mug", "cup"]),
        ("coverage", "ascending", ["drill", "kettle", "mug", "cup"]),
    ],
)
def test_column_sorts_both_ways_with_failures_last(
    open_page: Callable[..., Browser], column: str, direction: str, order: list[str]
) -> None:
    page = open_page(RECORDS)
    page.click(f"#heads .{column} button")
    assert names(page) == [*order, "(the whole source)", "clock"]
    assert page.run(f"heads.{column}.getAttribute('aria-sort')") == direction
    page.click(f"#heads .{column} button")
    assert names(page) == [*reversed(order), "(the whole source)", "clock"]
    assert page.run(f"heads.{column}.getAttribute('aria-sort')") != direction


def test_names_sort_by_the_numbers_in_them(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    page.click("#heads .name button")
    assert sources(page) == ["garage/broken", *["garage/scan_1"] * 2, "kitchen/scan_2", *["kitchen/scan_10"] * 2]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("look", LOOKS[:4]),
        ("failed", LOOKS[:2]),
        ("bounds", ["kettle"]),
        ("coverage", ["drill"]),
        ("warnings", ["kettle", "drill"]),
        ("fitted", LOOKS[2:]),
    ],
)
def test_kind_filters(open_page: Callable[..., Browser], kind: str, found: list[str]) -> None:
    page = open_page(RECORDS)
    show(page, kind)
    assert names(page) == found
    assert text(page, "#count") == f"{len(found)} of 6 shown"
    show(page, "all")
    assert names(page) == LOOKS


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("KITCHEN scan u", ["mug", "cup"]),
        ("scan_10", ["kettle", "cup"]),
        ("nothing sees it", ["kettle"]),
        ("ends in the middle", ["(the whole source)"]),
        ("kitchen drill", []),
    ],
)
def test_search_finds_all_words_in_names_and_messages(
    open_page: Callable[..., Browser], words: str, found: list[str]
) -> None:
    page = open_page(RECORDS)
    search(page, words)
    assert names(page) == found
    assert page.run("document.getElementById('none').hidden") is bool(found)


def test_search_and_kind_filter_together(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    show(page, "failed")
    search(page, "scan")
    assert names(page) == ["clock"]


def test_remark_on_whole_datasets_is_in_the_head_once_and_needs_no_look(open_page: Callable[..., Browser]) -> None:
    remark, other = "the dataset states no up axis: Y is assumed", f"crops: {NASTY}"
    calm = {"bound_width": 0.02, "coverage": covered(1.0)}
    records = [fitted(f"scan_{number}", "mug", remarks=[remark], **calm) for number in range(12)]
    page = open_page([*records, fitted("scan_20", "mug", remarks=[remark, other], **calm), failed("broken")])
    assert text(page, "#remarks").split("\n") == [
        f"All fitted objects: {remark}",
        f"1 of the fitted objects: {other}",
    ]
    assert names(page)[0] == "(the whole source)"
    show(page, "look")
    assert len(names(page)) == 1
    show(page, "warnings")
    assert names(page) == []
    show(page, "fitted")
    page.click("tr.object", 0)
    opened(page)
    assert f"Remarks\n{remark}" in text(page, "#content")


def test_head_without_remarks_is_as_high_as_its_line(open_page: Callable[..., Browser]) -> None:
    assert open_page(RECORDS).run("document.getElementById('remarks').hidden")


def test_format_filters_where_there_are_several(open_page: Callable[..., Browser]) -> None:
    page = open_page([*RECORDS, fitted("plain/scan", "bowl", format="plain")])
    options = page.run("[...byId('format').options].map((option) => option.textContent)")
    assert options == ["any", "data-generator", "plain"]
    page.run("byId('format').value = 'plain'; byId('format').dispatchEvent(new Event('input', {bubbles: true}))")
    assert names(page) == ["bowl"]
    page.click("tr.object", 0)
    opened(page)
    assert "format\nplain" in text(page, "#content .figures")


def test_format_of_all_is_no_filter(open_page: Callable[..., Browser]) -> None:
    assert open_page(RECORDS).run("byId('format').parentNode.hidden")


def test_kind_of_failure_filters(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    page.run("byId('failure').value = 'Crash'; byId('failure').dispatchEvent(new Event('input', {bubbles: true}))")
    assert names(page) == ["(the whole source)"]


def test_click_opens_all_figures_of_an_object(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    record = RECORDS[2]
    page.click("tr.object", LOOKS.index("kettle"))
    assert opened(page) == "kettle"
    content = text(page, "#content")
    assert text(page, "#place") == record["source"]
    assert text(page, ".messages") == record["warnings"][0]
    assert f"least {record['coverage']['least']:.4f}" in content
    assert "60 % of the edge" in content and "not determined" in content
    assert "points (bounds 40, coverage" in content and "warnings 10)" in content
    fields = page.run("[...document.querySelectorAll('.path input')].map((field) => field.value)")
    assert fields == [record["stage"]["path"], record["prim"]]
    page.wait("document.querySelector('.large').naturalWidth === 256")
    whole = json.loads(page.run("document.querySelector('#content pre').textContent"))
    assert {name: whole[name] for name in record} == record


def test_bars_show_the_range_of_each_face(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    page.click("tr.object", LOOKS.index("kettle"))
    opened(page)
    record = RECORDS[2]
    width, zones, faces = page.run(
        """(() => {
            const track = document.querySelectorAll(".track")[2].getBoundingClientRect();
            const ends = (kind) => [...document.querySelectorAll(".track")[2].querySelectorAll(kind)]
                .map((piece) => piece.getBoundingClientRect())
                .map(({ left, right }) => [left - track.left, right - track.left]);
            return [track.width, ends(".zone"), ends(".face")];
        })()"""
    )
    (low, high), half = record["bounds"][4:], record["box"]["size"][2] / 2
    scale = width / 2 / (max(low["outer"], high["outer"], half) * 1.02)
    assert zones[0] == pytest.approx([width / 2 - low["outer"] * scale, width / 2 - low["inner"] * scale], abs=0.5)
    assert zones[1] == pytest.approx([width / 2 + high["inner"] * scale, width / 2 + high["outer"] * scale], abs=0.5)
    assert faces[1] == pytest.approx([width / 2 + half * scale - 1, width / 2 + half * scale + 1], abs=0.5)


def test_failure_opens_with_its_reason(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    page.click("tr.object", 0)
    assert opened(page) == "(the whole source)"
    assert text(page, ".messages") == "Crash: cameras.json ends in the middle: copy it again"
    assert page.run("document.querySelectorAll('.large, .path, .edges').length") == 0


def test_keys_move_open_step_and_close(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.press(key)
    assert opened(page) == "kettle"
    page.press("ArrowRight")
    assert opened(page) == "drill"
    page.press("ArrowLeft")
    page.press("ArrowLeft")
    assert opened(page) == "clock"
    page.press("Escape")
    assert opened(page) is None
    assert page.run("document.activeElement.id") == "grid"
    page.press("End")
    page.press("Enter")
    assert opened(page) == "cup"
    assert page.run("document.getElementById('next').disabled")
    page.click("#close")
    assert opened(page) is None
    assert page.run("document.getElementById(grid.getAttribute('aria-activedescendant')).ariaSelected") == "true"


def test_button_copies_the_path_of_the_prim(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.click("tr.object", LOOKS.index("kettle"))
    opened(page)
    page.click(".path button", 1)
    page.wait("document.querySelectorAll('.path button')[1].textContent === 'Copied'")
    assert page.run("navigator.clipboard.readText()") == "/Boxes/kettle"


def test_names_that_are_code_are_only_text(open_page: Callable[..., Browser]) -> None:
    nasty = wide(f"folder/{NASTY}", NASTY) | {"warnings": [NASTY], "prim": NASTY}
    nasty |= {
        "settings": {"label": NASTY},
        "thumbnail": "thumbnails/a b#1%41?.jpg",
        "extent": NASTY,
        "alignment": NASTY,
    }
    page = open_page([nasty, failed(NASTY, None, NASTY, NASTY)])
    assert set(names(page)) == {NASTY, "(the whole source)"}
    search(page, "onerror=")
    for position in range(2):
        page.click("tr.object", position)
        assert opened(page) in {NASTY, "(the whole source)"}
        if opened(page) == NASTY:
            page.wait("document.querySelector('.large').naturalWidth === 256")
        assert NASTY in text(page, "#content")
        page.press("Escape")
    assert page.run("document.title") == "batch: boxfit batch"
    assert (
        page.run(
            "document.querySelectorAll('main img:not([src^=thumbnails]), dialog img:not([src^=thumbnails])').length"
        )
        == 0
    )


def test_address_of_a_file_has_no_scheme_and_no_query(open_page: Callable[..., Browser]) -> None:
    page = open_page(RECORDS)
    assert page.run(r"address('javascript:1/\ud800 ü?#.jpg')") == "javascript%3A1/%3F%20%C3%BC%3F%23.jpg"


def test_missing_picture_is_said(open_page: Callable[..., Browser], browser: Browser) -> None:
    page = open_page([RECORDS[0]], pictures=False)
    page.click("tr.object")
    page.wait("document.querySelector('#content').innerText.includes('mug.jpg is missing')")
    assert all("mug.jpg" in error for error in browser.errors)
    leave(browser)


def test_missing_data_is_said(open_page: Callable[..., Browser], browser: Browser, tmp_path: Path) -> None:
    page = open_page(RECORDS)
    (tmp_path / "batch" / "page" / "objects.js").unlink()
    page.open(tmp_path / "batch" / "index.html")
    page.wait("document.getElementById('summary').className === 'bad'")
    assert "copy the whole folder" in text(page, "#summary")
    leave(browser)


def test_detail_of_a_page_from_before_asks_to_reload(open_page: Callable[..., Browser], tmp_path: Path) -> None:
    page = open_page(RECORDS)
    (tmp_path / "batch" / "results.jsonl").unlink()
    write_batch(tmp_path / "batch", [fitted("a", "new"), *RECORDS])
    write_summary(tmp_path / "batch")
    page.click("tr.object")
    page.wait("document.querySelector('#content').innerText.includes('Reload the page')")


def test_batch_without_objects_says_so(open_page: Callable[..., Browser]) -> None:
    page = open_page([])
    assert "0 fitted, 0 failures" in text(page, "#summary")
    assert names(page) == []
    page.press("Enter")
    page.press("ArrowDown")
    assert opened(page) is None


def test_ten_thousand_objects_are_drawn_as_far_as_they_are_seen(open_page: Callable[..., Browser]) -> None:
    page = open_page([record | {"thumbnail": None} for record in many(10_000)])
    assert len(names(page)) < 40
    page.run("grid.focus()")
    page.press("End")
    page.wait("drawn.has(shown[shown.length - 1])")
    assert len(names(page)) < 40
    assert page.run("document.querySelector('tr.object:last-of-type, tr.object').getAttribute('aria-rowindex') > 9900")
    page.click("#heads .name button")
    assert sources(page)[0] == "warehouse/shelf_1/scan_1"
    search(page, "shelf_125 teapot")
    assert text(page, "#count") == "10 of 10,000 shown"
    page.click("tr.object", 9)
    assert opened(page) == "teapot"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_schemes_are_readable(open_page: Callable[..., Browser], pictures: Path, scheme: str) -> None:
    page = open_page(many(12))
    page.prefer(scheme)
    page.wait("[...document.images].every((image) => image.complete)")
    page.take_picture(pictures / f"batch_{scheme}.png")
    for selector in ("body", "#summary", ".notes b", "#heads .look button", "#kinds label"):
        assert contrast(page, selector) >= 4.5, selector
    page.click("tr.object", 1)
    opened(page)
    page.take_picture(pictures / f"batch_detail_{scheme}.png")
    for selector in ("#title", "#place", ".figures dt", ".edges .dim", ".messages", "#close"):
        assert contrast(page, selector) >= 4.5, selector


def contrast(browser: Browser, selector: str) -> float:
    """Return the contrast of text against its background, as WCAG 2 defines it."""
    colours = browser.run(
        f"""(() => {{
            let element = document.querySelector({json.dumps(selector)});
            const colours = [getComputedStyle(element).color];
            while (getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)") element = element.parentElement;
            colours.push(getComputedStyle(element).backgroundColor);
            return colours.map((colour) => colour.match(/[0-9.]+/g).slice(0, 3).map(Number));
        }})()"""
    )
    lights = sorted(luminance(colour) for colour in colours)
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: list[float]) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
