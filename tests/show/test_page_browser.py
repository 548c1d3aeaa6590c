"""The report in headless Chromium: enlarging, keys, one drawing a patent, a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from patentzoo.index import build_index, search
from patentzoo.results import SearchResult

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


@pytest.fixture
def result(folder: Path, model) -> SearchResult:
    found = search(build_index(model, folder), folder / "LD000001-D00001.png")
    assert isinstance(found, SearchResult)
    return found


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["wide", "phone"])
def page(result: SearchResult, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api")
    result.save_html(tmp_path / "hits.html")
    width, height = request.param
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page(viewport={"width": width, "height": height})
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto((tmp_path / "hits.html").as_uri())
        yield opened
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        browser.close()


def test_drawings_are_enlarged_and_walked_through_by_keys(page, result: SearchResult):
    page.locator("button.drawing").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog").is_visible()
    assert result[0].id in page.locator("dialog p").inner_text()
    page.keyboard.press("ArrowRight")
    assert result[1].id in page.locator("dialog p").inner_text()
    page.get_by_role("button", name="Previous").click()
    assert result[0].id in page.locator("dialog p").inner_text()
    assert page.locator("dialog img").get_attribute("alt").startswith("Hit 1: drawing ")
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert page.evaluate("document.activeElement.className") == "drawing"


def test_one_drawing_a_patent_and_nothing_to_the_side(page, result: SearchResult):
    assert page.locator("main li:visible").count() == len(result) == 6
    page.locator("#group").check()
    assert page.locator("main li:visible").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
