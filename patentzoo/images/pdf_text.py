"""Pages of text among the pages of a PDF, and the line of text above each sheet.

A rule on connected components: letters are pieces of ink of a certain size, side by side, of
unequal widths, neither solid nor hollow. Nothing is read. Tuned on generated pages and held against
real sheets (see docs/sources-measured.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.images.ink_pieces import (
    LETTER_IN,
    WIDEST_IN,
    Pieces,
    find_pieces,
    is_text,
    letters_of,
    on_a_line,
    rows_of,
    runs_of,
    without_frame,
)
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

_HEADER_IN = 1.2
"""The header stands within so many inches of the upper edge."""

_LINES, _SHARE = 14, 0.3
"""A page with so many lines of text, and that share of its ink in them, is a page of text; the
picture of a screen has as many lines, but not the share."""
_FEW_LINES, _LARGE_SHARE = 2, 0.5
_MANY_LINES, _SMALL_SHARE = 24, 0.2
"""A title page has two columns of them; a heavy picture below leaves them a small share."""
_SHORT_LINES, _SHORT_LETTERS = 13, 300
"""At most so many lines and letters are a short page of text; patterns drawn in dashes have more
of what looks like letters."""
_RULE_IN = 0.03
"""A straight line so thin, upright or level, is a rule between columns."""
_TOLD_LINES = 8
"""So many lines are enough where the page's text layer says that it is a page of text."""
_FRAME_IN = (0.5, 1.0)
"""A drawing at least so high and wide may have words in it, as a screen has."""
_DASH_GAP_IN = 0.06
"""Gaps between the dashes of a broken line."""
_SCAN_EDGE = 0.97
"""A frame of such a share of the page, both ways, is the edge of a scan."""
_NUMBER_LETTERS = 8
"""A page with nothing but the patent's number and its own has so many letters at least."""
_HEADER_LETTERS = 24
"""Fewer are a label, or a row of small things."""


def is_text_page(grey: Grey, dpi: float, *, told: bool = False) -> bool:
    """Whether a page is text, with or without a small picture, rather than a sheet of drawings.

    The ink decides: words within a drawing, as on a screen, do not count.

    Args:
        grey: uint8 (H, W), 0 ink, 255 paper; upright.
        dpi: Pixels an inch.
        told: The page's text layer has the phrases of a title page or a claim.
    """
    whole = find_pieces(grey)
    pieces = without_frame(whole, grey.shape)
    lines, share = _lines_of(pieces, grey.shape, dpi, numbers=pieces is not whole)
    rules = (_FEW_LINES, _LARGE_SHARE), (_LINES, _SHARE), (_MANY_LINES, _SMALL_SHARE)
    by_ink = any(lines >= least and share >= part for least, part in rules)
    if by_ink or (told and lines >= _TOLD_LINES):
        return True
    if lines > _SHORT_LINES or not _nothing_drawn(pieces, dpi):
        return False
    worded = lines > 0 or _lines_of(pieces, grey.shape, dpi, numbers=True)[0] > 0
    return (worded or _at_top(pieces, len(grey), dpi)) and split_header(grey, dpi)[1] is None


def _at_top(pieces: Pieces, height: int, dpi: float) -> bool:
    """Whether all that is no dirt are some letters above where drawings begin on a whole page."""
    if height < 4 * _HEADER_IN * dpi:
        return False
    letters = letters_of(pieces, dpi)
    enough = np.count_nonzero(letters) >= _NUMBER_LETTERS
    return bool(enough and pieces.boxes[letters, 2].max() <= _HEADER_IN * dpi)


def _nothing_drawn(pieces: Pieces, dpi: float) -> bool:
    """Whether all ink is letters, dirt and rules; of a few lines at the top of an empty page.

    A drawing in broken lines is small pieces, too: above it the header line of a sheet stands.
    """
    if letters_of(pieces, dpi).sum() > _SHORT_LETTERS:
        return False
    boxes = pieces.boxes
    sides = boxes[:, 2:] - boxes[:, :2]
    large = sides.max(axis=1) > WIDEST_IN * dpi
    return not (large & (sides.min(axis=1) > _RULE_IN * dpi)).any()


def text_lines(grey: Grey, dpi: float) -> tuple[int, float]:
    """Count the lines of eight letters or more outside drawings, and their share of all the ink.

    Args:
        grey: uint8 (H, W), 0 ink, 255 paper; upright.
        dpi: Pixels an inch.

    Returns:
        The number of lines, and their share in [0, 1].
    """
    return _lines_of(find_pieces(grey), grey.shape, dpi)


def _lines_of(
    pieces: Pieces, shape: tuple[int, ...], dpi: float, *, numbers: bool = False
) -> tuple[int, float]:
    """The same of pieces; with ``numbers`` lines of digits count, too."""
    runs = runs_of(pieces, np.flatnonzero(letters_of(pieces, dpi)), shape, dpi)
    long = [run for run in runs if len(run) >= 8]
    found = [
        run for run in long if is_text(pieces, run, numbers=numbers) and on_a_line(pieces, run)
    ]
    found = _outside_drawings(pieces, found, shape, dpi)
    ink = int(pieces.pixels.sum())
    return len(found), sum(int(pieces.pixels[run].sum()) for run in found) / max(1, ink)


def _outside_drawings(
    pieces: Pieces, lines: list[npt.NDArray[np.intp]], shape: tuple[int, ...], dpi: float
) -> list[npt.NDArray[np.intp]]:
    """The lines that no drawing encloses."""
    if not lines:
        return lines
    frames = _drawings(pieces, np.concatenate(lines), shape, dpi)
    if not len(frames):
        return lines
    outside = []
    for line in lines:
        y0, x0 = pieces.boxes[line, :2].min(axis=0)
        y1, x1 = pieces.boxes[line, 2:].max(axis=0)
        upper = (frames[:, 0] <= y0) & (frames[:, 1] <= x0)
        if not (upper & (frames[:, 2] >= y1) & (frames[:, 3] >= x1)).any():
            outside.append(line)
    return outside


def _drawings(
    pieces: Pieces, lettering: npt.NDArray[np.intp], shape: tuple[int, ...], dpi: float
) -> npt.NDArray[np.int64]:
    """Boxes int (n, 4) of what is drawn, the dashes of broken lines joined; y0, x0, y1, x1."""
    cv2: Any = load_cv2()
    drawn = np.ones(len(pieces.boxes) + 1, np.uint8)
    drawn[0] = 0
    drawn[lettering + 1] = 0
    # Small marks and dots between words would join lines of text into something large.
    longest = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).max(axis=1, initial=0)
    drawn[1:][longest < LETTER_IN[0] * dpi] = 0
    gap = 2 * round(_DASH_GAP_IN * dpi / 2) + 1
    joined = cv2.dilate(drawn[pieces.labels], np.ones((gap, gap), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    x, y, width, height, _ = np.asarray(stats[1:], np.int64).reshape(-1, 5).T
    large = (height >= _FRAME_IN[0] * dpi) & (width >= _FRAME_IN[1] * dpi)
    whole = (height >= _SCAN_EDGE * shape[0]) & (width >= _SCAN_EDGE * shape[1])
    return np.stack([y, x, y + height, x + width], axis=1)[large & ~whole]


def without_header(grey: Grey, dpi: float) -> Grey:
    """Paint the line above a sheet over, as :func:`split_header` does."""
    return split_header(grey, dpi)[0]


def split_header(grey: Grey, dpi: float) -> tuple[Grey, Grey | None]:
    """Paint the line above a sheet over: it prints the patent's number.

    "U.S. Patent   Jan. 5, 2021   Sheet 1 of 8   US D907,292 S": a line of letters within 1.2 inches
    of the edge, as wide as half the page, with nothing beside or above it. A page without such a
    line is given back as it is; boxes found later are still those of the page.

    Args:
        grey: uint8 (H, W), 0 ink, 255 paper; upright.
        dpi: Pixels an inch.

    Returns:
        The page, and the line alone, uint8 (h, w), cut to its ink; None where there is none.
    """
    top = grey[: round(_HEADER_IN * dpi)]
    pieces = find_pieces(top)
    chosen = np.flatnonzero(letters_of(pieces, dpi) & (pieces.boxes[:, 2] < len(top)))
    for row in rows_of(pieces, chosen):
        left, right = pieces.boxes[row, 1].min(), pieces.boxes[row, 3].max()
        wide = right - left >= grey.shape[1] / 2
        if len(row) >= _HEADER_LETTERS and wide and is_text(pieces, row, numbers=True):
            line = _with_marks(pieces, row, dpi)
            if _stands_alone(pieces, line):
                inked = np.isin(pieces.labels, line + 1)
                cleaned = grey.copy()
                cleaned[: len(top)][inked] = 255
                return cleaned, _alone(inked, pieces.boxes[line])
    return grey, None


def _alone(inked: npt.NDArray[np.bool_], boxes: npt.NDArray[np.int64]) -> Grey:
    """Some pieces as a picture of their own: uint8 (h, w), 0 ink."""
    (y0, x0), (y1, x1) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return np.where(inked[y0:y1, x0:x1], 0, 255).astype(np.uint8)


def _stands_alone(pieces: Pieces, line: npt.NDArray[np.intp]) -> bool:
    """Whether nothing but dirt stands beside or above a line."""
    reaches = pieces.boxes[:, 0] < pieces.boxes[line, 2].max()
    reaches[line] = False
    return bool(pieces.pixels[reaches].sum() <= 0.1 * pieces.pixels[line].sum())


def _with_marks(pieces: Pieces, row: npt.NDArray[np.intp], dpi: float) -> npt.NDArray[np.intp]:
    """The row with its dots and commas."""
    y0 = pieces.boxes[row, 0].min()
    y1 = pieces.boxes[row, 2].max() + round(0.03 * dpi)
    boxes = pieces.boxes
    small = (boxes[:, 2] - boxes[:, 0] <= LETTER_IN[1] * dpi) & (
        boxes[:, 3] - boxes[:, 1] <= WIDEST_IN * dpi
    )
    within = (boxes[:, 0] >= y0 - 2) & (boxes[:, 2] <= y1)
    return np.union1d(row, np.flatnonzero(small & within))
