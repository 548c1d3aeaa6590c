"""How many real sheets of drawings the rules for PDFs would take for text, or cut a header from.

python tests/benchmarks/count_text_pages.py --data ../shared/data/uspto-sample
"""

from __future__ import annotations

import argparse
from pathlib import Path

import record

from patentzoo.images.pdf_text import is_text_page, text_lines, without_header
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources

DPI = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/uspto-sample"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    sheets, text, headers = 0, [], []
    lines, shares = [0], [0.0]
    files = [(path.name, path) for path in sorted(given.data.rglob("*.TIF"))]
    for source in iter_sources(files, ReadOptions(figures="whole")):
        for page in source.read():
            sheets += 1
            if is_text_page(page.grey, DPI):
                text.append(page.id)
            if without_header(page.grey, DPI) is not page.grey:
                headers.append(page.id)
            found, share = text_lines(page.grey, DPI)
            lines.append(found)
            shares.append(share)
    result = {
        "sheets": sheets,
        "taken_for_text": text,
        "line_taken_for_a_header": headers,
        "most_lines_of_text": max(lines),
        "largest_share_of_text": round(max(shares), 3),
    }
    record.keep(result, given.out)


if __name__ == "__main__":
    main()
