"""The line above a sheet of a granted patent -> the number in it, where that is certain.

"U.S. Patent   Jan. 5, 2021   Sheet 1 of 8   US D907,292 S". A wrong number is worse than none: each
character is read alone and with its neighbours, as it is, narrower and wider, readings that fail in
different ways, and it counts only where they agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from patentzoo.figures.reader import read_lines, stretched
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int64]

_DESIGN = re.compile(r"(?:D(?:[1-9]\d\d|1,\d{3})|RE\d\d),\d{3}")
"""The number of a design or a reissue."""

_SMALL = 0.62
"""Share of a digit's height that a comma keeps below."""

_STRETCHES = (1.0, 0.75, 1.3)
"""Widths in which each picture is read."""

_VOTES, _SHARE = 1.0, 0.7
"""Confidences of all readings of a character that say the same, added up, and their share."""

_ALIKE = {"O": "0", "o": "0", "I": "1", "l": "1"}
"""Letters a digit may be taken for by itself; no letter stands behind the first."""


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
        if heights[at] < _SMALL * tall and low and hangs and after.min() > 0.8 * after.max():
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
        small = [at for at in before if boxes[at, 2] - boxes[at, 0] < _SMALL * tall]
        if small != ([before[2]] if length == 6 else []):
            continue
        text = _text(line, boxes, before, after)
        if text and _DESIGN.fullmatch(text):
            return text
    return None


def _text(line: Grey, boxes: Boxes, before: Sequence[int], after: Sequence[int]) -> str | None:
    """What stands before and after the last comma; None where a character is not certain."""
    # A letter and digits side by side are read worse than either alone.
    letters = _agreed(line, boxes, before[:1], {})
    if letters == "R" and _agreed(line, boxes, before[1:2], {}) == "E":
        letters = "RE"
    if letters not in ("D", "RE"):
        return None
    at = len(letters)
    digits = [before[at:], after] if len(before) == 4 else [before[at:2], before[3:], after]
    said = [_agreed(line, boxes, part, _ALIKE) for part in digits]
    return None if None in said else letters + ",".join(filter(None, said))


def _side_by_side(boxes: Boxes, chosen: Sequence[int], tall: float) -> bool:
    """Whether no wide gap parts some characters."""
    gaps = boxes[chosen[1:], 1] - boxes[chosen[:-1], 3]
    return bool(gaps.max() < 0.6 * tall)


def _agreed(line: Grey, boxes: Boxes, part: Sequence[int], alike: Mapping[str, str]) -> str | None:
    """What a part says, by the votes of its readings; None where a character is not certain."""
    groups = [
        range(at, at + length)
        for length in range(1, len(part) + 1)
        for at in range(len(part) + 1 - length)
    ]
    pictures = [_cut(line, boxes[[part[at] for at in group]]) for group in groups]
    shown = [stretched(each, by) for each in pictures for by in _STRETCHES]
    votes: list[dict[str, float]] = [{} for _ in part]
    for number, reading in enumerate(read_lines(shown, alike=alike)):
        group = groups[number // len(_STRETCHES)]
        if len(reading.text) == len(group):
            for at, sign in zip(group, reading.text, strict=True):
                votes[at][sign] = votes[at].get(sign, 0.0) + reading.confidence
    chosen = [_chosen(each) for each in votes]
    return None if None in chosen else "".join(filter(None, chosen))


def _chosen(votes: Mapping[str, float]) -> str | None:
    """The character that has enough votes, and nearly all of them."""
    sign = max(votes, key=lambda each: votes[each], default=None)
    if sign is None or votes[sign] < _VOTES or votes[sign] < _SHARE * sum(votes.values()):
        return None
    return sign


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
