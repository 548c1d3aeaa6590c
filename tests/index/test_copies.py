"""Thousands of copies of one drawing: what lies beside them is found as by an exact search."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from patentzoo.index import build_index, load_index, search
from patentzoo.index.engines import factory, hnsw
from patentzoo.index.engines.distinct import Distinct
from patentzoo.index.engines.hnsw_links import _lowest_layer, link_unreached
from patentzoo.results import Embeddings

COPIES, BESIDE, OTHERS = 4500, 60, 1000


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def scene(model, rounding: float, seed: int = 0) -> Embeddings:
    """Copies of a drawing, sixty like it and a thousand others, shuffled."""
    rng = np.random.default_rng(seed)
    one = unit(rng.normal(size=model.dim))
    copies = unit(one + rounding * rng.normal(size=(COPIES, model.dim)))
    beside = unit(one + 0.6 * unit(rng.normal(size=(BESIDE, model.dim))))
    rows = np.concatenate([copies, beside, unit(rng.normal(size=(OTHERS, model.dim)))])
    ids = [f"copy{i}" for i in range(COPIES)] + [f"beside{i}" for i in range(BESIDE)]
    ids += [f"other{i}" for i in range(OTHERS)]
    data = [{"half": i % 2} for i in range(len(ids))]
    order = rng.permutation(len(ids))
    chosen = [[each[i] for i in order] for each in (ids, data)]
    return Embeddings(rows[order], *chosen, model.name, model.fingerprint)


def wide(model, dim: int = 64):
    """Stands for a model whose vectors are longer; it embeds nothing."""
    known = {"name": model.name, "fingerprint": model.fingerprint, "dim": dim}
    return SimpleNamespace(**known, encode=None, preprocess=None)


@pytest.fixture(params=["float32", "float16", "int8"])
def storage(request):
    return request.param


@pytest.mark.parametrize("rounding", [0.0, 1e-7], ids=["equal", "another batch"])
def test_what_lies_beside_copies_is_found(model, tmp_path, storage, rounding):
    made = scene(wide(model), rounding)
    index = build_index(wide(model), made, engine="hnsw", storage=storage, path=tmp_path / "i")
    where = {name: row for name, row in zip(made.ids, made.vectors, strict=True)}
    asked = [where[f"beside{i}"] for i in range(BESIDE)]
    for each in (index, load_index(tmp_path / "i")):
        found = [result[0].id for result in search(each, asked, k=10)]
        assert found == [f"beside{i}" for i in range(BESIDE)]
        assert each.measure_recall() >= 0.98


@pytest.mark.parametrize("engine", ["hnsw", "ivfpq"])
def test_scores_are_those_of_an_exact_search(model, engine):
    made, small = scene(wide(model), 0.0), wide(model)
    asked = made.select(range(0, len(made.ids), 40))
    fast, exact = (build_index(small, made, engine=name) for name in (engine, "flat"))
    for options in ({"k": 10}, {"k": 200}, {"k": 10, "where": {"half": 1}}):
        pairs = zip(search(fast, asked, **options), search(exact, asked, **options), strict=True)
        scores = [([h.score for h in a], [h.score for h in b]) for a, b in pairs]
        near = [np.allclose(a, b, atol=1e-5) for a, b in scores]
        assert np.mean(near) >= (0.98 if engine == "hnsw" else 0.8)


def test_every_copy_is_found_removed_and_joined_by_others(model):
    made, small = scene(wide(model), 0.0), wide(model)
    index = build_index(small, made, engine="hnsw")
    copy = made.vectors[made.ids.index("copy7")]
    found = [hit.id for hit in search(index, copy, k=900)]
    assert all(name.startswith("copy") for name in found)
    assert len(set(found)) == 900
    index.remove([f"copy{i}" for i in range(COPIES) if i != 7])
    assert [hit.id for hit in search(index, copy, k=1)] == ["copy7"]
    more = Embeddings(copy[None], ["late"], [{}], model.name, model.fingerprint)
    index.add(more)
    assert {hit.id for hit in search(index, copy, k=2)} == {"copy7", "late"}
    index.compact()
    assert {hit.id for hit in search(index, copy, k=2)} == {"copy7", "late"}
    assert index.stats().unindexed == 0


def test_recall_sees_what_copies_hide(model, monkeypatch):
    """Linked one by one, as they once were: the measure says what is lost."""
    plain = Distinct(np.arange(COPIES + BESIDE + OTHERS))
    monkeypatch.setattr(Distinct, "find", classmethod(lambda cls, segments: plain))
    monkeypatch.setattr(hnsw, "link_unreached", lambda *given: 0)
    monkeypatch.setattr(hnsw, "without_clusters", lambda *given: None)
    made, small = scene(wide(model), 0.0), wide(model)
    index, exact = (build_index(small, made, engine=name) for name in ("hnsw", "flat"))
    asked = [made.vectors[made.ids.index(f"beside{i}")] for i in range(BESIDE)]
    lost = sum(r[0].id != f"beside{i}" for i, r in enumerate(search(index, asked, k=10)))
    assert lost > 15
    assert index.measure_recall() < 0.9
    assert exact.measure_recall() == 1.0


@pytest.mark.parametrize("engine", ["hnsw", "ivfpq"])
def test_nothing_but_copies(model, drawings, engine):
    vectors = np.repeat(drawings(1).vectors, 1200, axis=0)
    ids = [f"d{i}" for i in range(1200)]
    made = Embeddings(vectors, ids, [{}] * 1200, model.name, model.fingerprint)
    index = build_index(model, made, engine=engine)
    assert index.measure_recall() == 1.0
    assert len({hit.id for hit in search(index, vectors[0], k=250)}) == 250


def test_vectors_that_are_only_near_each_other_stay_themselves(model, drawings):
    """Groups equal those of a naive comparison, in several segments."""
    base = drawings(40, 3).vectors.astype(np.float64)
    step = unit(np.random.default_rng(1).normal(size=base.shape))
    rows = np.concatenate([unit(base), unit(base + 0.02 * step), unit(base)])
    ids = [f"d{i}" for i in range(120)]
    made = Embeddings(rows, ids, [{}] * 120, model.name, model.fingerprint)
    index = build_index(model, made.select(range(70)))
    index.add(made.select(range(70, 120)))
    with index.read() as view:
        distinct = Distinct.find(view.snapshot.segments)
    naive = [int(np.argmax(np.linalg.norm(rows - row, axis=1) < 1e-3)) for row in rows]
    assert distinct.first[distinct.of].tolist() == naive
    assert factory.choose("auto", 120) == "flat"


@pytest.mark.parametrize("noise", [3e-3, 1e-2, 3e-2])
def test_what_lies_beside_a_dense_cluster_is_found(model, tmp_path, noise):
    """Near copies, too far apart to be one: every drawing beside them, and other views of these."""
    made = scene(wide(model), noise)
    index = build_index(wide(model), made, engine="hnsw", path=tmp_path / "i")
    rng, where = np.random.default_rng(5), dict(zip(made.ids, made.vectors, strict=True))
    beside = np.stack([where[f"beside{i}"] for i in range(BESIDE)])
    views = unit(beside + 0.3 * unit(rng.normal(size=beside.shape)))
    nearest = [made.ids[i] for i in np.argmax(views @ made.vectors.T, axis=1)]
    for each in (index, load_index(tmp_path / "i")):
        found = [result[0].id for result in search(each, list(beside), k=10)]
        assert found == [f"beside{i}" for i in range(BESIDE)]
        found = [result[0].id for result in search(each, list(views), k=10)]
        assert sum(a == b for a, b in zip(found, nearest, strict=True)) >= BESIDE - 4
        assert each.measure_recall() >= 0.85  # of thousands that are equally near


def test_every_node_is_reached_from_lists_that_are_as_they_should_be(model, monkeypatch, storage):
    """Links are of other nodes, and each is there once."""
    lost = []
    monkeypatch.setattr(
        hnsw, "link_unreached", lambda *given: lost.append(link_unreached(*given)) or lost[-1]
    )
    monkeypatch.setattr(hnsw, "without_clusters", lambda *given: None)
    made = scene(wide(model), 1e-2)
    index = build_index(wide(model), made, engine="hnsw", storage=storage)
    assert storage == "int8" or lost == [0]  # codes of 8 bits tell copies apart no more
    where = dict(zip(made.ids, made.vectors, strict=True))
    found = search(index, [where[f"beside{i}"] for i in range(BESIDE)], k=10)
    assert [result[0].id for result in found] == [f"beside{i}" for i in range(BESIDE)]
    with index.read() as view:
        engine = view.snapshot.engine
    list_of = _lowest_layer(engine._index)
    for node in range(0, len(made.ids), 7):
        links = list_of(node)
        links = links[links >= 0]
        assert len(set(links.tolist())) == len(links) > 0
        assert node not in links
        assert links.max() < len(made.ids)
