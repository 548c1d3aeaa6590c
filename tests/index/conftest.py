"""Fixtures for indexes: drawings of known patents as vectors, and indexes of them."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from patentzoo.index import Index, build_index
from patentzoo.results import Embeddings

Make = Callable[..., Embeddings]


@pytest.fixture
def drawings(model) -> Make:
    """A function (n, seed, prefix, **metadata) -> n random drawings, seven to a patent."""

    def make(n: int, seed: int = 0, prefix: str = "d", **metadata: object) -> Embeddings:
        rows = np.random.default_rng(seed).normal(size=(n, model.dim))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        data = [
            {"patent": f"{prefix.upper()}{i // 7}", "year": 2000 + i % 20, **metadata}
            for i in range(n)
        ]
        ids = [f"{prefix}{i}" for i in range(n)]
        return Embeddings(rows.astype(np.float32), ids, data, model.name, model.fingerprint)

    return make


@pytest.fixture
def saved(model, drawings, tmp_path) -> Index:
    """An index of 70 drawings that lives in ``tmp_path / "index"``."""
    return build_index(model, drawings(70), path=tmp_path / "index")


@pytest.fixture
def open_folder():
    """A folder that every user may enter, as pytest's own are not."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def at_once() -> Callable[[Callable[[], Any], int], list[Any]]:
    """A function (call, n) -> what n threads get that make the call at the same moment."""

    def run(call: Callable[[], Any], threads: int) -> list[Any]:
        started = threading.Barrier(threads)

        def one(_: int) -> Any:
            started.wait(timeout=60)
            return call()

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, range(threads)))

    return run


@pytest.fixture
def process_pools(monkeypatch) -> list[Any]:
    """Readers for which a pool of processes was made; the pools read in this process."""
    made: list[Any] = []

    class Watched:
        def __init__(self, here: Any) -> None:
            made.append(here)
            self.read = here.read

        def __enter__(self) -> Watched:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("patentzoo.embedding.reader_pool.Processes", Watched)
    return made
