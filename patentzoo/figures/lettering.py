"""Lines of lettering drawn by the computer, to teach the reader with.

Labels in every font at hand and in OpenCV's stroke fonts (Hershey), sheared, thickened, thinned,
roughened, underlined, with letters that touch; other words, so that they are read as what they are;
and pieces of drawings, which are to be read as nothing. No drawing of the evaluation is among them.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

_LETTERS_AFTER = "ABCDEFGHabc"
_HERSHEY_FONTS = (0, 1, 2, 3, 4)


def random_label(rng: np.random.Generator) -> str:
    """A figure's label, e.g. "FIG. 3A", "Fig 12", "1.4"."""
    number = str(int(rng.integers(1, 10) if rng.random() < 0.6 else rng.integers(1, 130)))
    if rng.random() < 0.12:
        return f"{int(rng.integers(1, 20))}.{int(rng.integers(1, 20))}"
    if rng.random() < 0.25:
        number += str(rng.choice(list(_LETTERS_AFTER)))
    if rng.random() < 0.04:
        number += "'"
    words = ["FIG. ", "FIG.", "FIG ", "Fig. ", "Fig.", "Fig ", "fig. ", "FIGURE ", "Figure "]
    words += ["FIG - ", "FIG-", "FIG. ", "FIG. ", "Fig. ", "F I G. "]
    gap = " " * int(rng.integers(0, 7)) if rng.random() < 0.3 else ""
    return str(rng.choice(words)) + gap + number


def random_words(rng: np.random.Generator) -> str:
    """Letters and digits that are no label: what screens and engravings say."""
    signs = str(rng.choice([string.ascii_uppercase, string.ascii_lowercase, string.digits]))
    if rng.random() < 0.3:
        signs = string.ascii_letters + string.digits + ".-'/:()&,"
    word = "".join(rng.choice(list(signs), int(rng.integers(1, 9))))
    return word.capitalize() if rng.random() < 0.2 else word


def find_fonts(folders: Sequence[Path]) -> list[Path]:
    """The font files below some folders that can draw a label, in order of their names."""
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*.ttf")):
        if any(word in path.name for word in ("awesome", "STIXNon", "STIXSiz", "LastResort")):
            continue
        if path.name.startswith(("cmex", "cmsy", "cmmi")):
            continue
        found.append(path)
    return found


def draw_line(text: str, fonts: Sequence[Path], rng: np.random.Generator) -> Grey:
    """The text as a scanned drawing would show it: uint8 (h, w), cut to its ink, 0 ink."""
    if rng.random() < 0.2 or not fonts:
        page = _in_strokes(text, rng)
    else:
        page = _in_type(text, fonts[int(rng.integers(len(fonts)))], rng)
    page = _sheared(page, rng)
    page = _roughened(page, rng)
    return _cut(page)


def draw_clutter(rng: np.random.Generator) -> Grey:
    """Strokes, arcs and hatching of the size of a label: uint8 (h, w), 0 ink."""
    height, width = int(rng.integers(24, 80)), int(rng.integers(40, 300))
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    kind = int(rng.integers(4))
    for _ in range(int(rng.integers(2, 14))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        reach = rng.uniform(4, height)
        line = int(rng.integers(1, 6))
        if kind == 0:
            draw.line((x, y, x + rng.normal(0, reach), y + rng.normal(0, reach)), 0, line)
        elif kind == 1:
            draw.ellipse((x, y, x + reach, y + reach * rng.uniform(0.4, 1)), None, 0, line)
        elif kind == 2:
            slant = rng.uniform(-0.3, 0.3) * height
            draw.line((x, 0, x + slant, height * rng.uniform(0.6, 1)), 0, line)
        else:
            start = rng.uniform(0, 360)
            box = (x, y, x + reach * 1.5, y + reach)
            draw.arc(box, start, start + rng.uniform(40, 300), 0, line)
    return _cut(np.asarray(image))


def _in_type(text: str, font: Path, rng: np.random.Generator) -> Grey:
    size = int(rng.integers(24, 110))
    face = ImageFont.truetype(str(font), size)
    spacing = rng.uniform(-0.06, 0.5) * size if rng.random() < 0.3 else 0.0
    image = Image.new("L", (int(size * (len(text) + 2) * 1.5), size * 2), 255)
    draw = ImageDraw.Draw(image)
    if spacing:
        x = size / 2
        for sign in text:
            draw.text((x, size / 3), sign, 0, font=face)
            x += draw.textlength(sign, font=face) + spacing
    else:
        draw.text((size / 2, size / 3), text, 0, font=face)
    if rng.random() < 0.06:
        _underline(draw, image, rng)
    return np.asarray(image)


def _underline(draw: ImageDraw.ImageDraw, image: Image.Image, rng: np.random.Generator) -> None:
    box = image.point(lambda value: 255 - value).getbbox()
    if box:
        y = box[3] + int(rng.integers(3, 12))
        draw.line((box[0], y, box[2], y), 0, int(rng.integers(2, 6)))


def _in_strokes(text: str, rng: np.random.Generator) -> Grey:
    cv2 = load_cv2()
    font = int(rng.choice(_HERSHEY_FONTS)) | (cv2.FONT_ITALIC if rng.random() < 0.2 else 0)
    scale = float(rng.uniform(1.0, 3.5))
    line = int(rng.integers(1, 1 + max(2, int(scale * 3))))
    (width, height), base = cv2.getTextSize(text, font, scale, line)
    spacing = int(rng.uniform(0, 0.6) * height) if rng.random() < 0.4 else 0
    page = np.full((height + base + 40, width + spacing * len(text) + 60), 255, np.uint8)
    x = 20
    for sign in text if spacing else [text]:
        cv2.putText(page, sign, (x, height + 15), font, scale, 0, line, cv2.LINE_8)
        x += cv2.getTextSize(sign, font, scale, line)[0][0] + spacing
    return page


def _sheared(page: Grey, rng: np.random.Generator) -> Grey:
    """Slanted, turned by a degree or two, narrowed or widened."""
    cv2 = load_cv2()
    height, width = page.shape
    slant = rng.normal(0, 0.12) if rng.random() < 0.5 else 0.0
    turn = rng.normal(0, 0.012)
    stretch = float(rng.uniform(0.42, 0.8) if rng.random() < 0.2 else np.exp(rng.normal(0, 0.18)))
    matrix = np.array([[stretch, -slant, max(0.0, slant) * height], [turn, 1.0, 0.0]])
    size = (int(width * stretch + abs(slant) * height) + 8, height + 8)
    moved = cv2.warpAffine(page, matrix, size, flags=cv2.INTER_AREA, borderValue=255)
    return np.asarray(moved, np.uint8)


def _roughened(page: Grey, rng: np.random.Generator) -> Grey:
    """Thicker or thinner strokes, and the ragged edges of a scan in black and white."""
    cv2 = load_cv2()
    if rng.random() < 0.4:
        blur = float(rng.uniform(0.4, 1.6))
        noise = rng.normal(0, rng.uniform(0, 30), page.shape)
        soft = np.asarray(cv2.GaussianBlur(page, (0, 0), blur), np.float32) + noise
        return np.where(soft < rng.uniform(90, 190), 0, 255).astype(np.uint8)
    scanned = np.where(page < rng.uniform(80, 200), 0, 255).astype(np.uint8)
    if rng.random() < 0.12:  # grey lettering, screened into dots
        y, x = np.ogrid[: page.shape[0], : page.shape[1]]
        pitch = int(rng.integers(2, 5))
        scanned[((x + y) % pitch == 0) & ((x - y) % pitch < pitch // 2 + 1)] = 255
    if rng.random() < 0.15:
        scanned = np.asarray(cv2.erode(scanned, np.ones((2, 2), np.uint8)), np.uint8)
    return scanned


def _cut(page: Grey) -> Grey:
    ys, xs = np.nonzero(page < 128)
    if not len(ys):
        return page[:8, :8]
    return page[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
