"""Figures of PDFs against figures of the same sheets as TIFFs; run by hand.

    python tests/benchmarks/bench_pdfs.py --data ../shared/data --out docs/results/figures/pdfs.json

Each grant becomes a PDF as the USPTO publishes it: a scan a page, bilevel, CCITT Group 4; a title
page and a page of references, set as type and scanned, then the real sheets under a header line.
Nothing but the pages says what they are: no mark of orientation, no XML.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "images"), str(Path(__file__).parent)]

from bench_figures import figures_of_xml  # noqa: E402
from scans import HEADER_PX, granted_pdf, sheet_files  # noqa: E402

from patentzoo.images import Page, SkippedPage  # noqa: E402
from patentzoo.options import ReadOptions  # noqa: E402
from patentzoo.sources import iter_sources  # noqa: E402
from patentzoo.sources.sheets import figures_of  # noqa: E402

TEXT_PAGES = 2


def pages_of(data: bytes) -> tuple[list[Page], list[int]]:
    """The pages of a PDF, turned upright, and the numbers of those left out."""
    (source,) = iter_sources([("grant.pdf", data)], ReadOptions(figures="whole"))
    pages, left = [], []
    for name, event in source.events():
        if isinstance(event, SkippedPage):
            left.append(int(name.partition("#")[2] or 1))
        elif isinstance(event, Page):
            pages.append(event)
        else:
            raise event
    return pages, left


def same_scan(page: Page, stored: np.ndarray) -> bool:
    """Whether a page is the scan that lies in the PDF: bit for bit below the header, then bare."""
    turned = np.rot90(page.grey, k=page.metadata.get("turned_clockwise", 0))
    header, below = turned[:HEADER_PX], turned[HEADER_PX:]
    whole = np.array_equal(below, stored[HEADER_PX:])
    return bool(whole and header.shape[1] == stored.shape[1] and header.min() == 255)


def measure(folder: Path) -> dict:
    """One grant, as PDF and as TIFFs."""
    data, stored = granted_pdf(folder)
    whole, left = pages_of(data)
    figures = [each for page in whole for each in figures_of(page, {})]
    tiffs = [page for path in sheet_files(folder) for page in _split(path)]
    described = figures_of_xml(folder / f"{folder.name}.XML")
    read = Counter(p.metadata["label"].removeprefix("FIG. ") for p in figures if _label(p))
    drawn = [page for page in whole if (page.page or 1) > TEXT_PAGES]
    return {
        "grant": folder.name,
        "sheets": len(stored) - TEXT_PAGES,
        "text_left_out": sum(number <= TEXT_PAGES for number in left),
        "sheets_left_out": sum(number > TEXT_PAGES for number in left),
        "scans_bit_for_bit": sum(same_scan(p, stored[(p.page or 1) - 1]) for p in drawn),
        "described": len(described),
        "tiff": len(tiffs),
        "pdf": len(figures),
        "labels_read": sum(read.values()),
        "labels_right": sum((read & Counter(described)).values()),
    }


def _split(path: Path) -> list[Page]:
    (source,) = iter_sources([path], ReadOptions(figures="split"))
    return source.read()


def _label(page: Page) -> bool:
    return bool(page.metadata.get("label"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--grants", type=int, default=50)
    options = parser.parse_args()
    began = time.process_time()
    rows = []
    for folder in sorted((options.data / "uspto-sample").iterdir())[: options.grants]:
        rows.append(measure(folder))
        sys.stderr.write(f"{rows[-1]}\n")
    sums = {key: sum(row[key] for row in rows) for key in rows[0] if key != "grant"}
    result = {
        "command": " ".join(["python tests/benchmarks/bench_pdfs.py", *sys.argv[1:]]),
        "grants": len(rows),
        "exact_pdf": sum(row["pdf"] == row["described"] for row in rows),
        "exact_tiff": sum(row["tiff"] == row["described"] for row in rows),
        **sums,
        "not_exact": [row for row in rows if row["pdf"] != row["described"]],
        "processor_seconds": round(time.process_time() - began),
    }
    text = json.dumps(result, indent=1)
    text = re.sub(r"\{\s+(\"grant\"[^{}]*?)\s+\}", lambda m: f"{{{' '.join(m[1].split())}}}", text)
    options.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
