"""Which way up a sheet is, and boxes on turned sheets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.figures.components import Box, find_components, union
from patentzoo.figures.labels import figure_text, number_text, picture_of, read_carefully
from patentzoo.figures.lines import find_lines

Grey = npt.NDArray[np.uint8]

_ENOUGH = 0.2
"""Confidence in labels, summed up, that a turn needs."""


def upright(grey: Grey, landscape: bool | None = None) -> tuple[Grey, int]:
    """Turn a sheet so that its labels can be read.

    Args:
        grey: uint8 (H, W), 0 ink, 255 paper, as stored.
        landscape: What the office's mark says: True is turned 90° clockwise, False is left as it
            is. None: no mark; the sheet is read in all four directions and turned to the one in
            which its labels make sense. A sheet without labels is left as it is.

    Returns:
        The upright page, and how many quarter turns clockwise made it (0 to 3).
    """
    turns = int(landscape) if landscape is not None else quarter_turns(grey)
    return turned(grey, turns), turns


def turned(grey: Grey, turns: int) -> Grey:
    """The page after some quarter turns clockwise."""
    return np.ascontiguousarray(np.rot90(grey, k=-turns)) if turns % 4 else grey


def stored_box(box: Box, shape: tuple[int, ...], turns: int) -> Box:
    """Where a box of an upright page lies on the sheet as stored.

    Args:
        box: On the upright page.
        shape: Of the upright page, (H, W).
        turns: Quarter turns clockwise that made the page upright.
    """
    y0, x0, y1, x1 = box
    height, width = shape[:2]
    for _ in range(turns % 4):
        y0, x0, y1, x1 = width - x1, y0, width - x0, y1
        height, width = width, height
    return y0, x0, y1, x1


def quarter_turns(grey: Grey) -> int:
    """How many quarter turns clockwise make a sheet's labels readable; 0 where none is found."""
    evidence = np.zeros(4)
    for first in (0, 1):
        components = find_components(turned(grey, first))
        if not len(components):
            return 0
        lines = find_lines(components)
        pictures = [picture_of(components, line) for line in lines]
        page = union(components.boxes)
        for half in (0, 1):
            seen = [picture[::-1, ::-1] if half else picture for picture in pictures]
            for line, reading in zip(lines, read_carefully(seen), strict=True):
                if figure_text(reading.text):
                    evidence[first + 2 * half] += reading.confidence
                elif number_text(reading.text) and _in_corner(line.box, page, half):
                    evidence[first + 2 * half] += 0.5 * reading.confidence
    return int(evidence.argmax()) if evidence.max() >= _ENOUGH else 0


def _in_corner(box: Box, page: Box, half: int) -> bool:
    """Within a tenth of the page of its upper left corner, once it is turned by ``half``."""
    y0, x0, y1, x1 = page
    top = (y1 - box[2] if half else box[0] - y0) / (y1 - y0)
    left = (x1 - box[3] if half else box[1] - x0) / (x1 - x0)
    return top < 0.1 and left < 0.1
