"""Connected pieces of ink on a page: which are like letters, and stand in lines as letters do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]

INK_LEVEL = 160
"""Pixels darker than this are ink."""

LETTER_IN = (0.03, 0.21)
"""Heights of letters, in inches: from an x-height of 5 points to capitals of 20."""

WIDEST_IN = 0.35

_GAP_IN = 0.12
"""Letters and words of one line are no further apart."""

_WAVERS = 0.08
"""Share of a letter's height by which the median letter may stand off its line: of type, at most
.04."""

_WHOLE_PAGE = 0.87
"""A frame of such a share of the page, both ways, is the border of a
certificate: a drawing keeps to .82 of the width, by the margins of 37 CFR 1.84."""

_THIN_FRAME = 0.05
"""Such a frame is lines, and fills this share of its box at most."""

_EVEN_LETTERS, _EVEN_WIDTHS, _EVEN_FILLS = 16, 0.1, 0.1
"""A run of so many letters is a line of numbers where their widths vary by this share, and how much
of their boxes is ink by the other: those of digits vary less than those of words."""


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of ink: boxes int (n, 4) as y0, x0, y1, x1; pixels (n,); label image."""

    boxes: npt.NDArray[np.int64]
    pixels: npt.NDArray[np.int64]
    labels: Labels


def find_pieces(grey: Grey) -> Pieces:
    """Find the connected pieces of ink of a page, uint8 (H, W)."""
    cv2: Any = load_cv2()
    ink = (grey < INK_LEVEL).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    x, y, width, height, pixels = np.asarray(stats[1:], np.int64).reshape(-1, 5).T
    return Pieces(np.stack([y, x, y + height, x + width], axis=1), pixels, labels)


def without_frame(pieces: Pieces, shape: tuple[int, ...]) -> Pieces:
    """The pieces without a border round the whole page."""
    sides = pieces.boxes[:, 2:] - pieces.boxes[:, :2]
    whole = (sides >= _WHOLE_PAGE * np.array(shape)).all(axis=1)
    frame = whole & (pieces.pixels <= _THIN_FRAME * sides.prod(axis=1))
    if not frame.any():
        return pieces
    numbers = np.zeros(len(frame) + 1, np.int32)
    numbers[1:][~frame] = np.arange(1, 1 + np.count_nonzero(~frame))
    return Pieces(pieces.boxes[~frame], pieces.pixels[~frame], numbers[pieces.labels])


def letters_of(pieces: Pieces, dpi: float) -> npt.NDArray[np.bool_]:
    """Which pieces have the size of letters: bool (n,)."""
    heights = pieces.boxes[:, 2] - pieces.boxes[:, 0]
    widths = pieces.boxes[:, 3] - pieces.boxes[:, 1]
    low, high = (inches * dpi for inches in LETTER_IN)
    wide = (widths <= WIDEST_IN * dpi) & (widths <= 6 * heights)
    return np.asarray((heights >= low) & (heights <= high) & wide)


def runs_of(
    pieces: Pieces, chosen: npt.NDArray[np.intp], shape: tuple[int, ...], dpi: float
) -> list[npt.NDArray[np.intp]]:
    """Letters side by side, joined where no wider gap than ``_GAP_IN`` parts them."""
    cv2: Any = load_cv2()
    mask = np.zeros(shape, np.uint8)
    for y0, x0, y1, x1 in pieces.boxes[chosen]:
        middle, reach = (y0 + y1) // 2, max(1, (y1 - y0) // 4)
        mask[middle - reach : middle + reach, x0:x1] = 1
    width = 2 * round(_GAP_IN * dpi / 2) + 1
    joined = cv2.dilate(mask, np.ones((1, width), np.uint8))
    _, labels = cv2.connectedComponents(joined, connectivity=4)
    middles = (pieces.boxes[chosen, 0] + pieces.boxes[chosen, 2]) // 2
    owner = labels[middles, pieces.boxes[chosen, 1]]
    order = np.argsort(owner, kind="stable")
    return np.split(chosen[order], np.flatnonzero(np.diff(owner[order])) + 1)


def rows_of(pieces: Pieces, chosen: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Letters on one height, however far apart, from the top."""
    rows: list[list[int]] = []
    bottom = -1.0
    middles = (pieces.boxes[chosen, 0] + pieces.boxes[chosen, 2]) / 2
    for at in np.argsort(middles, kind="stable"):
        height = pieces.boxes[chosen[at], 2] - pieces.boxes[chosen[at], 0]
        if not rows or middles[at] > bottom:
            rows.append([])
            bottom = middles[at] + 0.75 * height
        rows[-1].append(int(chosen[at]))
    return [np.array(row, np.intp) for row in rows]


def is_text(pieces: Pieces, run: npt.NDArray[np.intp], *, numbers: bool = False) -> bool:
    """Whether shapes vary as letters do; hatching, dashes, dots and rows of ribs do not.

    With ``numbers`` they may vary as those of digits do.
    """
    heights = pieces.boxes[run, 2] - pieces.boxes[run, 0]
    widths = pieces.boxes[run, 3] - pieces.boxes[run, 1]
    fill = pieces.pixels[run] / (heights * widths)
    aspect = widths / heights
    varied = widths.std() >= 0.2 * widths.mean()
    if numbers and len(run) >= _EVEN_LETTERS:
        varied |= widths.std() >= _EVEN_WIDTHS * widths.mean() and (
            fill.std() >= _EVEN_FILLS * fill.mean()
        )
    return bool(
        0.35 <= np.median(aspect) <= 1.4
        and 0.2 <= np.median(fill) <= 0.75
        and varied
        and heights.max() <= 3 * np.median(heights)
        and heights.std() <= 0.5 * heights.mean()
    )


def on_a_line(pieces: Pieces, run: npt.NDArray[np.intp]) -> bool:
    """Whether most stand on one straight line, as letters do; rows of dashes side by side waver."""
    x, bottoms = pieces.boxes[run, 1], pieces.boxes[run, 2]
    heights = bottoms - pieces.boxes[run, 0]
    off = bottoms - np.polyval(np.polyfit(x - x.mean(), bottoms, 1), x - x.mean())
    return bool(np.median(np.abs(off - np.median(off))) <= _WAVERS * np.median(heights))
