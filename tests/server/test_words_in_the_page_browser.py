"""Words in the page, in headless Chromium: a text tower that has learned, figures it never saw."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chromium import MARKS, SIZES, faults, open_page, shot
from served import running

import patentzoo as pz
from patentzoo.server import create_app

if TYPE_CHECKING:
    from taught_words import Taught

pytestmark = [*MARKS, pytest.mark.realdata]


@pytest.fixture(scope="module")
def address(taught: Taught) -> Iterator[str]:
    given = [
        (path.stem, path, {"patent": path.stem, "title": f"A {word}", "locarno": "06-01"})
        for path, word in sorted(taught.unseen.items())
    ]
    index = pz.build_index(pz.load_model(taught.folder, device="cpu"), given)
    with running(create_app(index)) as root:
        yield root


@pytest.fixture(params=SIZES)
def page(browser, address: str, request: pytest.FixtureRequest) -> Iterator[object]:
    opened = open_page(browser, request.param)
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    opened.goto(address)
    opened.locator("#words").wait_for()
    yield opened
    assert thrown == []
    opened.close()


def ask(page) -> str:
    """Press the button, and read what the page says."""
    with page.expect_response("**/search"):
        page.get_by_role("button", name="Search").click()
    page.locator(".go:enabled").wait_for()
    return page.locator("#status").inner_text()


def titles(page) -> list[str]:
    return page.locator("#hits .title").all_inner_texts()


def test_words_alone_then_with_a_drawing(page, taught: Taught):
    assert page.get_by_role("button", name="Search").is_disabled()
    for word in ("faucet", "tire"):
        page.get_by_label("In words").fill(f"a {word}")
        assert ask(page) == "10 patents."
        assert sum(word in each for each in titles(page)[:5]) >= 3
        assert page.locator("#hits .facts").first.get_by_text("nothing close").count() == 0
    words_alone = titles(page)
    shot(page, "words")
    assert faults(page) == []
    chair = next(path for path, word in sorted(taught.unseen.items()) if word == "chair")
    page.set_input_files("#files", chair)
    assert ask(page) == "10 patents."
    assert titles(page) != words_alone
    page.get_by_label("In words").fill("")
    assert ask(page) == "10 patents."
    assert titles(page)[0] == "A chair"


def test_a_hit_of_words_is_enlarged_and_saved(page):
    page.get_by_label("In words").fill("a shoe")
    page.get_by_label("In words").press("Enter")
    page.locator("#hits > li").first.wait_for()
    page.locator("#hits .figures button").first.click()
    assert page.locator(".panes figure").count() == 1  # words have no picture to stand beside it
    assert not page.get_by_role("button", name="Why found").is_visible()
    shot(page, "words-large")
    assert faults(page) == []
    page.get_by_role("button", name="Close").click()
    for kind in ("CSV", "Report"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=kind).click()
        content = Path(saved.value.path()).read_text(encoding="utf-8-sig")
        assert "a shoe" in content
        if kind == "CSV":
            assert len(list(csv.DictReader(io.StringIO(content)))) >= 10
