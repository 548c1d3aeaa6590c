"""Draw the cuts onto sheets: a coloured box a figure, its label beside it.

    python -m docs.tools splits docs/images/splits.png
    python -m docs.tools splits check.png --sheets '../shared/data/uspto-sample/*/*.TIF'

Without --sheets the sheets are synthetic. Real ones are for looking at, not for the documentation.
"""

from __future__ import annotations

import argparse
import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from patentzoo.data.linedraw.dataset import SolidSource, render_class, solid_maker
from patentzoo.data.linedraw.sheet import compose_sheet, random_layout
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.evaluate.figure_splitting import read_stored
from patentzoo.figures import find_figures, upright

COLOURS = ((214, 39, 40), (31, 119, 180), (44, 160, 44), (255, 127, 14), (148, 103, 189))


def synthetic_sheets(count: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Composed sheets of two to four figures, upright."""
    make = solid_maker(SolidSource("procedural", 4 * count, seed=seed))
    made = 0
    for number in range(4 * count):
        rng = np.random.default_rng([seed, number])
        views = render_class(make(number), rng)
        if not views or made == count:
            continue
        style, layout = random_style(rng), random_layout(rng)
        chosen = rng.permutation(len(views))[: int(rng.integers(2, 5))]
        drawings = [draw(views[int(i)], style, rng, size_px=900) for i in chosen]
        sheet = compose_sheet(drawings, layout, rng)
        made += 1
        yield f"sheet {made}", upright(sheet.grey, sheet.landscape)[0]


def real_sheets(pattern: str) -> Iterator[tuple[str, np.ndarray]]:
    """Sheets of grants, turned as they are marked."""
    for path in sorted(glob.glob(pattern)):  # noqa: PTH207
        stored, landscape = read_stored(Path(path))
        yield Path(path).stem.replace("-", " ", 1), upright(stored, landscape)[0]


def with_boxes(name: str, grey: np.ndarray, side_px: int) -> Image.Image:
    """A sheet made small, with its name, its figures' boxes and labels."""
    scale = (side_px - 16) / max(grey.shape)
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    tile = Image.new("RGB", (side_px, side_px), "white")
    small = Image.fromarray(grey).resize(size, Image.Resampling.BOX)
    tile.paste(small.point(lambda value: min(255, int(value * value / 255))), (0, 14))
    pen = ImageDraw.Draw(tile)
    pen.text((2, 1), name, "black")
    for number, figure in enumerate(find_figures(grey)):
        colour = COLOURS[number % len(COLOURS)]
        y0, x0, y1, x1 = (round(value * scale) for value in figure.box)
        pen.rectangle((x0, y0 + 14, x1, y1 + 14), outline=colour, width=2)
        pen.text((x0 + 4, y0 + 16), figure.label or "no label", colour)
    return tile


def contact_sheet(tiles: Sequence[Image.Image], columns: int) -> Image.Image:
    """Tiles of one size in rows."""
    side = tiles[0].width
    rows = -(-len(tiles) // columns)
    page = Image.new("RGB", (columns * side, rows * side), "white")
    for number, tile in enumerate(tiles):
        page.paste(tile, (number % columns * side, number // columns * side))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--sheets", help="pattern of TIFF sheets; default: synthetic ones")
    parser.add_argument("--count", type=int, default=8, help="synthetic sheets")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--side", type=int, default=300, help="side of a tile in pixels")
    parser.add_argument("--columns", type=int, default=4)
    options = parser.parse_args()
    sheets = synthetic_sheets(options.count, options.seed)
    if options.sheets:
        sheets = real_sheets(options.sheets)
    tiles = [with_boxes(name, grey, options.side) for name, grey in sheets]
    page = contact_sheet(tiles, options.columns)
    page.quantize(32).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
