"""Numbers in header lines of several typefaces, and lines that resemble them."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from patentzoo.figures.header import read_number
from patentzoo.figures.reader import read_lines
from patentzoo.images.pdf_text import split_header

FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")


def page(number: str, face: str, size: int = 54) -> np.ndarray:
    """The upper part of a page with its header line."""
    font = ImageFont.truetype(FONTS / f"{face}.ttf", size)
    paper = Image.new("L", (2560, 400), 255)
    words = ((0.06, "U.S. Patent"), (0.32, "Jan. 5, 2021"), (0.52, "Sheet 1 of 8"), (0.74, number))
    for share, text in words:
        ImageDraw.Draw(paper).text((share * 2560, 170), text, font=font, fill=0)
    return np.where(np.asarray(paper) < 128, 0, 255).astype(np.uint8)


def read(number: str, face: str) -> str | None:
    cleaned, line = split_header(page(number, face), 300)
    assert line is not None
    assert cleaned.min() == 255
    return read_number(line)


@pytest.mark.parametrize(
    ("face", "least"),
    [("DejaVuSans", 6), ("DejaVuSerif-Bold", 6), ("DejaVuSansMono-Bold", 4), ("cmb10", 4)],
)
def test_numbers_in_several_faces_are_right_or_none(face: str, least: int):
    """Drawn by chance, with digits that a reading of the whole loses behind the D."""
    rng = np.random.default_rng(7)
    numbers = [f"D9{rng.integers(0, 100):02d},{rng.integers(0, 1000):03d}" for _ in range(5)]
    numbers += [f"D1,0{rng.integers(0, 100):02d},{rng.integers(0, 1000):03d}" for _ in range(3)]
    found = [read(f"US {number} S", face) for number in numbers]
    assert all(said in (None, number) for said, number in zip(found, numbers, strict=True))
    assert sum(said is not None for said in found) >= least


@pytest.mark.parametrize("face", ["DejaVuSans", "DejaVuSerif-Bold", "DejaVuSansMono-Bold"])
@pytest.mark.parametrize(
    "number",
    [
        *("29/907,292", "No. 907,292", "A907,292", "1907,292", "PP12,345 P2", "H1,234", "T907,292"),
        *("9,907,292 B2", "D012,345", "D2,012,345", "RE4,123,456", "D907,29", "D907.292"),
    ],
)
def test_other_numbers_are_none(number: str, face: str):
    assert read(f"US {number}", face) is None


def test_a_letter_may_be_taken_for_the_digit_like_it():
    font = ImageFont.truetype(FONTS / "DejaVuSans.ttf", 60)
    paper = Image.new("L", (300, 120), 255)
    ImageDraw.Draw(paper).text((20, 20), "0", font=font, fill=0)
    grey = np.asarray(paper)
    rows, columns = np.nonzero(grey < 128)
    line = grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    (apart,), (together,) = read_lines([line]), read_lines([line], alike={"O": "0", "o": "0"})
    assert apart.text == ""  # half a zero and half a letter
    assert together.text == "0"
