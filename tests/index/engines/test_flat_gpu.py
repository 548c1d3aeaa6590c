"""Exact search on a GPU: what it must agree with, and when it stays on the processor."""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from patentzoo.index import build_index, search
from patentzoo.index.engines import faiss_calls, flat_gpu
from patentzoo.index.engines.flat_gpu import MOST, GpuFlatEngine
from patentzoo.results import Embeddings

FAISS = faiss_calls.load_faiss()


class Device:
    """A GPU that is none: faiss's exact index, which notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []
        self.vectors = 0
        self.room = 10**9
        self.inside = 0
        self.crowd = 0

    def index(self, resources: object, dim: int) -> SimpleNamespace:
        assert resources is self
        held = FAISS.IndexFlatIP(dim)

        def add(rows: np.ndarray) -> None:
            if rows.nbytes > self.room:
                raise RuntimeError("cudaMalloc error out of memory")
            self.vectors += len(rows)
            held.add(rows)

        def find(rows: np.ndarray, k: int, *, params: object = None) -> tuple:
            assert params is None, "a GPU does not heed selectors"
            self.inside += 1
            self.crowd = max(self.crowd, self.inside)
            self.calls.append((len(rows), k))
            found = held.search(rows, k)
            self.inside -= 1
            return found

        return SimpleNamespace(add=add, search=find)


@pytest.fixture
def device(monkeypatch) -> Device:
    made = Device()
    names = ("IDSelectorBitmap", "SearchParameters", "swig_ptr", "knn_inner_product")
    faked = SimpleNamespace(**{name: getattr(FAISS, name) for name in names})
    faked.get_num_gpus = lambda: 1
    faked.StandardGpuResources = lambda: made
    faked.GpuIndexFlatIP = made.index
    for module in ("flat_gpu", "faiss_calls", "flat"):
        monkeypatch.setattr(f"patentzoo.index.engines.{module}.load_faiss", lambda: faked)
    monkeypatch.setattr(flat_gpu, "_first_asker", os.getpid)
    return made


@pytest.fixture
def pictures(model, unit_rows) -> Embeddings:
    data = [{"year": n % 5} for n in range(300)]
    ids = [f"d{n}" for n in range(300)]
    return Embeddings(unit_rows(300), ids, data, model.name, model.fingerprint)


def same(one, other) -> bool:
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_allclose(one[0], other[0], atol=2e-6)
    return True


def test_it_is_chosen_and_holds_every_vector_once(model, pictures, unit_rows, device):
    index = build_index(model, pictures.select(range(200)), engine="flat")
    index.add(pictures.select(range(200, 300)))
    with index.read() as view:
        engine = view.snapshot.engine
        assert isinstance(engine, GpuFlatEngine)
        for queries in (unit_rows(1, 3), unit_rows(40, 4)):
            assert same(engine.search(queries, 10), view.snapshot.flat.search(queries, 10))
    assert device.vectors == 300
    assert device.calls == [(1, 10), (40, 10)]


def test_filters_and_deep_searches_stay_on_the_processor(model, pictures, device, monkeypatch):
    index = build_index(model, pictures, engine="flat")
    hits = search(index, pictures.vectors[7], k=20, where={"year": 2})
    assert {hit.metadata["year"] for hit in hits} == {2}
    monkeypatch.setattr(flat_gpu, "MOST", 30)
    assert len(search(index, pictures.vectors[7], k=None)) == 300
    assert device.calls == []
    assert search(index, pictures.vectors[7], k=30)[0].id == "d7"
    assert device.calls == [(1, 30)]
    index.remove(["d7"])
    assert search(index, pictures.vectors[7], k=1)[0].id != "d7"


def test_what_does_not_fit_is_searched_on_the_processor(model, pictures, device, caplog):
    device.room = 1000
    index = build_index(model, pictures, engine="flat")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert search(index, pictures.vectors[7], k=5)[0].id == "d7"
    assert [record.message for record in caplog.records] == [
        "The GPU cannot be searched (cudaMalloc error out of memory): searching on the CPU."
    ]


def test_one_thread_at_a_time_uses_the_device(model, pictures, device):
    index = build_index(model, pictures, engine="flat")
    start = threading.Barrier(8)

    def ask(number: int) -> str:
        if number < 8:
            start.wait(timeout=60)
        return search(index, pictures.vectors[number], k=3)[0].id

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(200))) == [f"d{n}" for n in range(200)]
    assert (len(device.calls), device.crowd) == (200, 1)


def test_a_forked_child_leaves_the_device_alone(model, pictures, device, monkeypatch):
    index = build_index(model, pictures, engine="flat")
    search(index, pictures.vectors[0], k=1)
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)  # a child sees another number
    monkeypatch.setattr(flat_gpu, "_first_asker", lambda: parent)
    assert search(index, pictures.vectors[9], k=1)[0].id == "d9"
    with index.read() as view:
        assert flat_gpu.on_gpu(view.snapshot.flat) is view.snapshot.flat
    assert device.calls == [(1, 1)]


@pytest.fixture
def real(model, pictures):
    if not getattr(FAISS, "get_num_gpus", int)():
        pytest.skip("faiss sees no GPU here")

    def build(storage: str = "float32"):
        return build_index(model, pictures, engine="flat", storage=storage)

    return build


@pytest.mark.gpu
@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_a_gpu_finds_what_the_processor_finds(real, unit_rows, storage):
    with real(storage).read() as view:
        engine, flat = view.snapshot.engine, view.snapshot.flat
        assert isinstance(engine, GpuFlatEngine)
        for count, k in ((1, 1), (1, 10), (64, 10), (1500, 300)):
            queries = unit_rows(count, 7)
            (scores, rows), (expected, _) = engine.search(queries, k), flat.search(queries, k)
            np.testing.assert_allclose(scores, expected, atol=1e-5)
            vectors = view.snapshot.vectors(rows[0])
            np.testing.assert_allclose(vectors @ queries[0], scores[0], atol=1e-5)
        assert engine._usable


@pytest.mark.gpu
def test_a_gpu_gives_as_many_hits_as_it_can(model, unit_rows, real):
    real()
    made = Embeddings(
        unit_rows(4000), [f"d{n}" for n in range(4000)], [{}] * 4000, model.name, model.fingerprint
    )
    index = build_index(model, made, engine="flat")
    for k in (MOST, MOST + 1, 4000):
        hits = search(index, made.vectors[5], k=k)
        assert (len({hit.id for hit in hits}), hits[0].id) == (k, "d5")


@pytest.mark.gpu
def test_a_gpu_serves_threads_and_changes(real, pictures):
    index = real()
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(lambda row: search(index, row, k=3)[0].id, pictures.vectors)
        assert list(found) == list(pictures.ids)
    index.remove(["d7"])
    assert search(index, pictures.vectors[7], k=1)[0].id != "d7"
    index.compact()
    assert len(search(index, pictures.vectors[7], k=299)) == 299


@pytest.mark.gpu
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_of_a_process_that_used_the_gpu_searches(real, pictures):
    index = real()
    search(index, pictures.vectors[0], k=1)
    pid = os.fork()
    if not pid:
        ok = False
        try:
            ok = search(index, pictures.vectors[3], k=1)[0].id == "d3"
        finally:
            os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
