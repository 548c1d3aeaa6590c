"""Numbers in header lines set in other typefaces; run by hand.

    python tests/benchmarks/bench_headers.py --data ../shared/data \
        --out docs/results/figures/headers.json --typefaces FILE.ttf ...

Every grant becomes a file for each typeface: the header lines of its first sheets, in one of three
sizes and five kinds of scan, with no title page, no text layer and a name that tells nothing.
Counted is what the patent of the file is: the right number, a wrong one, or the file's name, where
none was read.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import record
from PIL import Image

sys.path[:0] = [str(Path(__file__).parents[1] / "images")]

from scans import DPI, PAGE_PX, sheet_files, write_header  # noqa: E402

from patentzoo.images.pdf_text import split_header  # noqa: E402
from patentzoo.images.raster import Raster  # noqa: E402
from patentzoo.options import Label  # noqa: E402
from patentzoo.sources.file_patents import PagesOfPatent  # noqa: E402
from patentzoo.system.files import write_text  # noqa: E402

NAME = "scan"
SIZES = (1.0, 0.8, 1.2)
SCANS = ("clean", "rough", "thick", "thin", "specks")

Grey = npt.NDArray[np.uint8]


def printed(patent: str) -> str:
    """ "USD0907292" -> "D907,292 S": as the office prints it."""
    number = int(patent.removeprefix("USD"))
    return f"D{number:,} S"


def scanned(page: Grey, scan: str, rng: np.random.Generator) -> Grey:
    """A page in black and white: as it is, ragged, thickened, thinned or dirty."""
    ink = page < 128
    if scan == "rough":
        soft = cv2.GaussianBlur(page, (0, 0), 1.2).astype(np.float32)
        ink = soft + rng.normal(0, 25, page.shape) < 135
    pixels = ink.astype(np.uint8)
    if scan in ("thick", "thin"):
        change = cv2.dilate if scan == "thick" else cv2.erode
        pixels = np.asarray(change(pixels, np.ones((2, 2), np.uint8)), np.uint8)
    if scan == "specks":
        for y, x, size in rng.integers((0, 0, 1), (*page.shape, 5), (40, 3)):
            pixels[y : y + size, x : x + size] = 1
    return np.where(pixels, 0, 255).astype(np.uint8)


def answer(
    patent: str, count: int, typeface: Path, size: float, scan: str, rng: np.random.Generator
) -> str:
    """Read the header lines of a file of so many sheets: ``right``, ``wrong`` or ``none``."""
    told = PagesOfPatent(Label(None), NAME)
    for number in range(1, count + 1):
        page = Image.new("L", (PAGE_PX[0], 400), 255)
        sheet = f"Sheet {number} of {count}"
        write_header(page, sheet, printed(patent), "Jan. 5, 2021", typeface, size)
        cleaned, header = split_header(scanned(np.asarray(page), scan, rng), DPI)
        told.observe(Raster(number, cleaned, sheet=True, header=header))
    found = told.named(several=True).patent
    if found == NAME:
        return "none"
    return "right" if found == patent else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--typefaces", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    began = time.process_time()
    rows: dict[str, Counter[str]] = {}
    rng = np.random.default_rng(0)
    for at, folder in enumerate(sorted((options.data / "uspto-sample").iterdir())):
        patent, count = folder.name.partition("-")[0], len(sheet_files(folder))
        for turn, typeface in enumerate(options.typefaces):
            size, scan = SIZES[(at + turn) % 3], SCANS[(2 * at + turn) % 5]
            said = answer(patent, count, typeface, size, scan, rng)
            for row in (typeface.stem, scan, f"{size:.0%}"):
                rows.setdefault(row, Counter())[said] += 1
    total = sum((rows[typeface.stem] for typeface in options.typefaces), Counter[str]())
    result = {
        "command": "python tests/benchmarks/bench_headers.py --data ../shared/data "
        "--out docs/results/figures/headers.json --typefaces "
        + " ".join(each.name for each in options.typefaces),
        "files": total.total(),
        "answered": total["right"] + total["wrong"],
        "right": total["right"],
        "rows": {name: dict(sorted(counts.items())) for name, counts in rows.items()},
        "processor_seconds": round(time.process_time() - began),
    }
    write_text(options.out, record.as_json(result))


if __name__ == "__main__":
    main()
