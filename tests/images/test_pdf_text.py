"""Text pages and header lines, told from drawings by their letters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sheets import granted_sheet, sheet, text_page

from patentzoo.images.pdf_text import is_text_page, text_lines, without_header
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources


@pytest.mark.parametrize("dpi", [150, 300])
@pytest.mark.parametrize("picture", [True, False])
def test_a_title_page_is_text(dpi, picture):
    page = np.asarray(text_page(dpi, picture))
    assert is_text_page(page, dpi)
    assert text_lines(page, dpi)[0] >= 40


def test_a_title_page_with_a_heavy_picture_is_text():
    """As the gazette's figure of a dark product leaves the text a quarter of the ink."""
    page = np.array(text_page(300, picture=False))
    ink = int((page < 160).sum())
    side = round((2.9 * ink) ** 0.5)
    page[-side - 100 : -100, 300 : 300 + side] = 0
    assert 0.2 < text_lines(page, 300)[1] < 0.27
    assert is_text_page(page, 300)


def test_a_screen_with_a_few_lines_is_a_drawing():
    page = np.array(text_page(300, picture=False))
    page[800:] = 255  # some lines of two columns stay
    page[1500:2500, 300:2200] = 0
    lines, share = text_lines(page, 300)
    assert 14 <= lines < 24
    assert share < 0.3
    assert not is_text_page(page, 300)


def test_sheets_of_drawings_are_not_text():
    ribs = Image.new("L", (2550, 3300), 255)
    draw = ImageDraw.Draw(ribs)
    for row in range(30):
        for rib in range(90):
            x, y = 200 + 20 * rib, 300 + 80 * row
            draw.line((x, y, x, y + 40), fill=0, width=4)  # ribs, as high as letters
    assert not is_text_page(np.asarray(ribs), 300)
    for seed in range(3):
        assert not is_text_page(np.asarray(granted_sheet(sheet(seed, label="FIG. 1"))), 300)
    assert not is_text_page(np.full((300, 300), 255, np.uint8), 300)


@pytest.mark.parametrize("dpi", [200, 300])
def test_the_header_goes_and_nothing_else(dpi):
    drawing = sheet(1, (3 * dpi, 4 * dpi), label="FIG. 1")
    page = np.asarray(granted_sheet(drawing, dpi))
    cleaned = without_header(page, dpi)
    below = slice(round(1.5 * dpi), None)
    assert np.array_equal(cleaned[below], page[below])
    assert (cleaned[: round(1.5 * dpi)] > 128).all()
    assert (page[: round(1.5 * dpi)] < 128).any()


def test_a_page_without_header_is_the_same_page():
    page = np.asarray(sheet(1, (2550, 3300), label="FIG. 1"))
    assert without_header(page, 300) is page
    ribs = page.copy()
    ribs[100:140, 200:2300:40] = 0
    assert without_header(ribs, 300) is ribs


@pytest.mark.realdata
def test_real_sheets_of_drawings_are_kept(shared: Path):
    folder = shared / "data" / "uspto-sample"
    sources = list(iter_sources(folder, ReadOptions(figures="whole")))[::15]
    assert len(sources) == 30
    for source in sources:
        for page in source.read():
            assert not is_text_page(page.grey, 300), page.id
