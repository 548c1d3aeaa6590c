"""The line above a sheet of a granted patent -> the number in it, where that is certain.

"U.S. Patent   Jan. 5, 2021   Sheet 1 of 8   US D907,292 S". A wrong number is worse than none: it
counts only where two readings agree, one of its parts between commas and one of each of its
characters alone, which fail in different ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from patentzoo.figures.reader import read_lines
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int64]

_DESIGN = re.compile(r"D(\d{3}|1,\d{3})|RE(\d{2})")
"""What stands before the last comma of the number of a design or a reissue."""

_SURE = 0.5
"""Least confidence of each reading."""


def read_number(line: Grey) -> str | None:
    """Read the number of a design or reissue in the picture of a header line.

    Args:
        line: uint8 (h, w), 0 ink, 255 paper, cut to the line; nothing else in it.

    Returns:
        As printed, e.g. ``D907,292``; None where it is not certain.
    """
    boxes = _characters(line)
    found = {number for comma in _commas(boxes) if (number := _number(line, boxes, comma))}
    return found.pop() if len(found) == 1 else None


def _commas(boxes: Boxes) -> list[int]:
    """Numbers of what can be the last comma of a number: small, low, three characters after it."""
    heights = boxes[:, 2] - boxes[:, 0]
    found = []
    for at in range(3, len(boxes) - 3):
        tall = float(np.median(heights[at + 1 : at + 4]))
        after = heights[at + 1 : at + 4]
        low = boxes[at, 0] > boxes[at + 1, 0] + 0.55 * tall
        hangs = boxes[at, 2] > boxes[at + 1, 2] + 0.05 * tall
        if heights[at] < 0.5 * tall and low and hangs and after.min() > 0.8 * after.max():
            found.append(at)
    return found


def _number(line: Grey, boxes: Boxes, comma: int) -> str | None:
    """The number round its last comma, where the readings of its parts and characters agree."""
    after = list(range(comma + 1, comma + 4))
    tall = float(np.median(boxes[after, 2] - boxes[after, 0]))
    for length in (4, 6):  # D889 or RE49, and D1,012
        before = list(range(comma - length, comma))
        if before[0] < 0 or not _side_by_side(boxes, [*before, comma, *after], tall):
            continue
        small = [at for at in before if boxes[at, 2] - boxes[at, 0] < 0.5 * tall]
        if small != ([before[2]] if length == 6 else []):
            continue
        parts = [before[:2], before[3:], after] if length == 6 else [before, after]
        said = [_agreed(line, boxes, part) for part in parts]
        if None in said:
            continue
        *first, last = (text for text in said if text is not None)
        text = ",".join(first)
        if _DESIGN.fullmatch(text) and last.isdigit():
            return f"{text},{last}"
    return None


def _side_by_side(boxes: Boxes, chosen: Sequence[int], tall: float) -> bool:
    """Whether no wide gap parts some characters."""
    gaps = boxes[chosen[1:], 1] - boxes[chosen[:-1], 3]
    return bool(gaps.max() < 0.6 * tall)


def _agreed(line: Grey, boxes: Boxes, part: Sequence[int]) -> str | None:
    """What a part says, read whole and character by character; None unless both agree."""
    whole, *alone = read_lines(
        [_cut(line, boxes[list(part)]), *(_cut(line, boxes[[at]]) for at in part)]
    )
    spelled = "".join(each.text for each in alone)
    sure = min(whole.confidence, *(each.confidence for each in alone)) >= _SURE
    return whole.text if sure and whole.text == spelled and len(spelled) == len(part) else None


def _characters(line: Grey) -> Boxes:
    """Boxes of the characters, int (n, 4) as y0, x0, y1, x1, from the left."""
    cv2 = load_cv2()
    ink = (line < 128).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    x, y, width, height, area = np.asarray(stats[1:], np.int64).reshape(-1, 5).T
    boxes = np.stack([y, x, y + height, x + width], axis=1)[area >= 6]
    if not len(boxes):
        return boxes
    boxes = boxes[np.argsort(boxes[:, 1], kind="stable")]
    merged = [boxes[0]]
    for box in boxes[1:]:
        last = merged[-1]
        inside = min(last[3], box[3]) - box[1]
        if inside >= 0.6 * min(box[3] - box[1], last[3] - last[1]):  # a broken letter
            merged[-1] = np.array([*np.minimum(last[:2], box[:2]), *np.maximum(last[2:], box[2:])])
        else:
            merged.append(box)
    return np.stack(merged)


def _cut(line: Grey, boxes: Boxes) -> Grey:
    (y0, x0), (y1, x1) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return np.ascontiguousarray(line[y0:y1, x0:x1])
