r"""How well sheets are turned and cut into figures; run by hand.

    python tests/benchmarks/bench_figures.py --data ../shared/data \
        --out docs/results/figures/sheets.json

Truth: the grant XML's list of figures for the counts and labels, the office's landscape marks for
the turns, ``uspto-sample-figures.csv`` for boxes, and synthetic sheets whose boxes are known.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from patentzoo.data.linedraw.sheet import compose_sheet, random_layout
from patentzoo.evaluate.figure_splitting import read_stored
from patentzoo.figures import find_figures, split_page, stored_box, upright
from patentzoo.figures.orientation import quarter_turns, turned
from patentzoo.images.page import Page

PARTS = ("real", "turns", "synthetic")
HARD_IOU = (0.5, 0.75, 0.9, 0.95)


def figures_of_xml(path: Path) -> list[str]:
    """Numbers of the figures the grant describes: "3A", "1.2"; "1" for "The FIGURE"."""
    text = path.read_text(encoding="utf-8")
    section = re.search(r"<description-of-drawings>.*?</description-of-drawings>", text, re.S)
    numbers: list[str] = []
    for paragraph in re.findall(r"<p [^>]*>(.*?)</p>", section[0] if section else "", re.S):
        plain = re.sub(r"<[^>]+>", "", paragraph).strip()
        found = re.match(r"FIG\.?\s*(\d+(?:\.\d+)?[A-Z]?)\b", plain, re.I)
        found = found or re.match(r"(\d+\.\d+)\b", plain)
        if found and found[1] not in numbers:
            numbers.append(found[1])
        elif plain.startswith("The FIGURE"):
            numbers.append("1")
    return numbers


def iou(a, b) -> float:
    """Intersection over union of two boxes (y0, x0, y1, x1)."""
    height = min(a[2], b[2]) - max(a[0], b[0])
    width = min(a[3], b[3]) - max(a[1], b[1])
    if height <= 0 or width <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return height * width / (areas - height * width)


def matched(found, known) -> list[float]:
    """IoU of every known box with a box of its own, the best pairs first; 0 for those left over."""
    pairs = sorted(
        ((iou(f, k), i, j) for i, f in enumerate(found) for j, k in enumerate(known)), reverse=True
    )
    best, used = [0.0] * len(known), set()
    for value, i, j in pairs:
        if value > 0 and i not in used and not best[j]:
            best[j] = value
            used.add(i)
    return best


def real_sheets(data: Path):
    """(patent folder, sheet file) of all sheets but the gazette's."""
    for folder in sorted((data / "uspto-sample").iterdir()):
        for path in sorted(folder.glob("*.TIF")):
            if not path.stem.endswith("D00000"):
                yield folder, path


def measure_real(data: Path) -> dict:
    """Counts, labels and boxes on the real sheets, turned as the office marks them."""
    listed = defaultdict(list)
    with (data / "uspto-sample-figures.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            listed[row["sheet"]].append([int(row[key]) for key in ("y0", "x0", "y1", "x1")])
    found, overlaps, disputed = defaultdict(list), [], []
    for folder, path in real_sheets(data):
        stored, landscape = read_stored(path)
        grey, turns = upright(stored, landscape)
        pages = split_page(Page(path.stem, grey, metadata={"turned_clockwise": turns}))
        found[folder].extend(page.metadata.get("label") for page in pages)
        name = f"{folder.name}/{path.name}"
        if name in listed:
            values = matched([page.metadata["box"] for page in pages], listed[name])
            overlaps += values
            if min(values) < 0.9 or len(pages) != len(values):
                disputed.append([name, len(listed[name]), len(pages), round(min(values), 3)])
    return {
        "counts": count_table(found),
        "labels": label_table(found),
        "boxes": {**overlap_table(overlaps), "sheets_that_differ": disputed},
    }


def count_table(found) -> dict:
    """Figures by XML and by us for every patent."""
    rows = [[folder.name, len(xml(folder)), len(labels)] for folder, labels in found.items()]
    exact = sum(described == cut for _, described, cut in rows)
    return {
        "patents": len(rows),
        "exact": exact,
        "figures_described": sum(row[1] for row in rows),
        "figures_cut": sum(row[2] for row in rows),
        "not_exact": [row for row in rows if row[1] != row[2]],
        "rows": rows,
    }


def label_table(found) -> dict:
    """Labels read against the numbers in the XML."""
    read = right = figures = 0
    wrong = []
    for folder, labels in found.items():
        numbers = Counter(label.removeprefix("FIG. ") for label in labels if label)
        known = Counter(xml(folder))
        figures += len(labels)
        read += sum(numbers.values())
        right += sum((numbers & known).values())
        if numbers - known:
            wrong.append([folder.name, sorted((numbers - known).elements())])
    return {"figures": figures, "read": read, "right": right, "wrong": wrong}


def xml(folder: Path) -> list[str]:
    """Figures described in a patent's XML."""
    return figures_of_xml(folder / f"{folder.name}.XML")


def overlap_table(values) -> dict:
    """Mean IoU and the share of boxes above some marks."""
    array = np.array(values)
    shares = {f"share_from_{mark}": round(float((array >= mark).mean()), 4) for mark in HARD_IOU}
    return {"boxes": len(array), "mean_iou": round(float(array.mean()), 4), **shares}


def measure_turns(data: Path, all_turns: bool) -> dict:
    """Turns found without the office's marks, on sheets as stored and turned on purpose."""
    tables = {}
    for kind in ("sheets", "gazette figures"):
        right, seen = Counter(), Counter()
        wrong = []
        for path in sorted((data / "uspto-sample").glob("*/*.TIF")):
            if path.stem.endswith("D00000") != (kind == "gazette figures"):
                continue
            stored, landscape = read_stored(path)
            for more in range(4 if all_turns else 1):
                needed = (int(landscape) - more) % 4
                given = quarter_turns(turned(stored, more))
                seen[more] += 1
                right[more] += given == needed
                if given != needed:
                    wrong.append([path.stem, more, needed, given])
        tables[kind] = {
            "right_by_quarter_turns_added": [[turn, right[turn], seen[turn]] for turn in seen],
            "wrong": wrong,
        }
    return tables


def measure_synthetic(count: int, seed: int) -> dict:
    """IoU and counts on composed sheets of one to four figures each."""
    from patentzoo.data.linedraw.dataset import SolidSource, render_class, solid_maker
    from patentzoo.data.linedraw.strokes import draw, random_style

    make, rng = (
        solid_maker(SolidSource("procedural", count, seed=seed)),
        np.random.default_rng(seed),
    )
    overlaps, exact, labels, right = [], 0, 0, 0
    for number in range(count):
        views = render_class(make(number), rng)
        if not views:
            continue
        style, layout = random_style(rng), random_layout(rng)
        chosen = [views[int(i)] for i in rng.integers(len(views), size=int(rng.integers(1, 5)))]
        drawings = [draw(view, style, rng, size_px=900) for view in chosen]
        sheet = compose_sheet(drawings, layout, rng, first_number=int(rng.integers(1, 20)))
        grey, turns = upright(sheet.grey, sheet.landscape)
        figures = find_figures(grey)
        boxes = [stored_box(figure.box, grey.shape, turns) for figure in figures]
        overlaps += matched(boxes, sheet.boxes)
        exact += len(boxes) == len(sheet.boxes)
        known = Counter(re.sub(r"\D", "", text) for text in sheet.labels)
        read = Counter(re.sub(r"\D", "", figure.label) for figure in figures if figure.label)
        labels += sum(read.values())
        right += sum((read & known).values())
    table = overlap_table(overlaps)
    return {**table, "sheets": count, "sheets_exact": exact, "read": labels, "right": right}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--synthetic", type=int, default=200, help="composed sheets")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--all-turns", action="store_true", help="turn every sheet all four ways")
    options = parser.parse_args()
    start = time.process_time()
    result = {"command": " ".join(["python tests/benchmarks/bench_figures.py", *sys.argv[1:]])}
    if "real" in options.parts:
        result |= measure_real(options.data)
    if "turns" in options.parts:
        result["turns"] = measure_turns(options.data, options.all_turns)
    if "synthetic" in options.parts:
        result["synthetic"] = measure_synthetic(options.synthetic, options.seed)
    result["processor_seconds"] = round(time.process_time() - start)
    text = json.dumps(result, indent=1)
    # Rows of a table stand in one line each.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)
    options.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
