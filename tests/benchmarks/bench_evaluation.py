"""Memory and time of an evaluation as large as DeepPatent's.

python tests/benchmarks/bench_evaluation.py --out docs/results/speed/evaluation.json
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import time
from pathlib import Path

import numpy as np
import record

from patentzoo.evaluate.metrics import score_against, summarise

QUERIES, DATABASE, DIM, PATENTS = 13_133, 38_834, 512, 6_927


def vectors(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Queries and database around a centre a patent, as far off as to give a middling score."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(PATENTS, DIM)).astype(np.float32)
    of_database = np.concatenate([np.arange(PATENTS), rng.integers(0, PATENTS, DATABASE - PATENTS)])
    of_queries = rng.integers(0, PATENTS, QUERIES)
    spread = np.float32(2.6)
    found = []
    for patents in (of_queries, of_database):
        noise = rng.normal(size=(len(patents), DIM)).astype(np.float32)
        found.append(centres[patents] + spread * noise)
    return found[0], of_queries, found[1], of_database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    queries, of_queries, database, of_database = vectors()
    names = [f"q{n}" for n in range(QUERIES)], [f"d{n}" for n in range(DATABASE)]
    patents = [f"USD{n}" for n in of_queries], [f"USD{n}" for n in of_database]
    load = round(os.getloadavg()[0], 2)
    began, cpu = time.perf_counter(), time.process_time()
    scores = score_against(names[0], queries, patents[0], names[1], database, patents[1])
    ranked = time.perf_counter() - began, time.process_time() - cpu
    metrics = summarise(scores)
    total = time.perf_counter() - began, time.process_time() - cpu
    report = {
        "command": "python tests/benchmarks/bench_evaluation.py",
        "queries": QUERIES,
        "database": DATABASE,
        "dim": DIM,
        "seconds_ranking": round(ranked[0], 1),
        "cpu_seconds_ranking": round(ranked[1], 1),
        "seconds_with_intervals": round(total[0], 1),
        "cpu_seconds_with_intervals": round(total[1], 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "mAP": round(metrics["mAP"].value, 4),
        "machine": f"{platform.machine()}, {os.environ.get('OMP_NUM_THREADS', 'all')} threads",
        "load_before": load,
    }
    record.keep(report, arguments.out)


if __name__ == "__main__":
    main()
