"""Rows of pieces of ink that could be a line of lettering.

A label is a handful of separate pieces of about the same height, side by side: letters. Nothing
here knows what a letter looks like; the reader decides that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.figures.components import Box, Components, union

MIN_GLYPH_PX, MAX_GLYPH_PX = 14, 200
"""Heights of letters, 1.2 to 17 mm at 300 dpi; the rules of the office ask for 3.2 mm or more."""

MAX_GLYPHS = 16
"""Longer rows are sentences or hatching, and "FIGURE 12A" has nine."""

MAX_LINES = 400
"""Rows read on one page; the shortest-lived pages of hatching would have thousands."""


@dataclass(frozen=True, eq=False)
class Line:
    """A row of components.

    Attributes:
        members: int (k,): which components, from left to right.
        box: Around them.
    """

    members: npt.NDArray[np.intp]
    box: Box

    @property
    def height_px(self) -> int:
        """Height of the box."""
        return self.box[2] - self.box[0]


def find_lines(components: Components) -> list[Line]:
    """Chain letter-sized components that stand side by side, at most ``MAX_LINES`` rows.

    Two neighbours belong together when their heights are alike, they overlap by half in y and the
    gap between them is below 1.9 heights ("FIG.  4" is spaced as widely as that).
    """
    boxes = components.boxes
    chosen = _letter_sized(components)
    order = chosen[np.argsort(boxes[chosen, 1], kind="stable")]
    following = _right_neighbours(boxes[order])
    rows = _chains(following)
    by_top = np.argsort(boxes[:, 0], kind="stable")
    lines = []
    for row in rows:
        if 2 <= len(row) <= MAX_GLYPHS or (len(row) == 1 and _is_wide(boxes[order[row[0]]])):
            members = _with_small_marks(components, order[row], by_top)
            lines.append(Line(members, union(boxes[members])))
    lines.sort(key=lambda line: -line.height_px)
    return lines[:MAX_LINES]


def extend_line(components: Components, line: Line) -> Line | None:
    """The line with up to four letter-sized components farther to its right; None without any."""
    y0, _, y1, x1 = line.box
    height = y1 - y0
    top, left, bottom, right = components.boxes.T
    near = (left >= x1) & (right <= x1 + 6 * height) & (bottom - top >= 0.6 * height)
    near &= (np.abs(top - y0) <= 0.3 * height) & (np.abs(bottom - y1) <= 0.3 * height)
    found = np.flatnonzero(near & (right - left <= 1.6 * height))
    if not 1 <= len(found) <= 4:
        return None
    members = np.concatenate([line.members, found[np.argsort(left[found], kind="stable")]])
    return Line(members, union(components.boxes[members]))


def _letter_sized(components: Components) -> npt.NDArray[np.intp]:
    y0, x0, y1, x1 = components.boxes.T
    height, width = y1 - y0, x1 - x0
    fits = (height >= MIN_GLYPH_PX) & (height <= MAX_GLYPH_PX) & (width <= 5 * height)
    return np.flatnonzero(fits & (width >= 2) & (components.areas >= 0.05 * height * width))


def _is_wide(box: npt.NDArray[np.int32]) -> bool:
    """One component as wide as a word: its letters touch."""
    y0, x0, y1, x1 = (int(value) for value in box)
    return x1 - x0 > 1.6 * (y1 - y0)


def _right_neighbours(boxes: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """For each box (sorted by x0) the nearest one to its right on the same line, -1 for none."""
    y0, x0, y1, x1 = boxes.T.astype(np.float32)
    height = y1 - y0
    found = np.full(len(boxes), -1, np.intp)
    ends = np.searchsorted(x0, x1 + 1.9 * height, side="right")
    for i, end in enumerate(ends):
        later = slice(i + 1, int(end))
        overlap = np.minimum(y1[i], y1[later]) - np.maximum(y0[i], y0[later])
        smaller = np.minimum(height[i], height[later])
        alike = smaller >= 0.55 * np.maximum(height[i], height[later])
        gap = x0[later] - x1[i]
        good = alike & (overlap >= 0.5 * smaller) & (gap >= -0.35 * height[i])
        if good.any():
            distance = np.where(good, np.maximum(gap, 0), np.inf)
            found[i] = i + 1 + int(np.argmin(distance))
    return found


def _chains(following: npt.NDArray[np.intp]) -> list[list[int]]:
    """Rows of indices; where two have the same right neighbour, the nearer in order keeps it."""
    previous = np.full(len(following), -1, np.intp)
    for i, successor in enumerate(following):
        if successor >= 0:
            previous[successor] = i
    rows = []
    for i in range(len(following)):
        if previous[i] >= 0 and following[previous[i]] == i:
            continue
        row = [i]
        while following[row[-1]] >= 0 and previous[following[row[-1]]] == row[-1]:
            row.append(int(following[row[-1]]))
        rows.append(row)
    return rows


def _with_small_marks(
    components: Components, letters: npt.NDArray[np.intp], by_top: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Add the full stops, hyphens, primes and dots of the i that lie within the row.

    Args:
        components: Of the page.
        letters: Those of the row.
        by_top: All of the page, sorted by the tops of their boxes.
    """
    y0, x0, y1, x1 = union(components.boxes[letters])
    height = y1 - y0
    tops = components.boxes[:, 0]
    first = np.searchsorted(tops, y0 - 0.25 * height, side="left", sorter=by_top)
    last = np.searchsorted(tops, y1 + 0.3 * height, side="right", sorter=by_top)
    near = by_top[first:last]
    top, left, bottom, right = components.boxes[near].T
    inside = bottom <= y1 + 0.3 * height
    inside &= (left >= x0 - 0.1 * height) & (right <= x1 + 0.5 * height)
    inside &= (bottom - top <= 0.6 * height) & (right - left <= 0.7 * height)
    members = np.union1d(letters, near[inside])
    return members[np.argsort(components.boxes[members, 1], kind="stable")]
