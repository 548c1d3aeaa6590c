"""The report in headless Chromium: enlarging, keys, one drawing a patent, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import MARKS, SIZES, faults, open_page

from patentzoo.hit import Hit
from patentzoo.index import build_index, search
from patentzoo.index.query.search_result import SearchResult

pytestmark = MARKS


@pytest.fixture
def result(folder: Path, model) -> SearchResult:
    found = search(build_index(model, folder), folder / "LD000001-D00001.png")
    assert isinstance(found, SearchResult)
    return found


@pytest.fixture(params=SIZES)
def page(
    browser, result: SearchResult, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[object]:
    result.save_html(tmp_path / "hits.html")
    opened = open_page(browser, request.param)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto((tmp_path / "hits.html").as_uri())
    yield opened
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    opened.close()


def test_drawings_are_enlarged_and_walked_through_by_keys(page, result: SearchResult):
    page.locator("button.drawing").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog").is_visible()
    assert result[0].id in page.locator("dialog p").inner_text()
    page.keyboard.press("ArrowRight")
    assert result[1].id in page.locator("dialog p").inner_text()
    page.get_by_role("button", name="Previous").click()
    assert result[0].id in page.locator("dialog p").inner_text()
    shown = page.locator("dialog img.shown-hit")
    assert shown.get_attribute("alt").startswith("Hit 1: drawing ")
    query = page.locator("dialog img.shown-query")
    assert query.get_attribute("alt") == f"Query drawing {result.query}"
    assert query.is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert page.evaluate("document.activeElement.className") == "drawing"


def test_one_drawing_a_patent_and_nothing_to_the_side(page, result: SearchResult):
    assert page.locator("main li:visible").count() == len(result) == 6
    page.locator("#group").check()
    assert page.locator("main li:visible").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(page, scheme: str):
    page.emulate_media(color_scheme=scheme)
    assert faults(page) == []
    page.locator("button.drawing").nth(1).click()
    assert page.locator("dialog").is_visible()
    assert faults(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_a_rank_is_not_read_with_the_score(browser, tmp_path: Path, size: str):
    """Rank 1 beside 1.000 is no eleven, and rank 10 stands on one line, however narrow the card."""
    hits = tuple(
        Hit(rank, 1 - rank / 50, f"{rank}.png", percentile=85.5, closeness="nothing close")
        for rank in range(1, 13)
    )
    SearchResult("q", hits).save_html(tmp_path / "hits.html")
    page = open_page(browser, size)
    page.goto((tmp_path / "hits.html").as_uri())
    told = page.locator(".rank").evaluate_all(
        """each => each.map(rank => {
            const [number, score] = [...rank.children].map(child => child.getBoundingClientRect());
            const line = parseFloat(getComputedStyle(rank.firstElementChild).fontSize);
            return [score.left - number.right, number.height / line];
        })"""
    )
    page.close()
    assert len(told) == 12
    assert all(gap > 4 and lines < 1.9 for gap, lines in told), told
