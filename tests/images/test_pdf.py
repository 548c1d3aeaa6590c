"""PDFs made here of scans and type: which pages are sheets, and what is on them."""

from __future__ import annotations

import io
import sys

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from sheets import LOREM, granted_sheet, pdf, sheet, text_page

from patentzoo.errors import ImageDecodeError, MissingExtraError
from patentzoo.images import Page, SkippedPage
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, read_pages

WHOLE = ReadOptions(figures="whole")
CUT = ReadOptions(figures="auto")


def events(data: bytes, options: ReadOptions = WHOLE):
    (source,) = iter_sources([("grant.pdf", data)], options)
    return list(source.events())


@pytest.fixture(scope="module")
def granted() -> bytes:
    """Two pages of text, one of them set in type, and two sheets."""
    sheets = [granted_sheet(sheet(n, label=f"FIG. {n}"), number=n) for n in (1, 2)]
    return pdf([text_page(), LOREM * 9, *sheets])


def test_text_pages_are_left_out_and_said_so(granted):
    found = events(granted, CUT)
    assert [name for name, _ in found] == [
        "grant.pdf",
        "grant.pdf#2",
        "grant.pdf#3",
        "grant.pdf#4",
    ]
    assert [type(event) for _, event in found] == [SkippedPage, SkippedPage, Page, Page]
    assert "page 1: a page of text" in found[0][1].reason
    assert [page.page for _, page in found[2:]] == [3, 4]


def test_an_embedded_scan_comes_back_as_it_is_but_for_the_header(granted):
    page = events(granted)[2][1]
    bare = granted_sheet(sheet(1, label="FIG. 1"), number=1)
    expected = np.asarray(bare).copy()
    assert (expected[150:300] < 128).any()
    expected[: 2 * 300] = 255
    assert page.grey.shape == expected.shape
    assert np.array_equal(page.grey < 128, expected < 128)


def test_a_page_that_is_no_scan_is_rendered_at_300_dpi():
    drawing = sheet(3, (600, 800))
    document = pypdfium2.PdfDocument(pdf([drawing], dpi=100))
    document[0].set_rotation(90)
    stream = io.BytesIO()
    document.save(stream)
    document.close()
    ((_, page),) = events(stream.getvalue())
    assert np.abs(np.subtract(page.grey.shape, (3 * 600, 3 * 800))).max() <= 1
    expected = np.rot90(np.asarray(drawing) < 128, -1)
    small = page.grey[1:1800:3, 1:2400:3] < 128
    assert (small != expected).mean() < 0.01


def test_figures_are_cut_out_by_default(granted):
    found = [event for _, event in events(granted, ReadOptions()) if isinstance(event, Page)]
    assert [page.id for page in found] == ["grant.pdf#3", "grant.pdf#4"]
    for page in found:
        y0, x0, y1, x1 = page.metadata["box"]
        assert page.grey.shape == (y1 - y0, x1 - x0)
        assert y0 > 600
        assert page.metadata["sheet"] == page.id


def test_one_page_has_no_number(tmp_path):
    file = tmp_path / "one.pdf"
    file.write_bytes(pdf([sheet(1, (300, 400))]))
    (page,) = read_pages(file, WHOLE)
    assert (page.id, page.page) == ("one.pdf", None)


def test_a_pdf_without_drawings_fails():
    found = events(pdf([LOREM * 9, LOREM * 9]), CUT)
    assert [type(event) for _, event in found] == [SkippedPage, SkippedPage, ImageDecodeError]
    assert "shows no drawing" in str(found[-1][1])


@pytest.mark.parametrize("keep", [100, 2000])
def test_a_pdf_cut_off_is_refused_or_read(granted, keep):
    for _, event in events(granted[:keep]):
        assert isinstance(event, ImageDecodeError)
        assert "grant.pdf" in str(event)


def test_limits(granted):
    found = events(granted, ReadOptions(figures="auto", max_pixels=1000))
    assert all(isinstance(event, SkippedPage | ImageDecodeError) for _, event in found)
    assert "max_pixels=" in str(found[2][1])
    ((_, error),) = events(granted, ReadOptions(max_members=3))
    assert "claims 4 pages" in str(error)


def test_without_the_extra_the_command_is_named(granted, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    ((_, error),) = events(granted)
    assert isinstance(error, MissingExtraError)
    assert "pip install 'patentzoo[pdf]'" in str(error)


@pytest.mark.realdata
def test_real_sheets_in_a_pdf_lose_their_header_and_stand_upright(shared):
    folder = shared / "data" / "uspto-sample" / "USD0907292-20210105"
    names = [folder / f"{folder.name}-D0000{n}.TIF" for n in (1, 4)]
    stored = [Image.open(name).convert("L") for name in names]  # the second one on its side
    made = pdf([text_page(), *(granted_sheet(each, number=n) for n, each in enumerate(stored))])
    assert isinstance(events(made, CUT)[0][1], SkippedPage)
    found = events(made)
    assert [type(event) for _, event in found] == [Page, Page, Page]
    for (_, page), name, turns in zip(found[1:], names, (0, 1), strict=True):
        assert page.metadata.get("turned_clockwise", 0) == turns
        (real,) = read_pages(name, ReadOptions(figures="whole"))
        ink = page.grey < 128
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        real_ink = real.grey < 128
        rows, columns = np.flatnonzero(real_ink.any(1)), np.flatnonzero(real_ink.any(0))
        expected = real_ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert np.array_equal(cut, expected)
