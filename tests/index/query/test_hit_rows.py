"""Hits are made when they are looked at, of what the catalogue said when they were found."""

from __future__ import annotations

import copy
import pickle
import sys
import threading

import numpy as np
import pytest

from patentzoo.hit import Hit
from patentzoo.index import build_index, search
from patentzoo.index.query import read_transaction
from patentzoo.index.query.read_transaction import HitRows
from patentzoo.index.storage import catalogue
from patentzoo.results import Embeddings

ODD = [
    {"patent": 'P"1', "path": "a\\b\n\t'", "page": 3, "n": -(2**63), "t": "ü\u2028\x00\x7f😀"},
    {"patent": None, "n": 0, "t": ""},
    {"patent": "P2", "t": "1.5"},
]
INEXACT = [{"n": 1 / 3}, {"n": 2**63}, {"t": [1, "a"]}, {"t": None}, {"t": True}, {"page": 0.1}]


def index_of(model, unit_rows, data):
    ids = [f"d{n}" for n in range(len(data))]
    return build_index(
        model, Embeddings(unit_rows(len(data)), ids, data, model.name, model.fingerprint)
    )


def given(data):
    return {f"d{n}": {"patent": None, "path": None, "page": None} | d for n, d in enumerate(data)}


def found(index):
    hits = search(index, index.vectors[0], k=None)
    return {
        hit.id: {"patent": hit.patent, "path": hit.path, "page": hit.page, **hit.metadata}
        for hit in hits
    }


@pytest.mark.parametrize("data", [ODD, *([*ODD, each] for each in INEXACT)])
def test_metadata_comes_back_as_it_was(model, unit_rows, data):
    index = index_of(model, unit_rows, data)
    assert found(index) == given(data)
    with index.read() as view:
        read = HitRows(view.connection, view.snapshot.rows)
        assert (read._text is None) == (len(data) > len(ODD))  # what JSON would change is not sent
        rows = view.snapshot.rows.tolist()
        plain = catalogue.records(view.connection, rows)
        hits = [read.hit(row, 1, 0.5) for row in rows]
        assert hits == [Hit(1, 0.5, *plain[row]) for row in rows]
        assert pickle.loads(pickle.dumps(hits)) == hits
        assert repr(hits[0]) == repr(Hit(1, 0.5, *plain[rows[0]]))
        with pytest.raises(TypeError):
            hits[0].metadata["n"] = 1
        with pytest.raises(AttributeError, match="no attribute 'meta'"):
            hits[0].meta  # noqa: B018


def test_many_rows_are_read_one_by_one(model, unit_rows, monkeypatch):
    index = index_of(model, unit_rows, ODD)
    before = search(index, index.vectors[0])
    monkeypatch.setattr(read_transaction, "MOST", 2)
    assert search(index, index.vectors[0]) == before


def test_a_result_says_what_was_so_when_it_was_found(model, unit_rows):
    index = index_of(model, unit_rows, [{"patent": f"P{n}", "year": n} for n in range(9)])
    many = search(index, list(index.vectors), k=5)
    expected = [[(f.id, f.patent, f.metadata["year"]) for f in each] for each in many]
    again = search(index, list(index.vectors), k=5)
    index.update({name: {"year": 99, "patent": "Q"} for name in index.ids})
    index.remove(["d1", "d2"])
    index.compact()
    assert [[(f.id, f.patent, f.metadata["year"]) for f in each] for each in again] == expected


def test_an_unread_result_is_like_any_other(model, unit_rows):
    index = index_of(model, unit_rows, ODD)

    def ask():
        return search(index, index.vectors[0])

    assert "hits" not in vars(ask())
    assert ask() == ask()
    assert len(ask()) == 3
    assert ask().hits == tuple(ask()) == ask()[:]
    assert pickle.loads(pickle.dumps(ask())) == ask()
    assert copy.deepcopy(ask()) == copy.copy(ask()) == ask()
    assert str(ask()) == str(pickle.loads(pickle.dumps(ask())))
    result = ask()
    assert result[0] is result.hits[0]
    with pytest.raises(AttributeError, match="no attribute 'hit'"):
        result.hit  # noqa: B018
    with pytest.raises(AttributeError, match="cannot assign"):
        ask().hits = ()


def test_threads_that_look_at_once_see_the_same_hits(model, unit_rows):
    index = index_of(model, unit_rows, [{"n": n} for n in range(50)])
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            result = search(index, index.vectors[0], k=50)
            start, seen = threading.Barrier(8), []

            def look(result=result, start=start, seen=seen):
                start.wait(timeout=60)
                seen.append(result.hits)

            threads = [threading.Thread(target=look) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(seen) == 8
            assert len({id(hits) for hits in seen}) == 1
    finally:
        sys.setswitchinterval(before)


def test_a_batch_finds_what_single_queries_find_in_any_storage(model, unit_rows):
    """From ``flat.MANY`` queries on, quantised vectors are compared by another way."""
    vectors = unit_rows(700)
    ids, data = [f"d{n}" for n in range(700)], [{"even": n % 2 == 0} for n in range(700)]
    made = Embeddings(vectors, ids, data, model.name, model.fingerprint)
    asked = list(unit_rows(150, 5))
    for storage in ("float16", "int8"):
        index = build_index(model, made, storage=storage)
        for where in (None, {"even": True}):
            many = search(index, asked, k=8, where=where)
            for row, result in zip(asked[:40], many, strict=False):
                one = search(index, row, k=8, where=where)
                assert [hit.id for hit in result] == [hit.id for hit in one]
                scores = [[hit.score for hit in each] for each in (result, one)]
                np.testing.assert_allclose(*scores, atol=1e-6)
