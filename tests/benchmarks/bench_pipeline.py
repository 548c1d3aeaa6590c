"""How many images a second locks and queues let through, with decoders that only sleep.

    python tests/benchmarks/bench_pipeline.py --out docs/results/speed/pipeline.json

Decoders sleep for as long as decoding and preprocessing take, and hold a simulated core meanwhile;
the network answers at once. What is left is the pipeline's own work: its rate beside what so many
decoders could give, and the processor time it takes an image, which bounds it on any machine, for
one thread at a time runs Python.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import record

from patentzoo.embedding.batch_encoder import BatchEncoder
from patentzoo.embedding.batcher import Batcher
from patentzoo.embedding.core_budget import CoreBudget
from patentzoo.embedding.page_reader import Event, PreparedPage, SourceEnd
from patentzoo.embedding.prefetch import prepare

DECODERS = (4, 8, 16)
STAGES_MS = (3.0, 2.0)
"""Decoding and preprocessing, a core each time."""


class Pages:
    """A source of one page that takes a while to read."""

    streamed = False

    def __init__(self, number: int) -> None:
        self.id = str(number)

    def size_bytes(self) -> int:
        """Of no file."""
        return 0


def measure(decoders: int, images: int, size_px: int = 176) -> dict[str, float]:
    """One run: images a second, the share of what the sleeps allow, and its own work an image."""
    page = np.zeros((1, size_px, size_px), np.float32)
    # On another device: a pass takes no core from those who decode.
    model: Any = SimpleNamespace(
        dim=8, device="elsewhere", encode=lambda batch: np.zeros((len(batch), 8), np.float32)
    )
    batcher = Batcher(model, "raise", unique_ids=True)
    encoder = BatchEncoder(model, batcher, 32, decoders)
    encoder.budget = CoreBudget(decoders)

    def read(source: Any) -> Generator[Event]:
        for milliseconds in STAGES_MS:
            with encoder.budget.page(), encoder.watch.during("decode"):
                time.sleep(milliseconds / 1000)
        yield PreparedPage(source.id, page, {})
        yield SourceEnd(source.id, "")

    bar: Any = SimpleNamespace(advance=lambda failed: None)
    sources: Any = map(Pages, range(images))
    begun, worked = time.perf_counter(), time.process_time()
    events = prepare(read, sources, decoders, 4 * decoders + 32)
    done = sum(len(batch.ids) for batch in encoder.encode(events, bar))
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    assert done == images
    rate, most = images / seconds, 1000 * decoders / sum(STAGES_MS)
    return {
        "images_per_s": round(rate, 1),
        "share": round(rate / most, 3),
        "own_ms": round(1000 * worked / images, 3),
        "images_per_s_at_most": round(images / worked, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    record.keep(
        {
            "command": "python tests/benchmarks/bench_pipeline.py "
            "--out docs/results/speed/pipeline.json",
            "machine": record.machine(),
            "stages_ms": STAGES_MS,
            "rows": {str(count): measure(count, given.images) for count in DECODERS},
        },
        given.out,
    )


if __name__ == "__main__":
    main()
