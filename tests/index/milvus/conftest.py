"""A server for these tests, and the same drawings in an index of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from milvus_process import MilvusProcess

from patentzoo.results import Embeddings


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusProcess]:
    """A server that runs."""
    pytest.importorskip("pymilvus", reason="needs pymilvus: pip install 'patentzoo[milvus]'")
    process = MilvusProcess(tmp_path_factory.mktemp("milvus") / "data")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def mortal(tmp_path) -> Iterator[MilvusProcess]:
    """A server of one test, which may kill it."""
    pytest.importorskip("pymilvus", reason="needs pymilvus: pip install 'patentzoo[milvus]'")
    process = MilvusProcess(tmp_path / "milvus")
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="session")
def drawings_of() -> Callable[..., Embeddings]:
    """A function (model, count, seed) -> Embeddings with metadata of every kind."""

    def make(model, count: int = 240, seed: int = 0, first: int = 0) -> Embeddings:
        rows = np.random.default_rng(seed).normal(size=(count, model.dim))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        known = [describe(number) for number in range(first, first + count)]
        ids = [f"d{number:05d}" for number in range(first, first + count)]
        vectors = rows.astype(np.float32)
        return Embeddings(vectors, ids, known, model=model.name, fingerprint=model.fingerprint)

    return make


def describe(number: int) -> dict[str, object]:
    known: dict[str, object] = {
        "patent": f"LD{number // 4:06d}" if number % 11 else None,
        "year": 2000 + number % 20,
        "locarno": f"{number % 9:02d}-{number % 5:02d}",
        "granted": f"20{number % 20:02d}-0{1 + number % 9}-1{number % 9}",
        "registered": bool(number % 2),
        "classes": [f"D{number % 3}", f'D"{number % 4}'],
        "page": number % 3 or None,
    }
    if number % 7 == 0:
        known['odd ]["name\\'] = 'a "quoted"\\ line\nand é'
    if number % 5 == 0:
        known["height"] = number / 3
    if number % 6 == 0:
        known["gazette"] = True
    if number == 8:
        known |= {"huge": 1 << 70, "half": "\ud800", "nothing": None, "deep": {"a": [1, 2.0]}}
    return known
