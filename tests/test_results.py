"""Result types: checked when made, immutable, and they survive a trip to another process."""

from __future__ import annotations

import dataclasses
import json
import pickle

import numpy as np
import pytest

from patentzoo.errors import ConfigError, QueryError
from patentzoo.hit import Hit
from patentzoo.index.query.search_result import SearchResult
from patentzoo.results import Embeddings, Failure

HITS = (
    Hit(1, 0.9, "a.png", "USD1", "x/a.png", None, {"title": "Chair"}),
    Hit(2, 0.5, "b.png"),
)


def embeddings(n: int = 3, **changes: object) -> Embeddings:
    vectors = np.eye(n, 4, dtype=np.float32)
    ids = [f"i{k}" for k in range(n)]
    given = {"vectors": vectors, "ids": ids, "metadata": [{"patent": k} for k in ids]}
    return Embeddings(**(given | {"model": "m", "fingerprint": "f" * 64} | changes))


@pytest.mark.parametrize("values", [(0, 0.5, "a"), (1, 1.1, "a"), (1, float("nan"), "a")])
def test_a_hit_has_a_rank_from_one_and_a_cosine(values):
    with pytest.raises(ValueError, match=r"Ranks|cosine"):
        Hit(*values)


def test_a_hit_that_search_made_is_like_any_other():
    given = (1, 0.9, "a.png", "USD1", "x/a.png", None, {"title": "Chair"}, (HITS[1],))
    fast = Hit.unchecked(*given)
    assert fast == Hit(*given)
    assert pickle.loads(pickle.dumps(fast)) == fast
    assert repr(fast) == repr(Hit(*given))
    with pytest.raises(dataclasses.FrozenInstanceError):
        fast.score = 1.0


def test_hits_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        HITS[0].score = 1.0
    with pytest.raises(TypeError):
        HITS[0].metadata["title"] = "Table"


def test_a_result_is_a_sequence_of_its_hits():
    result = SearchResult("q.png", HITS)
    assert len(result) == 2
    assert list(result) == list(HITS)
    assert (result[0], result[-1], result[:1]) == (HITS[0], HITS[1], HITS[:1])
    assert not SearchResult("q.png", ())


@pytest.mark.parametrize("hits", [HITS[::-1], (Hit(1, 0.1, "a"), Hit(2, 0.2, "b")), HITS[1:]])
def test_a_result_is_ordered(hits):
    with pytest.raises(ValueError, match="SearchResult"):
        SearchResult("q.png", hits)


def test_results_can_be_pickled_and_written_as_json():
    result = SearchResult("q.png", HITS)
    assert pickle.loads(pickle.dumps(result)) == result
    rows = json.loads(json.dumps(result.to_rows()))
    assert rows[0] == {
        **{"rank": 1, "score": 0.9, "id": "a.png", "patent": "USD1", "path": "x/a.png"},
        **{"page": None, "title": "Chair"},
    }


def test_a_result_prints_as_a_table():
    lines = str(SearchResult("q.png", HITS)).splitlines()
    assert lines[0] == "q.png: 2 hits"
    assert lines[1].split() == ["1", "+0.900", "USD1", "a.png"]
    assert lines[2].split() == ["2", "+0.500", "-", "b.png"]
    assert repr(SearchResult("q", HITS)) == "SearchResult(query='q', 2 hits, best 'a.png' at 0.900)"
    assert str(SearchResult("q", ())) == "q: no hits"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"ids": ["a", "b"]}, ConfigError),
        ({"ids": ["a", "b", "a"]}, ConfigError),
        ({"metadata": []}, ConfigError),
        ({"vectors": np.eye(3)}, QueryError),
        ({"vectors": 2 * np.eye(3, dtype=np.float32)}, QueryError),
        ({"vectors": np.full((3, 4), np.nan, np.float32)}, QueryError),
        ({"vectors": np.ones(3, np.float32)}, QueryError),
    ],
)
def test_embeddings_are_checked(changes, error):
    with pytest.raises(error):
        embeddings(**changes)


def test_embeddings_are_read_only_and_leave_the_given_array_alone():
    mine = np.eye(3, 4, dtype=np.float32)
    made = embeddings(vectors=mine)
    with pytest.raises(ValueError, match="read-only"):
        made.vectors[0] = 0
    assert mine.flags.writeable


def test_selected_rows_keep_their_ids():
    chosen = embeddings(failures=[Failure("x", "y")]).select([2, 0])
    assert chosen.ids == ["i2", "i0"]
    assert [each["patent"] for each in chosen.metadata] == ["i2", "i0"]
    assert np.array_equal(chosen.vectors, np.eye(3, 4, dtype=np.float32)[[2, 0]])
    assert repr(chosen) == "Embeddings(2 x 4, model='m')"
