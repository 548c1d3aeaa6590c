"""The split of a run's time: counted once, by stage, and told to whoever asks."""

from __future__ import annotations

import logging
import time

import pytest

from patentzoo.embedding import Timings, embed, page_reader
from patentzoo.embedding.timings import Stopwatch


@pytest.mark.parametrize("processes", [False, True])
def test_each_stage_gets_its_own_time(make_model, folder, caplog, processes):
    model = make_model()
    encode, found = model.encode, []

    class Slow:
        preprocess, dim, name, fingerprint = model.preprocess, 16, "m", "f"

        def encode(self, batch):
            time.sleep(0.05)
            return encode(batch)

    with caplog.at_level(logging.INFO, "patentzoo"):
        embed(Slow(), folder, batch_size=3, workers=1, timings=found.append, processes=processes)
    (timings,) = found
    assert timings.images == 6
    assert timings.workers == 1
    assert timings.model >= 0.1  # two passes
    assert min(timings.read, timings.decode, timings.preprocess, timings.waiting) > 0
    assert timings.read + timings.decode + timings.preprocess < timings.total + 0.01
    assert timings.model + timings.waiting <= timings.total
    assert str(timings) in [record.message for record in caplog.records]


def test_the_sentence_names_every_figure():
    text = str(Timings(1, 2, 3, 4, 5, 10, 1234, 2, 8))
    assert text == (
        "1,234 images in 10.0 s (123.4/s, 2 workers on 8 cores): read 1.0 s, decode 2.0 s, "
        "preprocess 3.0 s, model 4.0 s, model without a batch 5.0 s"
    )
    assert Timings(0, 0, 0, 0, 0, 0, 0, 1, 1).images_per_second == 0


def test_what_was_taken_is_counted_once():
    watch, other = Stopwatch(), Stopwatch()
    watch.add({"read": 1.0, "decode": 2.0})
    other.add(watch.taken())
    other.add(watch.taken())
    assert other.taken()["decode"] == 2.0


def test_a_small_file_is_read_once_and_a_large_one_in_pieces(model, folder, monkeypatch):
    opened = []
    kind = page_reader.FileContent
    real = kind.open
    monkeypatch.setattr(kind, "open", lambda self: opened.append(self.path.name) or real(self))
    whole = embed(model, folder)
    assert sorted(opened) == sorted(each.name for each in folder.iterdir())
    opened.clear()
    monkeypatch.setattr(page_reader, "READ_ONCE_BYTES", 10)
    again = embed(model, folder)
    assert len(opened) == 18
    assert (again.vectors == whole.vectors).all()
