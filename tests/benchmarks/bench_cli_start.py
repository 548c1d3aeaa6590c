"""What it costs to start: ``import patentzoo`` and ``patentzoo --help`` beside ``python -c pass``.

    python tests/benchmarks/bench_cli_start.py --out docs/results/speed/cli-start.json

Each line is started anew in a process of its own, all of them in turn, many times over; a ratio is
one of medians. What typer and rich cost to import stands beside it.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import record

PYTHON = sys.executable
LINES = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "import patentzoo": [PYTHON, "-c", "import patentzoo"],
    "patentzoo --help": ["patentzoo", "--help"],
    "patentzoo search --help": ["patentzoo", "search", "--help"],
    "import typer": [PYTHON, "-c", "import typer"],
    "import typer, rich.console": [PYTHON, "-c", "import typer, rich.console"],
}
LIMITED = ("import patentzoo", "patentzoo --help")
LIMIT = 3.0


def commands() -> dict[str, list[str]]:
    """The lines; the program as a module where it is not installed."""
    beside = Path(PYTHON).parent / "patentzoo"
    found = str(beside) if beside.exists() else shutil.which("patentzoo")
    program = [found] if found else [PYTHON, "-m", "patentzoo"]
    return {
        name: [*program, *line[1:]] if line[0] == "patentzoo" else line
        for name, line in LINES.items()
    }


def seconds(line: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(runs: int) -> dict[str, dict[str, float]]:
    """Medians in milliseconds and their ratios to starting Python alone."""
    lines = commands()
    taken: dict[str, list[float]] = {name: [] for name in lines}
    for number in range(runs + 2):
        for name, line in lines.items():
            once = seconds(line)
            if number >= 2:  # the first runs fill the caches
                taken[name].append(once)
    ground = statistics.median(taken["python -c pass"])
    return {
        name: {
            "median_ms": round(1000 * statistics.median(times), 1),
            "ratio": round(statistics.median(times) / ground, 2),
        }
        for name, times in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=41)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = measure(given.runs)
    found = {
        "command": "python tests/benchmarks/bench_cli_start.py "
        "--out docs/results/speed/cli-start.json",
        "machine": record.machine(),
        "python": platform.python_version(),
        "runs": given.runs,
        "limit_ratio": LIMIT,
        "met": all(rows[name]["ratio"] <= LIMIT for name in LIMITED),
        "rows": rows,
    }
    record.keep(found, given.out)


if __name__ == "__main__":
    main()
