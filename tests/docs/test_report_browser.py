"""The report of the start page in headless Chromium: real drawings, the bundled model."""

from __future__ import annotations

from pathlib import Path

import printed
import pytest
from chromium import MARKS, SIZES, faults, open_page, shot

import patentzoo as pz

pytestmark = MARKS


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "examples"
    printed.lay_out(folder)
    index = pz.build_index(pz.load_model(), folder / "drawings")
    pz.search(index, folder / "query.png", k=5).save_html(folder / "hits.html")
    return folder / "hits.html"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_everybody_can_read_it(browser, report: Path, size: str, scheme: str):
    page = open_page(browser, size, scheme)
    page.goto(report.as_uri())
    shot(page, "report" if scheme == "light" else "report-dark")
    found = faults(page)
    page.close()
    assert found == []
