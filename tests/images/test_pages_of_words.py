"""Drawings full of words among the pages of a PDF: the ink tells them from pages of text."""

from __future__ import annotations

import ctypes
import io

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from PIL import Image, ImageDraw, ImageFont
from sheets import LOREM, pdf, sheet, text_page

from patentzoo.images import Page, SkippedPage
from patentzoo.images.pdf_text import is_text_page
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources

DPI = 150


def events(data: bytes, figures: str) -> list[object]:
    (source,) = iter_sources([("a.pdf", data)], ReadOptions(figures=figures))
    return [event for _, event in source.events()]


def with_hidden_text(image: Image.Image, text: str) -> bytes:
    """A scan under the invisible text layer that OCR tools add."""
    document = pdfium.PdfDocument(pdf([image], DPI))
    page = document[0]
    font = raw.FPDFText_LoadStandardFont(document, b"Helvetica")
    for number, at in enumerate(range(0, len(text), 80)):
        made = raw.FPDFPageObj_CreateTextObj(document, font, 8.0)
        codes = (text[at : at + 80] + "\0").encode("utf-16-le")
        buffer = ctypes.create_string_buffer(codes, len(codes))
        raw.FPDFText_SetText(made, ctypes.cast(buffer, raw.FPDF_WIDESTRING))
        raw.FPDFTextObj_SetTextRenderMode(made, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
        raw.FPDFPageObj_Transform(made, 1, 0, 0, 1, 50, 740 - 10 * number)
        raw.FPDFPage_InsertObject(page, made)
    page.gen_content()
    stream = io.BytesIO()
    document.save(stream)
    document.close()
    return stream.getvalue()


def screen(lines: int, dashed: bool) -> Image.Image:
    """A screen with lines of words in its frame, which may be a broken line."""
    image = Image.new("L", (1275, 1650), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(16)
    step, dash = (20, 14) if dashed else (20, 20)
    for x in range(150, 1130, step):
        for y in (250, 1450):
            draw.line((x, y, min(x + dash, 1130), y), fill=0, width=3)
    for y in range(250, 1450, step):
        for x in (150, 1130):
            draw.line((x, y, x, min(y + dash, 1450)), fill=0, width=3)
    words = LOREM.split()
    for number in range(lines):
        text = " ".join(words[number % 20 : number % 20 + 12])
        draw.text((190, 280 + 1140 // lines * number), text, font=font, fill=0)
    return image


@pytest.mark.parametrize("dashed", [False, True])
@pytest.mark.parametrize("lines", [3, 16, 40])
def test_a_screen_full_of_words_is_a_drawing(lines, dashed):
    page = screen(lines, dashed)
    assert not is_text_page(np.asarray(page), DPI)
    (event,) = events(pdf([page], DPI), "auto")[:1]
    assert isinstance(event, Page)


def test_the_same_words_without_a_frame_are_text():
    page = np.array(screen(40, dashed=False))
    page[:275], page[1440:], page[:, :170], page[:, 1110:] = 255, 255, 255, 255
    assert is_text_page(page, DPI)


def test_a_long_layer_of_hidden_text_does_not_make_a_drawing_text():
    data = with_hidden_text(sheet(1, (1275, 1650), label="FIG. 1"), LOREM * 12)
    assert isinstance(events(data, "auto")[0], Page)
    data = with_hidden_text(screen(40, dashed=False), "OK Cancel Save as Menu " * 120)
    assert isinstance(events(data, "auto")[0], Page)


def test_whole_takes_every_page():
    data = pdf([text_page(DPI), LOREM * 9, sheet(1, (1275, 1650))], DPI)
    assert [type(each) for each in events(data, "auto")] == [SkippedPage, SkippedPage, Page]
    assert [type(each) for each in events(data, "whole")] == [Page] * 3
