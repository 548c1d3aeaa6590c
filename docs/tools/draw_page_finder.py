"""Photographs of drawings beside what the page finder makes of them -> docs/images/page-finder.jpg.

    python docs/tools/draw_page_finder.py

The drawings are those of the demonstration; the photographs are made by the degradations of the
protocol ``degraded``, seed 3.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from patentzoo.evaluate.degradations import degrade
from patentzoo.evaluate.demo import gallery_folder
from patentzoo.images.photographed_page import read_page

OUT = Path(__file__).parents[1] / "images" / "page-finder.jpg"
KINDS = ("photo-desk", "photo-desk", "photo-page", "white-on-black") * 3
CELL, GAP = 250, 6


def cell(picture: np.ndarray) -> np.ndarray:
    """A picture within a square on grey, uint8 (CELL, CELL, 3)."""
    colours = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    scale = CELL / max(colours.shape[:2])
    size = [max(1, round(side * scale)) for side in colours.shape[1::-1]]
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
    square = np.full((CELL, CELL, 3), 205, np.uint8)
    top, left = (CELL - small.shape[0]) // 2, (CELL - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square


def main() -> None:
    """Draw three rows of four photographs, each with its page on the right."""
    files = sorted(gallery_folder().rglob("*.png"))
    chosen = files[:: max(1, len(files) // len(KINDS))][: len(KINDS)]
    cells = []
    for file, kind in zip(chosen, KINDS, strict=True):
        drawing = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        photo = degrade(kind, file.name, drawing, 3)
        grey = photo if photo.ndim == 2 else cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
        pair = np.hstack([cell(photo), cell(read_page(grey).grey)])
        cells.append(cv2.copyMakeBorder(pair, *[GAP] * 4, cv2.BORDER_CONSTANT, value=(255,) * 3))
    rows = [np.hstack(cells[at : at + 4]) for at in range(0, len(cells), 4)]
    picture = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(OUT), picture, [cv2.IMWRITE_JPEG_QUALITY, 72])


if __name__ == "__main__":
    main()
