"""An index of a folder and one of a Milvus server give the same hits for the same drawings."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import patentzoo as pz

pytestmark = pytest.mark.milvus
FILTERS = [
    {"year": 2005},
    {"year": {">=": 2010}, "registered": True},
    {"registered": 0},
    {"locarno": {"prefix": "03"}},
    {"locarno": {"not prefix": "03"}},
    {"granted": {"<=": "2010"}},
    {"year": [2001, 2002]},
    {"year": {"not in": [2001, 2002]}},
    {"height": {">": 10}},
    {"height": None},
    {"height": {"!=": 5.0}},
    {"classes": "D1"},
    {"classes": {"not in": ["D1", 'D"2']}},
    {'odd ]["name\\': 'a "quoted"\\ line\nand é'},
    {'odd ]["name\\': {"!=": 'x" or id != "'}},
    {"patent": "LD000003"},
    {"patent": {"!=": "LD000003"}},
    {"patent": None},
    {"page": [1, None]},
    {"id": {"prefix": "d0001"}},
    [{"year": 2001}, {"registered": False, "page": 2}],
    {"huge": 1 << 70},
    {},
]
WAYS = [
    {},
    {"k": 60, "offset": 5},
    {"k": None},
    {"min_score": 0.3},
    {"exclude": ["d00001", "d00002"]},
    {"group_by": "patent"},
    {"group_by": "patent", "gazette": True, "k": 30},
    {"group_by": "patent", "where": {"registered": True}, "k": 20},
    {"rerank": "k-reciprocal", "k": 20, "candidates": 15},
    {"query_expansion": 3, "group_by": "patent", "k": 40, "candidates": 20},
    {"database_augmentation": 2},
]


@pytest.fixture(scope="module")
def both(milvus, model, drawings_of):
    """The same drawings in memory and on the server."""
    embeddings = drawings_of(model)
    there = {"engine": "milvus", "uri": f"{milvus.uri}/equal"}
    return pz.build_index(model, embeddings), pz.build_index(model, embeddings, **there)


def check_same(here, there) -> None:
    """All that two results say; numbers as far as two ways of adding agree."""
    pairs = zip(
        *(each if isinstance(each, list) else [each] for each in (here, there)), strict=True
    )
    for one, other in pairs:
        hits, others = (_with_figures(each) for each in (one, other))
        assert [_said(hit) for hit in hits] == [_said(hit) for hit in others]
        for name in ("score", "percentile"):
            numbers = [[getattr(hit, name) for hit in each] for each in (hits, others)]
            wrong = np.array(numbers[0], float) - np.array(numbers[1], float)
            assert np.isnan(wrong).all() or np.abs(wrong).max(initial=0) < 2e-4


def _with_figures(result: pz.SearchResult) -> list[pz.Hit]:
    return [*result, *(figure for hit in result for figure in hit.figures)]


def _said(hit: pz.Hit) -> tuple:
    known = (hit.rank, hit.id, hit.patent, hit.path, hit.page, hit.closeness)
    return *known, dict(hit.metadata), len(hit.figures)


@pytest.fixture(scope="module")
def asked(model):
    return np.random.default_rng(7).normal(size=(3, model.dim)).astype(np.float32)


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_filters(both, asked, where):
    here, there = (pz.search(index, asked[0], k=None, where=where) for index in both)
    assert here.ids
    check_same(here, there)


@pytest.mark.parametrize("ways", WAYS, ids=str)
def test_ways_to_search(both, asked, ways):
    for query in (asked[0], list(asked)):
        here, there = (pz.search(index, query, **ways) for index in both)
        check_same(here, there)


@pytest.mark.parametrize("views", ["max", "mean", "rrf"])
def test_views_of_one_product(both, asked, views):
    for ways in ({}, {"group_by": "patent", "where": {"registered": True}}):
        here, there = (pz.search(i, list(asked), views=views, **ways) for i in both)
        check_same(here, there)


def test_lookups(both):
    here, there = both
    assert len(here) == len(there) == 240
    assert sorted(here) == sorted(there)
    assert here["d00008"].metadata == there["d00008"].metadata
    assert (here["d00008"].vector == there["d00008"].vector).all()
    assert ("d00008" in there, "none" in there) == (True, False)
    with pytest.raises(pz.QueryError, match="no drawing 'none'"):
        there["none"]
    order = [here.ids.index(name) for name in there.ids]
    assert (here.vectors[order] == there.vectors).all()


def test_numbers(both):
    here, there = (index.stats() for index in both)
    assert (here.drawings, here.patents, here.dim) == (there.drawings, there.patents, there.dim)
    # Of a list that holds an object, or null, there is no other word than SQLite's.
    assert here.columns == there.columns
    assert there.engine == "milvus"


def test_what_needs_all_drawings_says_so(both):
    _, there = both
    for call in (there.compact, there.near_duplicates, there.measure_recall):
        with pytest.raises(pz.ConfigError, match=r"in a folder: build_index"):
            call()


def test_copies_and_pickles_are_the_same_index(both, asked):
    _, there = both
    for made in (copy.deepcopy(there), pickle.loads(pickle.dumps(there))):
        check_same(pz.search(made, asked[0]), pz.search(there, asked[0]))


def test_changes(milvus, model, drawings_of, asked):
    embeddings, more = drawings_of(model, 60), drawings_of(model, 30, seed=3, first=50)
    there = {"engine": "milvus", "uri": f"{milvus.uri}/changed"}
    here, served = pz.build_index(model, embeddings), pz.build_index(model, embeddings, **there)
    for change in (
        lambda index: index.add(more),
        lambda index: index.add(more),
        lambda index: index.remove(["d00000", "d00077"]),
        lambda index: index.remove(where={"year": 2003}),
        lambda index: index.update({"d00001": {"year": 1999, "title": "x", "patent": None}}),
    ):
        assert change(here) == change(served)
        found = [pz.search(index, asked[0], k=None) for index in (here, served)]
        check_same(*found)
        found = [pz.search(index, asked[0], group_by="patent") for index in (here, served)]
        check_same(*found)
    for index in (here, served):
        with pytest.raises(pz.QueryError, match="Nothing was removed"):
            index.remove(["d00001", "none"])
        with pytest.raises(pz.QueryError, match="Nothing was changed"):
            index.update({"none": {"year": 1}})
        assert "d00001" in index


def test_pictures(milvus, model, folder, draw, tmp_path):
    (folder / "broken.png").write_bytes(b"no picture")
    here = pz.build_index(model, folder, path=tmp_path / "x.index", on_error="skip")
    there = {"engine": "milvus", "uri": f"{milvus.uri}/pictures"}
    served = pz.build_index(model, folder, on_error="skip", **there)
    indexes = here, pz.load_index(milvus.address("pictures"), model)
    assert list(here.failures) == list(served.failures)
    draw(5).save(folder / "LD000001-D00001.png")  # another drawing in a file that is known
    draw(6).save(folder / "LD000009-D00001.png")
    draw(7).save(folder / "broken.png")
    changes = [index.add(folder, on_error="skip") for index in indexes]
    assert changes[0] == changes[1]
    assert (changes[0].added, changes[0].replaced, changes[0].unchanged) == (2, 1, 5)
    assert list(here.failures) == list(served.failures) == []
    for query in (draw(21), folder / "LD000002-D00001.png", "LD000002-D00001.png"):
        for ways in ({}, {"group_by": "patent"}, {"exclude": folder / "LD000001-D00002.png"}):
            found = [pz.search(index, query, **ways) for index in indexes]
            check_same(*found)
    found = [pz.search(index, draw(21), orient="any", mirror=True) for index in indexes]
    check_same(*found)
    assert found[0].treatment == found[1].treatment
    assert found[1].info.index == milvus.address("pictures")


def test_the_command_line(milvus, model, folder, monkeypatch, run):
    monkeypatch.setattr("patentzoo.load_model", lambda *_, **__: model)
    address, query = milvus.address("typed"), folder / "LD000002-D00001.png"
    place = ("--engine", "milvus", "--uri", milvus.uri, "--collection", "typed")
    code, said, told = run("index", folder, *place)
    assert (code, told, f"6 drawings indexed: {address}" in said) == (0, "", True)
    code, _, told = run("index", folder, *place)
    assert (code, "To add to it: --add" in told) == (1, True)
    code, said, _ = run("search", address, query, "-k", "1", "--json")
    assert (code, '"LD000002-D00001.png"' in said) == (0, True)
    code, said, _ = run("remove", address, "--where", "patent=LD000002")
    assert (code, "2 drawings removed" in said) == (0, True)
    code, said, _ = run("index", folder, "--out", address, "--add")
    assert (code, "2 added" in said, "4 files unchanged" in said) == (0, True, True)


def test_shards(milvus, model, folder, tmp_path, asked):
    pytest.importorskip("pyarrow")
    from patentzoo.shards import Shard, embed_shard

    (folder / "broken.png").write_bytes(b"no picture")
    for number in (1, 2):
        embed_shard(model, folder, tmp_path / "shards", Shard(number, 2), on_error="skip")
    there = {"engine": "milvus", "uri": f"{milvus.uri}/of_shards"}
    here = pz.build_index(model, tmp_path / "shards")
    served = pz.build_index(model, tmp_path / "shards", **there)
    check_same(*(pz.search(index, asked[0], k=None) for index in (here, served)))
    assert list(here.failures) == list(served.failures)
    done = served.add(folder, on_error="skip")
    assert (done.added, done.replaced, done.unchanged) == (0, 0, 6)
