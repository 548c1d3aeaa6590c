"""Chromium for tests that look at pages: where it is, window sizes, faults of a page, pictures.

With ``PATENTZOO_SCREENSHOTS=FOLDER`` the tests leave pictures of the pages there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
MARKS = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


def open_page(browser: Any, size: str, scheme: str = "light") -> Any:
    """A page in a window of ``SIZES``, in the light or the dark scheme."""
    width, height = SIZES[size]
    return browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)


def faults(page: Any, *, but: Collection[str] = ()) -> list[str]:
    """What axe-core, the engine of Lighthouse's accessibility audits, finds; what sticks out.

    Contrast, names of fields and pictures, order of headings, landmarks, languages; and whether
    the page is wider than its window. ``but`` names rules of axe-core that are passed over.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = [
        f"{broken['id']}: {broken['help']}: {node['html'][:160]}"
        for broken in axe.run(page).response["violations"]
        if broken["id"] not in but
        for node in broken["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("the page is wider than its window")
    return found


def shot(page: Any, name: str, *, full: bool | None = None) -> None:
    """Leave a picture where pictures are asked for; on a phone of the whole page."""
    if folder := os.environ.get("PATENTZOO_SCREENSHOTS"):
        page.evaluate("window.scrollTo(0, 0)")
        width = page.viewport_size["width"]
        whole = width < 600 if full is None else full
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=whole)
