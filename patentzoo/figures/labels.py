"""The labels of a page: found, read, told from other lettering."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.figures.components import Box, Components, union
from patentzoo.figures.lines import Line, extend_line, find_lines
from patentzoo.figures.reader import LineReading, read_lines, stretched

Grey = npt.NDArray[np.uint8]

SURE = 0.6
"""A number whose least certain character is below this is not reported."""

_DOUBT = 0.3
"""Confidence left to a reading that cannot be right as a whole."""

_CERTAIN = 0.95
"""A label read less surely than this is read again, wider and narrower."""

_STRETCHES = (1.4, 0.65)
_CONDENSED, _WIDENED = 0.48, 1.4
"""Letters whose median width is below this share of their height, and how much they are widened."""

# What the reader confuses is let through in the word, where it does no harm.
_FIGURE = re.compile(r"^F(?:[I1LJ/][GC6]?|G)(?:URE)?[.,\-:/'=]*([0-9OIL]{1,3})([A-Z]?)('*)[.,]?$")
_BARE = re.compile(r"^F(?:[I1LJ/][GC6]?|G)(?:URE)?[.,\-:/'=]*$")
_PERHAPS = re.compile(r"^F|^[A-Z]?[I1L][GC6]")
_NUMBER = re.compile(r"^(\d{1,2})[.,](\d{1,2})$")


@dataclass(frozen=True, eq=False)
class FigureLabel:
    """A figure's label on an upright page.

    Attributes:
        text: As "FIG. 3A" or, in the international style, "1.2"; None where it is not read surely.
        box: In pixels of the page.
        members: bool (n,): which components of the page.
        confidence: Of the reading, in [0, 1].
    """

    text: str | None
    box: Box
    members: npt.NDArray[np.bool_]
    confidence: float


def find_labels(components: Components) -> list[FigureLabel]:
    """The labels of an upright page, callouts of another figure left out, from top to bottom."""
    lines = find_lines(components)
    readings = _read(components, lines)
    lines, readings = _with_far_numbers(components, lines, readings)
    found = _disjoint(
        [
            _label(components, line, text, reading.confidence)
            for line, reading in zip(lines, readings, strict=True)
            if (text := figure_text(reading.text)) or _is_bare(components, line, reading)
        ]
    )
    if not found:
        found = _numbers(components, lines, readings)
    found = _without_callouts(found, components)
    return sorted(found, key=lambda label: (label.box[0], label.box[1]))


def _read(components: Components, lines: Sequence[Line]) -> list[LineReading]:
    """Read lines; what has more or fewer signs than the line has letters is not believed."""
    letters = [_letters(components, line) for line in lines]
    readings = read_carefully([picture_of(components, line) for line in lines], letters)
    return [
        reading
        if _signs(reading) == count
        else reading._replace(confidence=min(reading.confidence, _DOUBT))
        for reading, count in zip(readings, letters, strict=True)
    ]


def _letters(components: Components, line: Line) -> int:
    """Components about as high as the highest."""
    boxes = components.boxes[line.members]
    heights = boxes[:, 2] - boxes[:, 0]
    return int((heights >= 0.6 * heights.max()).sum())


def _is_bare(components: Components, line: Line, reading: LineReading) -> bool:
    """FIG without a number that can be read; FI only where a row of letters stands by itself."""
    text = reading.text.upper()
    if not _BARE.match(text):
        return False
    return "G" in text[1:3] or (_letters(components, line) >= 4 and _is_alone(components, line))


def _signs(reading: LineReading) -> int:
    return sum(sign.isalnum() for sign in reading.text)


def read_carefully(
    pictures: Sequence[Grey], letters: Sequence[int] | None = None
) -> list[LineReading]:
    """Read lines; those that may be labels also wider and narrower, and the best reading counts.

    Condensed type and widely spaced strokes lie at the borders of what the reader was taught.

    Args:
        pictures: Lines, uint8 (h, w).
        letters: How many letters each has, if known: readings with as many signs are preferred.
    """
    readings = read_lines(pictures)
    doubtful = [
        i
        for i, reading in enumerate(readings)
        if _is_doubtful(reading, letters[i] if letters else None)
    ]
    for stretch in _STRETCHES:
        again = read_lines([stretched(pictures[i], stretch) for i in doubtful])
        for i, reading in zip(doubtful, again, strict=True):
            count = letters[i] if letters else None
            if _worth(reading, count) > _worth(readings[i], count):
                readings[i] = reading
    return readings


def _disjoint(labels: Sequence[FigureLabel]) -> list[FigureLabel]:
    """Where two labels share a component, the one that says more."""
    kept: list[FigureLabel] = []
    ranked = sorted(labels, key=lambda label: (label.text is not None, label.members.sum()))
    for label in reversed(ranked):
        if not any((label.members & other.members).any() for other in kept):
            kept.append(label)
    return kept


def _is_doubtful(reading: LineReading, letters: int | None) -> bool:
    if figure_text(reading.text) or number_text(reading.text):
        return reading.confidence < _CERTAIN or letters not in (None, _signs(reading))
    return bool(_PERHAPS.match(reading.text.upper()))


def _worth(reading: LineReading, letters: int | None) -> tuple[int, bool, float]:
    """A label before a bare FIG before anything else; then the number of signs; then confidence."""
    text = reading.text
    rank = 2 if figure_text(text) or number_text(text) else int(bool(_BARE.match(text.upper())))
    return rank, _signs(reading) == letters, reading.confidence


def picture_of(components: Components, line: Line) -> Grey:
    """A line by itself, condensed type widened: uint8 (h, w), 0 ink, 255 paper."""
    members = np.zeros(len(components), bool)
    members[line.members] = True
    picture = components.paint(members, line.box)
    sides = components.boxes[line.members, 2:] - components.boxes[line.members, :2]
    letters = sides[sides[:, 0] >= 0.6 * line.height_px]
    slender = len(letters) > 2 and np.median(letters[:, 1] / letters[:, 0]) < _CONDENSED
    return stretched(picture, _WIDENED) if slender else picture


def figure_text(text: str) -> str | None:
    """ "FIG. 3A" of "Fig.3a", "FIG-3A" and so on; None for anything else."""
    found = _FIGURE.match(text.upper())
    if not found:
        return None
    digits = found[1].replace("O", "0").replace("I", "1").replace("L", "1")
    return f"FIG. {digits}{found[2]}{found[3]}"


def number_text(text: str) -> str | None:
    """ "1.2", the way figures are numbered in international registrations; None otherwise."""
    found = _NUMBER.match(text)
    return f"{found[1]}.{found[2]}" if found else None


def _with_far_numbers(
    components: Components, lines: list[Line], readings: list[LineReading]
) -> tuple[list[Line], list[LineReading]]:
    """Where a line says FIG and no more, what stands farther to its right belongs to it."""
    longer = [
        (i, extended)
        for i, (line, reading) in enumerate(zip(lines, readings, strict=True))
        if _is_bare(components, line, reading) and (extended := extend_line(components, line))
    ]
    again = _read(components, [line for _, line in longer])
    lines, readings = list(lines), list(readings)
    for (i, line), reading in zip(longer, again, strict=True):
        lines[i] = line
        if figure_text(reading.text):
            readings[i] = reading
    return lines, readings


def _label(components: Components, line: Line, text: str | None, confidence: float) -> FigureLabel:
    members = np.zeros(len(components), bool)
    members[line.members] = True
    members |= _underline(components, line) | _within(components, line)
    box = union(components.boxes[members])
    return FigureLabel(text if confidence >= SURE else None, box, members, confidence)


def _within(components: Components, line: Line) -> npt.NDArray[np.bool_]:
    """What lies wholly among the letters: points, and pieces of letters that came apart."""
    y0, x0, y1, x1 = line.box
    reach = 0.15 * line.height_px
    top, left, bottom, right = components.boxes.T
    inside = (top >= y0 - reach) & (bottom <= y1 + reach) & (left >= x0) & (right <= x1)
    return np.asarray(inside)


def _underline(components: Components, line: Line) -> npt.NDArray[np.bool_]:
    y0, x0, y1, x1 = line.box
    top, left, bottom, right = components.boxes.T
    height, width = y1 - y0, x1 - x0
    below = (top >= y0 + 0.7 * height) & (bottom <= y1 + 0.6 * height)
    alike = (np.abs(left - x0) < 0.5 * height) & (np.abs(right - x1) < 0.5 * height)
    return np.asarray(below & alike & (bottom - top < 0.2 * height) & (width > 2 * height))


def _numbers(
    components: Components, lines: Sequence[Line], readings: Sequence[LineReading]
) -> list[FigureLabel]:
    """A number such as 1.2 alone in the upper left corner: a label where no word says FIG."""
    if not len(components):
        return []
    y0, x0, y1, x1 = union(components.boxes)
    for line, reading in zip(lines, readings, strict=True):
        top, left = line.box[0] - y0, line.box[1] - x0
        corner = top < 0.1 * (y1 - y0) and left < 0.1 * (x1 - x0)
        text = number_text(reading.text)
        shaped = _has_point(components, line) and _is_alone(components, line)
        if corner and (text or shaped):
            return [_label(components, line, text, reading.confidence if text else 0.0)]
    return []


def _has_point(components: Components, line: Line) -> bool:
    """Two to four digits with a point between them, whatever they are."""
    boxes = components.boxes[line.members]
    small = boxes[:, 2] - boxes[:, 0] < 0.35 * line.height_px
    small &= boxes[:, 3] - boxes[:, 1] < 0.35 * line.height_px
    low = boxes[:, 0] > line.box[0] + 0.6 * line.height_px
    inside = small & low & (np.arange(len(boxes)) > 0) & (np.arange(len(boxes)) < len(boxes) - 1)
    return int(inside.sum()) == 1 and 2 <= int((~small).sum()) <= 4


def _is_alone(components: Components, line: Line) -> bool:
    """No other ink within half the line's height around it."""
    reach = line.height_px // 2
    y0, x0, y1, x1 = line.box
    top, left, bottom, right = components.boxes.T
    near = (top < y1 + reach) & (bottom > y0 - reach) & (left < x1 + reach) & (right > x0 - reach)
    near[line.members] = False
    if not near.any():
        return True
    # A large drawing's box may reach here without its ink.
    area = (max(0, y0 - reach), max(0, x0 - reach), y1 + reach, x1 + reach)
    return bool((components.paint(near, area) == 255).all())


def _without_callouts(labels: Sequence[FigureLabel], components: Components) -> list[FigureLabel]:
    """Of two labels with the same text the lonelier one: the other points at a detail."""
    kept: dict[str, FigureLabel] = {}
    unread = []
    for label in labels:
        other = kept.get(label.text) if label.text else None
        if label.text is None:
            unread.append(label)
        elif other is None or _size(label) > _size(other):
            kept[label.text] = label
    return [*kept.values(), *unread]


def _size(label: FigureLabel) -> int:
    return label.box[2] - label.box[0]
