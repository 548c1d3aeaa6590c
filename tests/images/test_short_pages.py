"""Pages with a few words and nothing else are no drawings; sheets of broken lines are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scans import HEADER_PX, PAGE_PX, drawing_page, scanned_pdf, sheet_files, title_font
from sheets import sheet
from thinned import thinned

from patentzoo.images import Page, SkippedPage
from patentzoo.images.pdf_text import is_text_page
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources

CITED = "D428,532 S *  7/2000  Prochaska ............ D6/334"
PAGES: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "five lines": (["(56) References Cited", "U.S. PATENT DOCUMENTS", *[CITED] * 3], []),
    "one reference in each column": ([CITED], ["* cited by examiner"]),
    "one line": (["* cited by examiner"], []),
    "a claim": (["The ornamental design for a chair, as shown and", "described."], []),
    "a description": ([f"FIG. {n} is a view of a chair;" for n in range(1, 5)], []),
    "a short description": (["FIG. 7 is a bottom view thereof."], []),
    "nine references in two columns": ([CITED] * 5, [CITED] * 4),
    "nothing but its number": ([], []),
}


def black_on_white(page: Image.Image) -> np.ndarray:
    return np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8)


def page_of(name: str, rule: bool, specks: int) -> np.ndarray:
    page = Image.new("L", PAGE_PX, 255)
    draw = ImageDraw.Draw(page)
    draw.text((980, 150), "US D889,851 S", font=title_font(54, True), fill=0)
    draw.text((1150, 225), "Page 2", font=title_font(40, False), fill=0)
    for x, lines in zip((180, 1340), PAGES[name], strict=True):
        for number, line in enumerate(lines):
            draw.text((x, 320 + 48 * number), line, font=title_font(38, False), fill=0)
    if rule:
        draw.line((1270, 300, 1270, 3000), fill=0, width=3)
    found = black_on_white(page)
    generator = np.random.default_rng(specks)
    for y, x, size in generator.integers((0, 0, 1), (3200, 2400, 5), (specks, 3)):
        found[y : y + size, x : x + size] = 0
    return found


def certificate() -> np.ndarray:
    """A certificate of correction: two titles, a few lines, a signature."""
    page = Image.new("L", PAGE_PX, 255)
    draw = ImageDraw.Draw(page)
    for x, y, size, text in (
        (560, 240, 48, "UNITED STATES PATENT AND TRADEMARK OFFICE"),
        (740, 310, 56, "CERTIFICATE OF CORRECTION"),
        (200, 450, 40, "PATENT NO.       : D889,851 S"),
        (200, 500, 40, "DATED            : June 16, 2020"),
        (200, 720, 36, "It is certified that error appears in the above-identified patent:"),
        (200, 860, 38, "Item (72), Inventor, 'An Doe' should read --Ann Doe--."),
        (1500, 2300, 40, "Signed and Sealed this"),
        (1300, 2700, 32, "Director of the United States Patent and Trademark Office"),
    ):
        draw.text((x, y), text, font=title_font(size, size > 45), fill=0)
    t = np.arange(120)
    draw.line([*zip(1400 + 6 * t, 2560 + 60 * np.sin(t / 3), strict=True)], fill=0, width=7)
    return black_on_white(page)


def broken_lines(label: str) -> Image.Image:
    """A box in broken lines, all of small pieces, with its label."""
    image = Image.new("L", (2000, 2400), 255)
    draw = ImageDraw.Draw(image)
    for at in range(0, 1400, 60):
        for far in (0, 1400):
            draw.line((300 + at, 300 + far, 330 + at, 300 + far), fill=0, width=5)
            draw.line((300 + far, 300 + at, 300 + far, 330 + at), fill=0, width=5)
    draw.text((800, 2000), label, font=title_font(80, False), fill=0)
    return image


def events(pages: Sequence[np.ndarray]) -> list[type]:
    data = scanned_pdf([Image.fromarray(page).convert("1") for page in pages])
    (source,) = iter_sources([("a.pdf", data)], ReadOptions(figures="whole"))
    assert all(isinstance(event, Page) for _, event in source.events())
    (source,) = iter_sources([("a.pdf", data)], ReadOptions())
    return [type(event) for _, event in source.events()]


@pytest.mark.parametrize("specks", [0, 400])
@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_a_few_words_is_text(name: str, rule: bool, specks: int):
    assert is_text_page(page_of(name, rule, specks), 300)


@pytest.mark.parametrize("borders", [(), (120,), (120, 150)])
def test_a_certificate_of_correction_is_text(borders: Sequence[int]):
    page = Image.fromarray(certificate())
    for inset in borders:
        ImageDraw.Draw(page).rectangle(
            (inset, inset, PAGE_PX[0] - inset, PAGE_PX[1] - inset), outline=0, width=6
        )
    assert is_text_page(black_on_white(page), 300)


def test_a_screen_with_words_that_fills_a_sheet_is_a_drawing():
    """As large as the margins of a sheet allow, without a header line."""
    page = Image.new("L", PAGE_PX, 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((300, 300, 300 + 2085, 3180), outline=0, width=6)
    for number in range(3):
        words = "Choose a chair for the living room"
        draw.text((500, 700 + 300 * number), words, font=title_font(50, False), fill=0)
    assert not is_text_page(black_on_white(page), 300)


@pytest.mark.parametrize("label", ["FIG. 1", "FIG. 10A", "FIG. 12"])
def test_a_sheet_of_broken_lines_is_a_drawing(label: str):
    drawing = broken_lines(label)
    assert not is_text_page(np.asarray(drawing), 300)
    headed = drawing_page(drawing, 1, 8, "D907,292 S", "Jan. 5, 2021")
    assert not is_text_page(headed, 300)


def test_short_pages_of_a_pdf_are_left_out():
    drawn = drawing_page(sheet(1, (2000, 2400)), 1, 1, "D907,292 S", "Jan. 5, 2021")
    pages = [page_of("five lines", False, 0), drawn, certificate(), page_of("one line", True, 0)]
    assert events(pages) == [SkippedPage, Page, SkippedPage, SkippedPage]


@pytest.mark.realdata
@thinned(8)
def test_every_real_sheet_stays(shared: Path, every: int):
    """As published, and every fourth under a header line, as a page of a granted PDF."""
    folders = sorted(each for each in (shared / "data" / "uspto-sample").iterdir() if each.is_dir())
    files = [file for folder in folders for file in folder.glob("*.TIF")]
    assert len(files) == 438
    for file in files[::every]:
        with Image.open(file) as tiff:
            assert not is_text_page(np.asarray(tiff.convert("L")), 300), file.name
    for file in [file for folder in folders for file in sheet_files(folder)][:: 4 * every]:
        with Image.open(file) as tiff:
            page = drawing_page(tiff, 2, 8, "D907,292 S", "Jan. 5, 2021")
        assert page.shape[0] >= HEADER_PX
        assert not is_text_page(page, 300), file.name
