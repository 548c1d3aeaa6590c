"""The site in headless Chromium, on a wide window and a phone: who can read it, what it fetches."""

from __future__ import annotations

from pathlib import Path

import printed
import pytest
from chromium import MARKS, SIZES, faults, open_page, shot

pytestmark = MARKS
PAGES = sorted(
    path.relative_to(printed.DOCS).with_suffix(".html").as_posix()
    for path in printed.PAGES
    if path.name != "README.md"
)
THEME = ("landmark-unique", "scrollable-region-focusable")
"""Of the theme's own markup: its bars beside code share a role without a name, and tables that
scroll sideways on a phone are reached by the keyboard in Chromium and Firefox as they are."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(browser, site: Path, name: str, size: str, scheme: str):
    page = open_page(browser, size, scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / name).as_uri())
    if scheme == "light":
        shot(page, name.replace("/", "-").removesuffix(".html"), full=False)
    found = faults(page, but=THEME)
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert found == []
