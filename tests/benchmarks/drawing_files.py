"""The files of the benchmark: real sheets where they are, generated 300-dpi sheets where not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "uspto-sample"
LETTER_PX = (2550, 3300)
"""Width and height of a letter page at 300 dpi."""


def sheets(folder: Path, count: int, *, generated: bool = False) -> tuple[list[str], str]:
    """Paths, and a word about what they are.

    Args:
        folder: Where sheets are drawn if none are here.
        count: At most so many; of the real ones, evenly chosen.
        generated: Draw them even where real ones are.
    """
    real = [] if generated else sorted(SAMPLE.rglob("*.TIF"))
    if real:
        step = max(1.0, len(real) / count)
        chosen = [real[int(number * step)] for number in range(min(count, len(real)))]
        return [str(path) for path in chosen], "USPTO grant files: bilevel TIFF, CCITT G4, 300 dpi"
    folder.mkdir(parents=True, exist_ok=True)
    names = [folder / f"D{number:05d}.TIF" for number in range(count)]
    for number, path in enumerate(names):
        draw(number, path)
    return [str(path) for path in names], "generated sheets: bilevel TIFF, CCITT G4, 300 dpi"


def draw(seed: int, path: Path, size: tuple[int, int] = LETTER_PX) -> None:
    """A sheet of boxes, curves and hatching, about as dense as a patent's."""
    rng = np.random.default_rng(seed)
    image = Image.new("1", size, 1)
    pen = ImageDraw.Draw(image)
    width, height = size
    box = (width // 6, height // 6, 5 * width // 6, 5 * height // 6)
    pen.rectangle(box, outline=0, width=4)
    for _ in range(12):
        xs = sorted(rng.integers(box[0], box[2], 2).tolist())
        ys = sorted(rng.integers(box[1], box[3], 2).tolist())
        pen.ellipse((xs[0], ys[0], xs[1], ys[1]), outline=0, width=3)
        pen.line((xs[0], ys[1], xs[1], ys[0]), fill=0, width=3)
    for x in range(box[0], box[0] + width // 5, 20):
        pen.line((x, box[1], x + width // 20, box[3]), fill=0, width=2)
    image.save(path, compression="group4", dpi=(300, 300))
