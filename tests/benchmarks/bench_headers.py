"""Numbers in the header lines of real sheets, set in other typefaces; run by hand.

    python tests/benchmarks/bench_headers.py --data ../shared/data \
        --out docs/results/figures/headers.json --typefaces FILE.ttf ...

Every grant becomes a PDF of scans for each typeface: its first sheets under a header line, with no
title page, no text layer and a name that tells nothing. Counted is what the patent of its figures
is: the right number, a wrong one, or the file's name, where none was read.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import record
from PIL import Image

sys.path[:0] = [str(Path(__file__).parents[1] / "images")]

from scans import drawing_page, scanned_pdf, sheet_files  # noqa: E402

from patentzoo.options import ReadOptions  # noqa: E402
from patentzoo.sources import read_pages  # noqa: E402
from patentzoo.system.files import write_text  # noqa: E402

NAME = "scan"


def printed(patent: str) -> str:
    """ "USD0907292" -> "D907,292 S": as the office prints it."""
    number = int(patent.removeprefix("USD"))
    return f"D{number:,} S"


def answer(folder: Path, typeface: Path, sheets: int) -> str:
    """Read a grant's PDF: ``right``, ``wrong`` or ``none``."""
    patent = folder.name.partition("-")[0]
    files = sheet_files(folder)[:sheets]
    pages = [
        drawing_page(Image.open(file), at, len(files), printed(patent), "Jan. 5, 2021", typeface)
        for at, file in enumerate(files, start=1)
    ]
    data = scanned_pdf([Image.fromarray(page).convert("1") for page in pages])
    found = {
        page.patent for page in read_pages([(f"{NAME}.pdf", data)], ReadOptions(figures="whole"))
    }
    if found == {NAME}:
        return "none"
    return "right" if found == {patent} else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--typefaces", type=Path, nargs="+", required=True)
    parser.add_argument("--sheets", type=int, default=3, help="of each PDF, at most")
    parser.add_argument("--cycled", action="store_true", help="one typeface a grant, in turns")
    options = parser.parse_args()
    began = time.process_time()
    rows: dict[str, Counter[str]] = {}
    for at, folder in enumerate(sorted((options.data / "uspto-sample").iterdir())):
        turn = at % len(options.typefaces)
        for typeface in options.typefaces[turn : turn + 1] if options.cycled else options.typefaces:
            said = answer(folder, typeface, options.sheets)
            rows.setdefault(typeface.stem, Counter())[said] += 1
            sys.stderr.write(f"{folder.name} {typeface.stem}: {said}\n")
    total = sum(rows.values(), Counter())
    answered = total["right"] + total["wrong"]
    names = [each.name if each.is_file() else str(each) for each in options.typefaces]
    result = {
        "command": "python tests/benchmarks/bench_headers.py --data ../shared/data "
        "--out docs/results/figures/headers.json --typefaces "
        + " ".join(names)
        + (" --cycled" if options.cycled else ""),
        "pdfs": total.total(),
        "answered": answered,
        "right": total["right"],
        "rows": {name: dict(counts) for name, counts in sorted(rows.items())},
        "processor_seconds": round(time.process_time() - began),
    }
    write_text(options.out, record.as_json(result))


if __name__ == "__main__":
    main()
