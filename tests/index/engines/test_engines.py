"""Engines against an exact search: what they find, how they are chosen, kept and outgrown."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from patentzoo.errors import ConfigError, EmptyIndexError, QueryError
from patentzoo.index import build_index, load_index, search
from patentzoo.index.engines import factory
from patentzoo.results import Embeddings


@pytest.fixture(scope="module")
def clustered(model) -> Embeddings:
    """3,000 drawings of 300 patents, ten near each other."""
    rng = np.random.default_rng(1)
    rows = np.repeat(rng.normal(size=(300, 16)), 10, axis=0) + 0.5 * rng.normal(size=(3000, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    data = [{"patent": f"P{i // 10}", "year": 2000 + i % 20} for i in range(3000)]
    ids = [f"d{i}" for i in range(3000)]
    return Embeddings(rows.astype(np.float32), ids, data, model.name, model.fingerprint)


@pytest.mark.parametrize("engine", ["flat", "hnsw", "ivfpq"])
@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_an_engine_finds_nearly_what_an_exact_search_finds(
    model, clustered, tmp_path, engine, storage
):
    options = {"engine": engine, "storage": storage}
    index = build_index(model, clustered, path=tmp_path / "index", **options)
    again = load_index(tmp_path / "index")
    asked = clustered.select(range(0, 3000, 60))
    cosines = asked.vectors @ clustered.vectors.T
    true = np.argsort(-cosines, axis=1)[:, :10]
    for each in (index, again):
        stats = each.stats()
        assert (stats.engine, stats.storage, stats.unindexed) == (engine, storage, 0)
        found = search(each, asked, k=10)
        shares = [
            len({hit.id for hit in result} & {f"d{row}" for row in rows}) / 10
            for result, rows in zip(found, true, strict=True)
        ]
        assert np.mean(shares) > (0.9 if storage == "int8" else 0.97)
        for result, row in zip(found, cosines, strict=True):
            given = [row[int(hit.id[1:])] for hit in result]
            np.testing.assert_allclose([hit.score for hit in result], given, atol=0.02)
        assert each.measure_recall(queries=50) >= (1.0 if engine == "flat" else 0.95)
    deep = search(index, clustered.vectors[5], k=None)
    assert len({hit.id for hit in deep}) == 3000


def test_recall_tells_a_bad_engine(model, drawings, monkeypatch):
    from patentzoo.index.engines import ivfpq

    index = build_index(model, drawings(2000), engine="ivfpq")
    assert index.measure_recall() > 0.9
    monkeypatch.setattr(ivfpq, "NPROBE", 1)
    assert index.measure_recall() < 0.7
    with pytest.raises(QueryError, match="at least 1"):
        index.measure_recall(0)
    with pytest.raises(EmptyIndexError):
        build_index(model, [b""], on_error="skip").measure_recall()


@pytest.mark.parametrize("engine", ["hnsw", "ivfpq"])
def test_drawings_added_later_are_found_and_join_the_engine(model, clustered, tmp_path, engine):
    first, later = clustered.select(range(2000)), clustered.select(range(2000, 3000))
    index = build_index(model, first, path=tmp_path / "index", engine=engine)
    index.add(later)
    stats = index.stats()
    assert (stats.engine, stats.unindexed) == (engine, 1000)
    assert "compact()" in stats.advice
    index.remove(["d5", "d2005"])
    for row in (4, 2004):
        hit = search(index, clustered.vectors[row], k=1)[0]
        assert (hit.id, hit.score) == (f"d{row}", pytest.approx(1, abs=1e-5))
    for row in (5, 2005):
        assert search(index, clustered.vectors[row], k=1)[0].id != f"d{row}"
    index.compact()
    again = load_index(tmp_path / "index")
    for each in (index, again):
        assert (each.stats().unindexed, each.stats().advice) == (0, "")
        assert search(each, clustered.vectors[2004], k=1)[0].id == "d2004"
    again.compact(engine="flat")
    assert again.stats().engine == load_index(tmp_path / "index").stats().engine == "flat"
    assert not list((tmp_path / "index").glob("*.faiss"))


def test_the_engine_is_chosen_by_size_unless_said(model, clustered, monkeypatch):
    assert [factory.choose("auto", n) for n in (10, 10**6, 10**7)] == ["flat", "hnsw", "ivfpq"]
    assert factory.choose("flat", 10**9) == "flat"
    monkeypatch.setattr(factory, "FLAT_UP_TO", 2000)
    assert build_index(model, clustered).stats().engine == "hnsw"
    assert build_index(model, clustered, engine="flat").stats().engine == "flat"
    grown = build_index(model, clustered.select(range(1500)))
    assert grown.stats().engine == "flat"
    grown.add(clustered)
    assert "'hnsw'" in grown.stats().advice
    grown.compact()
    assert grown.stats().engine == "hnsw"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "hnws"}, "Did you mean 'hnsw'"),
        ({"storage": "int4"}, "Did you mean 'int8'"),
        ({"engine": "ivfpq"}, "needs 1,000 drawings"),
    ],
)
def test_options_that_make_no_sense_are_explained(model, drawings, tmp_path, options, says):
    with pytest.raises(ConfigError, match=says):
        build_index(model, drawings(50), path=tmp_path / "index", **options)
    assert not (tmp_path / "index").exists()


def test_searching_beside_libraries_that_change_faiss():
    """pytorch-metric-learning imports faiss.contrib.torch_utils, whose ``search`` takes less."""
    code = """
import faiss.contrib.torch_utils, numpy as np
from patentzoo.index.engines.faiss_calls import search_with
index = faiss.IndexFlatIP(4)
index.add(np.eye(4, dtype=np.float32))
chosen = faiss.IDSelectorRange(3, 4)
print(search_with(index, np.eye(4, dtype=np.float32)[:1], 1, faiss.SearchParameters(sel=chosen)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "array([[3]])" in done.stdout
