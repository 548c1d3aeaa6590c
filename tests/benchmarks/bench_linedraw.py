"""Drawings a second at 192 px, from the solid to the network's input; run by hand.

    python tests/benchmarks/bench_linedraw.py --out docs/results/speed/linedraw.json

Each drawing is made in full: solid, hidden lines removed, strokes drawn, page preprocessed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import record

from patentzoo.data.linedraw.dataset import SolidSource, render_class, solid_maker
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.models.preprocess import Preprocess
from patentzoo.system.files import write_text

SIZE_PX = 192
DRAWN_PX = 600
WARM_UP = 3


def work(source: SolidSource, first: int, step: int, barrier, results) -> None:
    """Make the drawings of every step-th solid; report (drawings, solids, began, ended)."""
    make, preprocess = solid_maker(source), Preprocess(size_px=SIZE_PX)
    for number in range(WARM_UP):
        drawings_of(make(source.count + number), number, preprocess)
    barrier.wait()
    began, drawings, solids = time.time(), 0, 0
    for number in range(first, source.count, step):
        drawings += drawings_of(make(number), number, preprocess)
        solids += 1
    results.put((drawings, solids, began, time.time()))


def drawings_of(solid, number: int, preprocess: Preprocess) -> int:
    rng = np.random.default_rng(number)
    style = random_style(rng)
    views = render_class(solid, rng)
    for view in views:
        preprocess(draw(view, style, rng, size_px=DRAWN_PX))
    return len(views)


def measure(source: SolidSource, processes: int) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=work, args=(source, i, processes, barrier, results))
        for i in range(processes)
    ]
    for worker in workers:
        worker.start()
    rows = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    drawings, solids, begins, ends = (list(column) for column in zip(*rows, strict=True))
    seconds = max(ends) - min(begins)
    return {
        "solids": source.kind,
        "processes": processes,
        "solids_made": sum(solids),
        "drawings": sum(drawings),
        "seconds": round(seconds, 2),
        "drawings_per_second": round(sum(drawings) / seconds, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--solids", type=int, default=200, help="solids of each kind")
    parser.add_argument("--ldraw", default="", help="folder of an LDraw library")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    sources = [SolidSource("procedural", options.solids, seed=3)]
    if options.ldraw:
        sources.append(SolidSource("ldraw", options.solids, seed=3, folder=options.ldraw))
    runs = [measure(source, count) for source in sources for count in options.processes]
    for run in runs:
        sys.stdout.write(json.dumps(run) + "\n")
    about = {
        "what": f"drawings a second at {SIZE_PX} px, solid to network input",
        "drawn_at_px": DRAWN_PX,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "runs": runs,
    }
    write_text(options.out, record.as_json(about, indent=2))


if __name__ == "__main__":
    main()
