"""From nothing to the first vector of one drawing, in fresh processes, before and now.

    python tests/benchmarks/bench_startup.py --out docs/results/speed/startup.json

``before`` is the package as it was at a git revision, read out of this repository. All lines run in
turn, several times over; a ratio is one of medians. A process's seconds run from its start to its
end, so Python's own start is in them.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import record

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "f6ca30c"
"""The last revision that imported timm and torchvision for the bundled model."""
DRAWING = ROOT / "patentzoo" / "samples" / "LD000001-D00001.png"
FIRST = "import patentzoo as pz; pz.embed(pz.load_model({chosen}), {drawing!r})"
LINES = {
    "import torch": "import torch",
    "before": FIRST.format(chosen="", drawing=str(DRAWING)),
    **{
        name: FIRST.format(chosen=f"backend={name!r}", drawing=str(DRAWING))
        for name in ("torch", "torch-bf16", "openvino", "openvino-bf16", "onnx")
    },
}


def earlier(revision: str, folder: Path) -> None:
    """The package as it was."""
    command = ["git", "-C", str(ROOT), "archive", revision, "patentzoo"]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")


def seconds(name: str, folder: Path, cache: Path) -> float:
    """One fresh process."""
    here = folder if name == "before" else ROOT
    environment = {**os.environ, "PYTHONPATH": str(here), "PATENTZOO_CACHE": str(cache)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", LINES[name]], check=True, env=environment, cwd=here)
    return time.perf_counter() - start


def measure(runs: int, revision: str) -> dict[str, dict[str, float]]:
    """Medians in seconds, and their ratios to those before."""
    taken: dict[str, list[float]] = {name: [] for name in LINES}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        earlier(revision, folder)
        for number in range(runs + 1):
            for name in LINES:
                once = seconds(name, folder, folder / "cache")
                if number:  # the first run fills the caches and exports the graphs
                    taken[name].append(once)
    ground = statistics.median(taken["before"])
    return {
        name: {
            "median_s": round(statistics.median(times), 3),
            "over_before": round(statistics.median(times) / ground, 3),
        }
        for name, times in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--before", default=BEFORE)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = measure(given.runs, given.before)
    found = {
        "command": "python tests/benchmarks/bench_startup.py --out docs/results/speed/startup.json",
        "machine": record.machine(),
        "versions": record.versions(("torch", "timm", "openvino", "onnxruntime")),
        "python": platform.python_version(),
        "runs": given.runs,
        "before": given.before,
        "halved": rows["torch"]["over_before"] <= 0.5,
        "rows": rows,
    }
    record.keep(found, given.out)


if __name__ == "__main__":
    main()
