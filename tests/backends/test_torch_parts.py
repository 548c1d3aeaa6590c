"""Batches through torch in parts: chosen by a trial that is kept, and nobody's threads changed."""

from __future__ import annotations

import json
import pickle
import threading

import numpy as np
import pytest
import torch

from patentzoo.backends import torch_parts
from patentzoo.backends.torch_backend import TorchBackend
from patentzoo.backends.torch_parts import Outcomes, Parts, single_threads


class Slow:
    """Rows whose making takes a while by a clock of its own, by the number of pages."""

    clock, lock = 0.0, threading.Lock()

    def __init__(self, seconds):
        self.seconds, self.calls = seconds, []

    def __call__(self, pages):
        self.calls.append(len(pages))
        with self.lock:
            Slow.clock += self.seconds(len(pages))
        return pages.reshape(len(pages), -1)[:, :2] + 1


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(torch_parts.time, "perf_counter", lambda: Slow.clock)


def batch(count):
    return np.arange(count * 4, dtype=np.float32).reshape(count, 1, 2, 2)


@pytest.mark.parametrize(
    ("seconds", "parts"),
    [(lambda n: 1.0 if n >= 8 else 0.1, True), (lambda n: 0.2 if n < 8 else 0.1, False)],
    ids=["parts win", "whole batches win"],
)
def test_the_faster_way_is_taken_and_kept(seconds, parts, tmp_path):
    outcomes, slow = Outcomes(tmp_path / "cache" / "t.json", "a model"), Slow(seconds)
    ways = Parts(outcomes)
    for _ in range(2):
        np.testing.assert_array_equal(ways(slow, batch(8), 2), batch(8).reshape(8, -1)[:, :2] + 1)
    assert (outcomes.of(2) > 1) == parts
    assert outcomes.of(3) is None
    assert slow.calls[-1] == (4 if parts else 8)
    later = Slow(seconds)
    np.testing.assert_array_equal(
        Parts(outcomes)(later, batch(9), 2)[:, 0], batch(9)[:, 0, 0, 0] + 1
    )
    assert sorted(later.calls) == ([4, 5] if parts else [9])


def test_few_pages_and_one_thread_are_not_tried(tmp_path):
    outcomes, slow = Outcomes(tmp_path / "t.json", "a model"), Slow(lambda n: 0)
    ways = Parts(outcomes)
    ways(slow, batch(3), 2), ways(slow, batch(8), 1)
    assert slow.calls == [3, 8]
    assert not outcomes.file.exists()


def test_a_cache_that_cannot_be_used_stops_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    for file in (blocked / "t.json", blocked):
        ways, slow = Parts(Outcomes(file, "a model")), Slow(lambda n: 1.0 * n * n)
        for _ in range(2):
            assert len(ways(slow, batch(4), 2)) == 4
        assert slow.calls[-2:] == [2, 2], "what was found counts for the process"
    blocked.unlink(missing_ok=True)
    broken = Outcomes(tmp_path / "u.json", "a model")
    broken.file.write_text("[")
    broken.keep(2, 1.5)
    assert list(json.loads(broken.file.read_text()).values()) == [1.5]


def test_threads_of_the_application_stay_as_they_are():
    before = torch.get_num_threads()
    with single_threads(2) as pool:
        assert torch.get_num_threads() == before
        assert list(pool.map(lambda _: torch.get_num_threads(), range(8))) == [1] * 8
        with single_threads(1) as other:
            assert other.submit(torch.get_num_threads).result() == 1
    assert torch.get_num_threads() == before


def test_parts_give_the_rows_of_a_whole_batch(tmp_path):
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(800, 5)
    )
    outcomes = Outcomes(tmp_path / "t.json", "a model")
    outcomes.keep(2, 9.0)
    plain = TorchBackend(network, "cpu")
    parts = TorchBackend(network, "cpu", parts=Parts(outcomes))
    pages = np.random.default_rng(0).random((7, 1, 12, 12), dtype=np.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for hflip in (False, True):
            expected = plain(pages, hflip=hflip)
            np.testing.assert_allclose(parts(pages, hflip=hflip), expected, atol=1e-6)
        again = pickle.loads(pickle.dumps(parts))
        assert again.parts.outcomes == outcomes
        np.testing.assert_allclose(again(pages), plain(pages), atol=1e-6)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
