"""Kinds of pages of text that come with granted patents, and sheets that resemble them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scans import PAGE_PX, drawing_page, title_font

from patentzoo.images.pdf_text import is_text_page

Draw = ImageDraw.ImageDraw

CITED = "D428,532 S *  7/2000  Prochaska ............ D6/334"


def write(draw: Draw, x: int, y: int, *lines: str, size: int = 38, bold: bool = False) -> None:
    for number, line in enumerate(lines):
        draw.text((x, y + number * (size + 10)), line, font=title_font(size, bold), fill=0)


def number_above(draw: Draw) -> None:
    write(draw, 980, 150, "US D889,851 S", size=54, bold=True)


def references(draw: Draw) -> None:
    number_above(draw)
    write(draw, 180, 320, "(56) References Cited", "OTHER PUBLICATIONS", *[CITED] * 3)


def correction(draw: Draw) -> None:
    write(draw, 560, 240, "UNITED STATES PATENT AND TRADEMARK OFFICE", size=48, bold=True)
    write(draw, 740, 310, "CERTIFICATE OF CORRECTION", size=56, bold=True)
    write(draw, 200, 450, "PATENT NO.       : D889,851 S", "DATED            : June 16, 2020")
    write(draw, 200, 720, "It is certified that error appears in the above-identified patent:")
    write(draw, 200, 860, "On the Title Page", "Item (72), 'An Doe' should read --Ann Doe--.")


def header_only(draw: Draw) -> None:
    number_above(draw)
    write(draw, 1150, 225, "Page 2", size=40)


def claim(draw: Draw) -> None:
    write(draw, 1230, 300, "CLAIM", size=44, bold=True)
    write(draw, 300, 420, "The ornamental design for a chair, as shown and described.")


def stamped(draw: Draw) -> None:
    """A round stamp beside some lines."""
    references(draw)
    draw.ellipse((1700, 2300, 2150, 2750), outline=0, width=8)
    draw.ellipse((1740, 2340, 2110, 2710), outline=0, width=4)
    write(draw, 1800, 2480, "RECEIVED", "JUN 16 2020", size=44, bold=True)


def barcoded(draw: Draw) -> None:
    """A title page with a barcode at its top right and no picture."""
    x = 1500
    for width in np.random.default_rng(1).integers(3, 13, 60):
        draw.rectangle((x, 130, x + int(width) // 2, 230), fill=0)
        x += int(width)
    write(draw, 1550, 240, "US00D889851S", size=36)
    write(draw, 180, 320, "(12) United States Design Patent", size=60, bold=True)
    write(draw, 180, 500, "(54) CHAIR", "(71) Applicant: Sit Ltd., London (GB)")
    write(draw, 180, 640, "(72) Inventor: Ann Doe, Seoul (KR)", "(**) Term: 15 Years")


def ruled(draw: Draw) -> None:
    """The same under a second barcode with more ink than the letters have."""
    barcoded(draw)
    for x in range(300, 2200, 14):
        draw.rectangle((x, 2700, x + 6, 2900), fill=0)


def fax(draw: Draw) -> None:
    write(draw, 100, 60, "JUN-16-2020  09:12  FROM: SIT LTD   +44 20 5550 123   P.01/04", size=32)
    write(draw, 300, 400, "FAX", size=120, bold=True)
    write(draw, 300, 650, "To: Commissioner for Patents", "From: Sit Ltd., London", "Pages: 4")
    draw.line((300, 900, 2200, 900), fill=0, width=5)
    write(draw, 300, 960, "Please find enclosed the drawings of the above design.")


def contents(draw: Draw) -> None:
    write(draw, 1000, 250, "CONTENTS", size=56, bold=True)
    for at, title in enumerate(("Claim", "Description", "Drawings", "References", "Index")):
        write(draw, 300, 450 + 90 * at, f"{title} {'.' * (60 - len(title))} {at + 1}")


def signature(draw: Draw) -> None:
    """The examiner's signature below two lines."""
    write(draw, 300, 400, "Primary Examiner: Mary Ann Calabrese", "Art Unit 2915")
    t = np.arange(160)
    x, y = 500 + 6 * t + 40 * np.sin(t / 2), 900 + 90 * np.sin(t / 4)
    draw.line([*zip(x, y, strict=True)], fill=0, width=6)


def assignment(draw: Draw) -> None:
    write(draw, 700, 260, "NOTICE OF RECORDATION OF ASSIGNMENT", size=48, bold=True)
    write(draw, 250, 500, "REEL/FRAME: 052345/0678", "NUMBER OF PAGES: 3", "ASSIGNOR: DOE, ANN")
    write(draw, 250, 700, "ASSIGNEE: SIT LTD., 1 MAIN STREET, LONDON", "DOC DATE: 06/16/2020")


TOLD = (references, correction, header_only, claim, barcoded, fax, contents, assignment)
NOT_TOLD = (stamped, signature)
"""Ink as large as a small drawing, with no header line above it."""


def page_of(kind: Callable[[Draw], None], specks: int = 0) -> np.ndarray:
    page = Image.new("L", PAGE_PX, 255)
    kind(ImageDraw.Draw(page))
    found = np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8)
    generator = np.random.default_rng(specks)
    for y, x, size in generator.integers((0, 0, 1), (3200, 2400, 5), (specks, 3)):
        found[y : y + size, x : x + size] = 0
    return found


@pytest.mark.parametrize("specks", [0, 200])
@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_a_page_of_text_is_told(kind: Callable[[Draw], None], specks: int):
    assert is_text_page(page_of(kind, specks), 300)


def test_a_few_lines_are_text_though_rules_have_more_ink():
    assert is_text_page(page_of(ruled), 300)


@pytest.mark.parametrize("kind", NOT_TOLD, ids=lambda kind: kind.__name__)
def test_words_beside_what_may_be_a_small_drawing_stay(kind: Callable[[Draw], None]):
    assert not is_text_page(page_of(kind), 300)


@pytest.mark.parametrize("kind", NOT_TOLD, ids=lambda kind: kind.__name__)
def test_a_small_drawing_under_a_header_line_stays(kind: Callable[[Draw], None]):
    sheet = Image.fromarray(page_of(kind)).crop((100, 280, 2400, 2900))
    assert not is_text_page(drawing_page(sheet, 1, 4, "D889,851 S", "Jun. 16, 2020"), 300)
