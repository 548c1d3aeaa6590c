"""Sheets as a patent office publishes them: figures labelled "FIG. n", some sideways, scanned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError

Grey = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

WIDTH_PX, HEIGHT_PX = 1410, 1860
"""Median size of the sheets in a sample of 438 published USPTO design sheets (300 dpi)."""
_MARGIN_PX = 60
_FONTS = (0, 1, 2, 3, 4, 5, 6, 7)  # OpenCV's FONT_HERSHEY_SIMPLEX and on


@dataclass(frozen=True)
class Layout:
    """What one applicant does the same way on every sheet.

    Attributes:
        font: One of OpenCV's FONT_HERSHEY_* faces, 0 to 7; OpenCV 5 draws them anew.
        italic: Slanted letters.
        label_px: Height of the label's line of text; its capitals take four fifths of it.
        label_line_px: Stroke width of the label.
        word: ``"FIG. "``, ``"Fig. "``, ``"FIGURE "`` or ``"FIG "``.
        above: The label stands over its figure rather than under it.
        landscape_share: Chance that a sheet is drawn sideways.
        specks: Dirt specks a sheet.
        skew_deg: Largest turn of the paper in the scanner.
    """

    font: int = 0
    italic: bool = False
    label_px: int = 44
    label_line_px: int = 3
    word: str = "FIG. "
    above: bool = False
    landscape_share: float = 0.2
    specks: int = 20
    skew_deg: float = 0.3


@dataclass(frozen=True, eq=False)
class Sheet:
    """One published page.

    Attributes:
        grey: uint8 (H, W), 0 ink, 255 paper, as stored.
        boxes: Of each figure's ink without its label, ``(y0, x0, y1, x1)`` in pixels of ``grey``.
        labels: Text of each figure's label.
        landscape: True: to be read, the sheet must be turned 90° clockwise.
    """

    grey: Grey
    boxes: tuple[Box, ...]
    labels: tuple[str, ...]
    landscape: bool


def random_layout(rng: np.random.Generator) -> Layout:
    """An applicant's habits."""
    return Layout(
        font=int(rng.choice(_FONTS)),
        italic=bool(rng.random() < 0.2),
        label_px=int(rng.integers(28, 80)),
        label_line_px=int(rng.integers(2, 7)),
        word=str(rng.choice(["FIG. ", "FIG. ", "Fig. ", "FIGURE ", "FIG "])),
        above=bool(rng.random() < 0.2),
        landscape_share=float(rng.choice([0.0, 0.23, 0.6])),
        specks=int(rng.integers(0, 60)),
        skew_deg=float(rng.uniform(0, 0.8)),
    )


def compose_sheet(
    figures: Sequence[Grey], layout: Layout, rng: np.random.Generator, *, first_number: int = 1
) -> Sheet:
    """Lay one to four figures out on a sheet, one below the other, each with its label.

    Args:
        figures: uint8 (H, W) drawings; scaled to their share of the sheet, never stretched.
        layout: The applicant's habits; the same for all sheets of a patent.
        rng: Chance within them.
        first_number: Number of the first figure.

    Raises:
        ConfigError: No figure, or more than four.
    """
    if not 1 <= len(figures) <= 4:
        raise ConfigError(f"A sheet takes one to four figures, not {len(figures)}.")
    landscape = bool(rng.random() < layout.landscape_share)
    height, width = (WIDTH_PX, HEIGHT_PX) if landscape else (HEIGHT_PX, WIDTH_PX)
    page = np.full((height, width), 255, np.uint8)
    owner = np.zeros((height, width), np.uint8)
    share = (height - 2 * _MARGIN_PX) // len(figures)
    labels = tuple(f"{layout.word}{first_number + order}" for order in range(len(figures)))
    for order, figure in enumerate(figures):
        rows = slice(_MARGIN_PX + order * share, _MARGIN_PX + (order + 1) * share)
        owner[rows][_place(page[rows], figure, labels[order], layout, rng)] = order + 1
    page, owner = _scan(page, owner, layout, rng)
    boxes = [_ink_box(page, owner == order + 1) for order in range(len(figures))]
    _soil(page, layout, rng)
    if landscape:  # stored turned counter-clockwise, as the office does
        page = np.ascontiguousarray(np.rot90(page))
        boxes = [(width - x1, y0, width - x0, y1) for y0, x0, y1, x1 in boxes]
    return Sheet(page, tuple(boxes), labels, landscape)


def _place(
    band: Grey, figure: Grey, label: str, layout: Layout, rng: np.random.Generator
) -> tuple[slice, slice]:
    """Put a figure and its label into a band of the page; the figure's place in the band."""
    import cv2

    label_room = int(layout.label_px * 2.2)
    room_h, room_w = band.shape[0] - label_room, band.shape[1] - 2 * _MARGIN_PX
    scale = min(room_h / figure.shape[0], room_w / figure.shape[1]) * rng.uniform(0.7, 1.0)
    size = (max(8, int(figure.shape[1] * scale)), max(8, int(figure.shape[0] * scale)))
    drawn = cv2.resize(figure, size, interpolation=cv2.INTER_AREA)
    drawn = np.where(drawn < 190, 0, 255).astype(np.uint8)
    x0 = (band.shape[1] - size[0]) // 2 + int(rng.integers(-20, 21))
    y0 = (label_room if layout.above else 0) + (room_h - size[1]) // 2
    band[y0 : y0 + size[1], x0 : x0 + size[0]] = drawn
    baseline = (
        y0 - layout.label_px // 2 if layout.above else y0 + size[1] + int(layout.label_px * 1.6)
    )
    _write(band, label, (band.shape[1] // 2, baseline), layout)
    return slice(y0, y0 + size[1]), slice(x0, x0 + size[0])


def _ink_box(page: Grey, place: npt.NDArray[np.bool_]) -> Box:
    """Bounding box of the ink in a place of the page; of the place itself if there is no ink."""
    inked = place & (page == 0)
    ys, xs = np.nonzero(inked if inked.any() else place)
    return int(ys.min()), int(xs.min()), int(ys.max()) + 1, int(xs.max()) + 1


def _write(band: Grey, text: str, middle: tuple[int, int], layout: Layout) -> None:
    import cv2

    font = layout.font | (cv2.FONT_ITALIC if layout.italic else 0)
    (_, unit), _ = cv2.getTextSize(text, font, 1.0, 1)
    scale = layout.label_px / max(1, unit)
    (width, _), _ = cv2.getTextSize(text, font, scale, layout.label_line_px)
    spot = (middle[0] - width // 2, min(middle[1], band.shape[0] - 4))
    cv2.putText(band, text, spot, font, scale, 0, layout.label_line_px, cv2.LINE_8)


def _scan(page: Grey, owner: Grey, layout: Layout, rng: np.random.Generator) -> tuple[Grey, Grey]:
    """Turn the paper and the map of its figures a little, roughen the strokes' borders."""
    import cv2

    centre = (page.shape[1] / 2, page.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(centre, rng.uniform(-layout.skew_deg, layout.skew_deg), 1.0)
    size = (page.shape[1], page.shape[0])
    turned = cv2.warpAffine(page, turn, size, flags=cv2.INTER_LINEAR, borderValue=255)
    # Strokes at a figure's very border spread by a pixel when the paper turns.
    owner = np.asarray(cv2.dilate(owner, np.ones((5, 5), np.uint8)), np.uint8)
    owner = np.asarray(cv2.warpAffine(owner, turn, size, flags=cv2.INTER_NEAREST), np.uint8)
    grain = rng.integers(-40, 41, (page.shape[0] // 2 + 1, page.shape[1] // 2 + 1), np.int16)
    grain = np.repeat(np.repeat(grain, 2, 0), 2, 1)[: page.shape[0], : page.shape[1]]
    scanned = np.where(np.asarray(turned, np.int16) + grain < 150, 0, 255).astype(np.uint8)
    return scanned, owner


def _soil(page: Grey, layout: Layout, rng: np.random.Generator) -> None:
    for y, x in (rng.random((layout.specks, 2)) * page.shape).astype(int):
        size = int(rng.integers(1, 4))
        page[y : y + size, x : x + size] = 0
