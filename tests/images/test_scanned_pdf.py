"""PDFs as the office serves them: bilevel scans in CCITT Group 4, a title page, a header line."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from PIL import Image
from scans import HEADER_PX, PAGE_PX, drawing_page, granted_pdf, group4_strip, scanned_pdf
from sheets import grant_files, lay, sheet

from patentzoo.images import Page, SkippedPage
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, read_pages

WHOLE = ReadOptions(figures="whole")


def events(data: bytes, options: ReadOptions = WHOLE) -> list[tuple[str, object]]:
    (source,) = iter_sources([("grant.pdf", data)], options)
    return list(source.events())


@pytest.fixture
def page() -> np.ndarray:
    drawn = sheet(1, (1800, 2400), label="FIG. 1")
    return drawing_page(drawn, 1, 3, "D907,292 S", "Jan. 5, 2021")


def test_a_scan_is_taken_bit_for_bit_but_for_its_header(page, caplog):
    image = Image.fromarray(page).convert("1")
    data = scanned_pdf([image])
    assert group4_strip(image) in data
    with caplog.at_level(logging.DEBUG):
        ((_, read),) = events(data)
    assert read.grey.shape == page.shape == PAGE_PX[::-1]
    assert (page[:HEADER_PX] == 0).any()
    assert read.grey[:HEADER_PX].min() == 255
    assert np.array_equal(read.grey[HEADER_PX:], page[HEADER_PX:])
    assert not [each for each in caplog.records if "unsafe" in each.getMessage()]


def test_an_odd_width_is_taken_as_it_is():
    drawn = np.asarray(sheet(2, (1237, 1501)).convert("1"))
    ((_, read),) = events(scanned_pdf([Image.fromarray(drawn)]))
    assert np.array_equal(read.grey > 127, drawn)


def test_the_pages_of_text_are_left_out(tmp_path):
    name, files = grant_files(sheets=2)
    data, _ = granted_pdf(lay(tmp_path / name, files))
    found = [event for _, event in events(data, ReadOptions(figures="auto"))]
    assert [type(event) for event in found] == [SkippedPage, SkippedPage, Page, Page]
    assert [type(event) for _, event in events(data)] == [Page] * 4


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("patent", "figures"), [("USD0908314-20210126", 7), ("USD0915080-20210406", 2)]
)
def test_real_sheets_give_the_figures_of_their_tiffs(shared, patent, figures):
    folder = shared / "data" / "uspto-sample" / patent
    data, stored = granted_pdf(folder)
    found = events(data, ReadOptions(figures="auto"))
    assert [type(event) for _, event in found[:2]] == [SkippedPage, SkippedPage]
    found = events(data)
    for (_, page_), scan in zip(found[2:], stored[2:], strict=True):
        turned = np.rot90(page_.grey, page_.metadata.get("turned_clockwise", 0))
        assert np.array_equal(turned[HEADER_PX:], scan[HEADER_PX:])
    pages = read_pages([("grant.pdf", data)])
    tiffs = [
        page
        for path in sorted(folder.glob("*-D000[0-9]*.TIF"))
        if not path.stem.endswith("D00000")
        for page in read_pages(path, ReadOptions(figures="split"))
    ]
    assert len(pages) == len(tiffs) == figures
    for one, other in zip(pages, tiffs, strict=True):
        assert one.metadata.get("label") == other.metadata.get("label")
