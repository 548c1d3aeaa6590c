"""Peak memory of reading many files, with a network that costs nothing.

    python tests/benchmarks/bench_sources.py --files 100000 --out docs/results/sources-memory.json

Reads a folder of tiny drawings (hard links to a hundred files) as an index does: batch after batch,
keeping no vector. What is left is what the ids, paths and queues take.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import record
from PIL import Image, ImageDraw

from patentzoo.embedding import embed_batches
from patentzoo.models.preprocess import Preprocess


class FreeNetwork:
    """Gives every page the same unit vector of 256 dimensions."""

    name, fingerprint, dim = "free", "0" * 64, 256

    def __init__(self) -> None:
        self.preprocess = Preprocess(size_px=64)
        self._row = np.full(self.dim, self.dim**-0.5, np.float32)

    def encode(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.tile(self._row, (len(batch), 1))


def lay_out(folder: Path, files: int) -> None:
    """``files`` names for a hundred drawings, in folders of a thousand, as patents are."""
    for kind in range(100):
        image = Image.new("1", (64, 64), 1)
        ImageDraw.Draw(image).line((5, 5, 60, kind % 60), fill=0, width=2)
        image.save(folder / f"{kind}.png")
    for number in range(files):
        place = folder / "many" / f"{number // 1000:04d}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        os.link(folder / f"{number % 100}.png", place / f"USD{number:07d}-20210105-D00001.png")


def peak_mb() -> float:
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root, given.files)
        list(embed_batches(FreeNetwork(), root / "many" / "0000", workers=given.workers))
        before, began, cpu = peak_mb(), time.monotonic(), time.process_time()
        rows = 0
        for batch in embed_batches(FreeNetwork(), root / "many", workers=given.workers):
            rows += len(batch.ids)
        seconds, busy = time.monotonic() - began, time.process_time() - cpu
    result = {
        "files": rows,
        "workers": given.workers,
        "peak_mb_after_1000_files": round(before, 1),
        "peak_mb": round(peak_mb(), 1),
        "bytes_a_file": round((peak_mb() - before) * 1e6 / rows),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(busy, 1),
    }
    record.keep(result, given.out)


if __name__ == "__main__":
    main()
