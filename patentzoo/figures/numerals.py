"""Reference numerals and their lead lines taken out of a drawing that has them.

A numeral is a short row of digits that the label reader reads, and its lead line a thin stroke that
begins beside it and leaves its neighbourhood once: a stroke of the drawing that passes by leaves it
twice. A single such pair can be chance, so nothing is done below ``LEAST`` of them.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.figures.components import Box, Components, find_components
from patentzoo.figures.lead_lines import followed, leads_beside, outermost_ends
from patentzoo.figures.lines import MIN_GLYPH_PX
from patentzoo.figures.reader import read_lines
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

LEAST = 3
"""So many numerals with lead lines are evidence that a drawing has them."""

_SURE = 0.5
"""Confidence from which a row counts as read."""

_NUMERAL = re.compile(r"^[1-9IL][0-9OIL]{0,3}[A-Za-z]?'?$")

_ALIKE, _MOST_SEEDS, _MOST_HEIGHTS = 0.08, 100, 3
"""Digits of one drawing are of one height, within this share; so many pieces are tried at most, of
each of so many heights."""

_GAP = 0.35
"""Digits of a numeral are no further apart, in heights."""

_ALONE = (0.35, 0.8, 0.05)
"""Above and beside a numeral, in its heights, at most such a share is ink."""

_HIGHEST = 0.12
"""Highest numeral, as a share of the picture's longer side."""


def without_numerals(grey: Grey) -> tuple[Grey, int]:
    """Take reference numerals and their lead lines out of a drawing that shows several.

    A lead is followed up to the first stroke it meets; what lies beyond, on the drawing, stays.

    Args:
        grey: uint8 (H, W), 0 ink, 255 paper.

    Returns:
        uint8 (H, W) and how many numerals went; the very array given, and 0, without evidence.
    """
    components = find_components(grey)
    ink = components.labels > 0
    boxes = _numerals(components, ink)
    if len(boxes) < LEAST:
        return grey, 0
    lettering = np.zeros(ink.shape, bool)
    for y0, x0, y1, x1 in boxes:
        lettering[y0:y1, x0:x1] = True
    strokes = ink & ~lettering
    leads = [leads_beside(strokes, each) for each in boxes]
    if sum(bool(each) for each in leads) < LEAST:
        return grey, 0
    for each in (lead for found in leads for lead in found):
        strokes &= ~followed(strokes, each)
    height = int(np.median([y1 - y0 for y0, _, y1, _ in boxes]))
    width = float(np.median([lead.width for found in leads for lead in found]))
    for end in outermost_ends(ink, 2 * height, width):  # the tails of arrows
        strokes &= ~followed(strokes, end)
    return _painted(grey, ink, _without_rests(strokes, ink, height)), len(boxes)


def _without_rests(strokes: Mask, ink: Mask, height: int) -> Mask:
    """Take out the small pieces that are left of something larger."""
    cv2 = load_cv2()
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8))
    gone = cv2.dilate((ink & ~strokes).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    cut = np.zeros(len(stats), bool)
    cut[np.unique(labels[gone])] = True
    small = cut & (np.maximum(stats[:, 2], stats[:, 3]) <= height)
    small[0] = False
    return np.asarray(strokes & ~small[labels])


def _painted(grey: Grey, ink: Mask, strokes: Mask) -> Grey:
    """White where ink is no longer a stroke."""
    gone = ink & ~strokes
    cv2 = load_cv2()
    # Soft edges of what goes are lighter than ink.
    wide = cv2.dilate(gone.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    kept = cv2.dilate(strokes.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    out = grey.copy()
    out[gone | (wide & ~kept)] = 255
    return out


def _numerals(components: Components, ink: Mask) -> list[Box]:
    """Boxes of the rows of ink that are read as reference numerals, each once."""
    seeds = _seeds(components, max(ink.shape))
    found = [_read(ink, seeds[alike]) for alike in _heights(seeds)]
    return max(found, key=len, default=[])


def _read(ink: Mask, seeds: npt.NDArray[np.int64]) -> list[Box]:
    """Boxes of the numerals about pieces that may be their digits."""
    rows = {_row(ink, box) for box in seeds.tolist()}
    boxes = sorted(each for each in rows if each is not None and _stands_alone(ink, each))
    readings = read_lines(
        [np.where(ink[y0:y1, x0:x1], 0, 255).astype(np.uint8) for y0, x0, y1, x1 in boxes]
    )
    found: list[tuple[float, Box]] = []
    for box, reading in zip(boxes, readings, strict=True):
        digits = any(sign in "023456789" for sign in reading.text)  # strokes read as ones
        if reading.confidence >= _SURE and digits and _NUMERAL.match(reading.text):
            found.append((len(reading.text) + reading.confidence, box))
    kept: list[Box] = []
    for _, box in sorted(found, reverse=True):
        if not any(_overlap(box, other) for other in kept):
            kept.append(box)
    return kept


def _seeds(components: Components, longer_px: int) -> npt.NDArray[np.int64]:
    """Boxes of separate pieces that may be digits: int64 (n, 4)."""
    y0, x0, y1, x1 = components.boxes.T
    heights, widths = y1 - y0, x1 - x0
    fits = (heights >= MIN_GLYPH_PX) & (heights <= _HIGHEST * longer_px)
    fits &= (widths <= 1.3 * heights) & (widths >= 0.12 * heights)
    fits &= components.areas <= 0.8 * heights * widths
    return np.asarray(components.boxes[fits], np.int64)


def _heights(seeds: npt.NDArray[np.int64]) -> list[npt.NDArray[np.intp]]:
    """Pieces of one height each, for the heights that the most have."""
    heights = seeds[:, 2] - seeds[:, 0]
    left = np.ones(len(seeds), bool)
    found: list[npt.NDArray[np.intp]] = []
    while left.any() and len(found) < _MOST_HEIGHTS:
        alike = (np.abs(heights[:, None] / heights - 1) <= _ALIKE) & left
        usual = alike[np.where(left, alike.sum(axis=1), -1).argmax()]
        if usual.sum() >= LEAST:
            found.append(np.flatnonzero(usual)[:_MOST_SEEDS])
        left &= ~usual
    return found


def _row(ink: Mask, seed: list[int]) -> Box | None:
    """The row of digits about one of them, cut out of whatever touches it."""
    cv2: Any = load_cv2()
    y0, y1, height = seed[0], seed[2], seed[2] - seed[0]
    x0 = max(0, seed[1] - round(2.6 * height))
    strip = ink[y0:y1, x0 : seed[3] + round(2.6 * height)]
    _, _, stats, _ = cv2.connectedComponentsWithStats(strip.astype(np.uint8), connectivity=8)
    pieces = [each for each in stats[1:] if each[3] >= 0.6 * height and each[2] <= 2.7 * height]
    left, right = seed[1] - x0, seed[3] - x0
    for _ in pieces:
        for x, _, width, *_ in pieces:
            if x <= right + _GAP * height and x + width >= left - _GAP * height:
                left, right = min(left, x), max(right, x + width)
    wide = right - left
    return (y0, int(x0 + left), y1, int(x0 + right)) if wide <= 4.2 * height else None


def _stands_alone(ink: Mask, box: Box) -> bool:
    """Whether a row stands on paper, where nothing but its lead comes near."""
    height = box[2] - box[0]
    down, right = round(_ALONE[0] * height), round(_ALONE[1] * height)
    y0, x0 = max(0, box[0] - down), max(0, box[1] - right)
    around = ink[y0 : box[2] + down, x0 : box[3] + right]
    own = ink[box[0] : box[2], box[1] : box[3]]
    room = around.size - own.size
    return int(np.count_nonzero(around)) - int(np.count_nonzero(own)) <= _ALONE[2] * max(1, room)


def _overlap(box: Box, other: Box) -> bool:
    down = min(box[2], other[2]) - max(box[0], other[0])
    return down > 0 and min(box[3], other[3]) - max(box[1], other[1]) > 0
