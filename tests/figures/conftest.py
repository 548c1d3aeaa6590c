"""Sheets made up for the tests, lettered in Pillow's own font, which the reader was not taught."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

Lettered = Callable[..., np.ndarray]

DRAWN = ((200, 250, 800, 900), (1300, 300, 1900, 1100))


def lettered(text: str, size_px: int = 60) -> np.ndarray:
    """A line of text, cut to its ink: uint8, 0 ink."""
    image = Image.new("L", (size_px * (len(text) + 2), size_px * 2), 255)
    font = ImageFont.load_default(size_px)
    ImageDraw.Draw(image).text((size_px, size_px // 3), text, 0, font=font)
    ink = np.asarray(image) < 128
    ys, xs = np.nonzero(ink)
    return np.where(ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1], 0, 255).astype(np.uint8)


def drawn_sheet(labels: tuple[str, ...] = ("FIG. 1", "FIG. 2"), boxes=DRAWN) -> np.ndarray:
    """A sheet with a crossed rectangle in every box and a label below each: uint8 (2300, 1400)."""
    image = Image.new("L", (1400, 2300), 255)
    draw = ImageDraw.Draw(image)
    for y0, x0, y1, x1 in boxes:
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=0, width=4)
        draw.line((x0 + 20, y0 + 20, x1 - 20, y1 - 20), fill=0, width=4)
    page = np.array(image)
    for text, (_, x0, y1, x1) in zip(labels, boxes, strict=True):
        line = lettered(text)
        left = (x0 + x1 - line.shape[1]) // 2
        page[y1 + 80 : y1 + 80 + line.shape[0], left : left + line.shape[1]] = line
    return page


@pytest.fixture(name="lettered")
def lettered_fixture() -> Lettered:
    """The function ``lettered(text, size_px)``."""
    return lettered


@pytest.fixture(name="drawn_sheet")
def drawn_sheet_fixture() -> Lettered:
    """The function ``drawn_sheet(labels, boxes)``."""
    return drawn_sheet


@pytest.fixture
def drawn() -> tuple[tuple[int, int, int, int], ...]:
    """Boxes (y0, x0, y1, x1) of the two drawings on the sheet."""
    return DRAWN


@pytest.fixture
def sheet() -> np.ndarray:
    """Two figures, one below the other, with their labels."""
    return drawn_sheet()
