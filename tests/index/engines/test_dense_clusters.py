"""Thousands of near copies: what is near a query is found as by an exact search, and stays so."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from patentzoo.index import build_index, load_index, search
from patentzoo.index.engines import dense_clusters, hnsw
from patentzoo.index.engines.distinct import Distinct, read_marked
from patentzoo.results import Embeddings

DIM, MEMBERS, OTHERS = 64, 1_600, 1_000


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def one_model(model):
    known = {"name": model.name, "fingerprint": model.fingerprint, "dim": DIM}
    return SimpleNamespace(**known, encode=None, preprocess=None)


@pytest.fixture(scope="module", params=[0.05, 0.3], ids="cosine {}".format)
def scene(request, one_model):
    """Two dense clusters among strangers; queries near them, between them and elsewhere."""
    rng = np.random.default_rng(int(100 * request.param))
    one, two = unit(rng.normal(size=(2, DIM)))
    near = [
        unit(each + request.param * unit(rng.normal(size=(count, DIM))))
        for each, count in ((one, MEMBERS), (two, MEMBERS // 4))
    ]
    beside = unit(one + 0.6 * unit(rng.normal(size=(60, DIM))))
    rows = np.concatenate([*near, beside, unit(rng.normal(size=(OTHERS, DIM)))])
    rows = np.concatenate([rows, rows[: MEMBERS // 10]])  # some are there twice
    rows = rows[rng.permutation(len(rows))]
    asked = [one + step * unit(rng.normal(size=(20, DIM))) for step in (0.3, 0.8, 1.5)]
    asked += [two + unit(rng.normal(size=(20, DIM))), rng.normal(size=(20, DIM))]
    data = [{"half": i % 2} for i in range(len(rows))]
    ids = [f"d{i}" for i in range(len(rows))]
    made = Embeddings(rows, ids, data, one_model.name, one_model.fingerprint)
    return made, unit(np.concatenate(asked))


def recall(index, asked, k, only=None, **options) -> float:
    """Share of the true k best scores, by a naive comparison with the vectors as they are kept."""
    vectors = dict(zip(index.ids, np.asarray(index.vectors), strict=True))
    chosen = list(vectors) if only is None else only
    cosines = asked @ np.stack([vectors[name] for name in chosen]).T
    least = np.sort(cosines, axis=1)[:, -k]
    shares = []
    for query, result, floor in zip(
        asked, search(index, list(asked), k=k, **options), least, strict=True
    ):
        assert len({hit.id for hit in result} & set(chosen)) == k
        true = [float(vectors[hit.id] @ query) for hit in result]
        np.testing.assert_allclose([hit.score for hit in result], true, atol=1e-5)
        shares.append(np.mean(np.array(true) >= floor - 1e-5))
    return float(np.mean(shares))


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_what_is_near_a_dense_cluster_is_found(one_model, scene, tmp_path, storage):
    made, asked = scene
    path = tmp_path / "index"
    index = build_index(one_model, made, engine="hnsw", storage=storage, path=path)
    least = 0.95 if storage == "int8" else 0.98
    odd = [name for name in made.ids if int(name[1:]) % 2]
    for each in (index, load_index(path)):
        assert recall(each, asked, 10) >= least
        assert recall(each, asked, 1) >= least
        assert recall(each, asked, 10, odd, where={"half": 1}) >= least
        assert each.measure_recall() >= 0.97
    assert recall(index, asked[:6], 300) >= least


def test_without_clusters_neighbours_are_lost_and_the_measure_says_so(
    one_model, scene, monkeypatch
):
    """The twin of the above: each near copy is a node of the graph."""
    monkeypatch.setattr(hnsw, "without_clusters", lambda *given: None)
    made, asked = scene
    plain = build_index(one_model, made, engine="hnsw")
    monkeypatch.undo()
    index = build_index(one_model, made, engine="hnsw")
    assert recall(plain, asked, 10) < recall(index, asked, 10)
    assert plain.measure_recall() < index.measure_recall()


def test_drawings_come_and_go_beside_a_cluster(one_model, scene):
    made, asked = scene
    index = build_index(one_model, made, engine="hnsw")
    cosines = made.vectors @ asked[0]
    gone = [made.ids[i] for i in np.argsort(-cosines)[:500]]
    index.remove(gone)
    assert recall(index, asked, 10) >= 0.98
    index.compact()
    assert recall(index, asked, 10) >= 0.98
    index.add(made.select([made.ids.index(each) for each in gone]))
    assert recall(index, asked, 10) >= 0.98


def test_nothing_is_a_cluster_among_ordinary_drawings(model, drawings):
    """Seven views of each of a hundred patents stay themselves, in the graph and in its file."""
    rows = np.repeat(drawings(100, 3).vectors, 7, axis=0)
    rows = unit(rows + 0.1 * unit(np.random.default_rng(0).normal(size=rows.shape)))
    made = Embeddings(
        rows, [f"d{i}" for i in range(700)], [{}] * 700, model.name, model.fingerprint
    )
    with build_index(model, made, engine="hnsw").read() as view:
        assert view.snapshot.engine._clusters is None


def test_an_earlier_version_takes_members_for_copies(one_model, scene, tmp_path):
    """What stands at the end of an engine's file has been there before clusters were."""
    made, _ = scene
    index = build_index(one_model, made, engine="hnsw", path=tmp_path / "index")
    (file,) = index.path.glob("*.faiss")
    of = read_marked(file, dense_clusters._MARK)
    with index.read() as view:
        engine = view.snapshot.engine
    nodes = Distinct.read(file, len(made.ids))
    assert len(nodes.first) == engine._index.ntotal < len(np.unique(of)) < len(made.ids)
    stands = made.vectors[np.argsort([int(each[1:]) for each in made.ids])]
    cosines = np.einsum("ij,ij->i", stands, stands[nodes.first[nodes.of]])
    assert cosines.min() >= dense_clusters.NEAR - 1e-6
    naive = [np.flatnonzero((stands == row).all(axis=1))[0] for row in stands[::50]]
    assert Distinct(of).first[of[::50]].tolist() == naive
