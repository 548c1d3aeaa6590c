"""No lock or queue of the pipeline keeps one of many decoders from working beside the others."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from patentzoo.embedding.batch_encoder import BatchEncoder
from patentzoo.embedding.batcher import Batcher
from patentzoo.embedding.page_reader import PreparedPage, SourceEnd
from patentzoo.embedding.prefetch import prepare

ROUNDS = 5


@pytest.mark.parametrize("decoders", [4, 8, 16])
def test_all_decode_at_once_and_the_order_stays(decoders):
    """Each waits, holding its core, until all others hold theirs: else the barrier breaks."""
    model = SimpleNamespace(
        dim=1, device="elsewhere", encode=lambda batch: batch[:, 0, :1, 0].astype(np.float32)
    )
    encoder = BatchEncoder(model, Batcher(model, "raise", unique_ids=True), 8, decoders)
    all_at_work = threading.Barrier(decoders, timeout=60)

    def read(source):
        for _ in ("decode", "preprocess"):
            with encoder.budget.page():
                all_at_work.wait()
        yield PreparedPage(source.id, np.full((1, 2, 2), float(source.id), np.float32), {})
        yield SourceEnd(source.id, "")

    numbers = [str(number) for number in range(ROUNDS * decoders)]
    sources = (SimpleNamespace(id=n, streamed=False, size_bytes=lambda: 0) for n in numbers)
    events = prepare(read, sources, decoders, 4 * decoders + 8)
    bar = SimpleNamespace(advance=lambda failed: None)
    batches = list(encoder.encode(events, bar))
    assert [name for batch in batches for name in batch.ids] == numbers
    rows = np.concatenate([batch.vectors for batch in batches])
    np.testing.assert_array_equal(rows[:, 0], np.arange(len(numbers)))
