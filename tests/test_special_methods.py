"""What Python itself asks of the public objects: positions, membership, hash, equality, copies."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import patentzoo as pz
from patentzoo.evaluate.intervals import Interval
from patentzoo.evaluate.run import EvaluationResult
from patentzoo.hit import Hit, Treatment
from patentzoo.reports.saved_results import SavedResult, read_json

HITS = (
    Hit(1, 0.9, "a.png", "USD1", "x/a.png", None, {"title": "Chair", "classes": ["06-01"]}),
    Hit(2, 0.5, "b.png"),
    Hit(3, 0.4, "c.png"),
)


@pytest.fixture(params=[pz.SearchResult, SavedResult])
def result(request) -> Any:
    return request.param("q.png", HITS)


@pytest.fixture
def index(model, folder) -> pz.Index:
    return pz.build_index(model, folder)


@pytest.mark.parametrize(
    ("item", "there"),
    [
        (0, HITS[0]),
        (-1, HITS[2]),
        (np.int64(1), HITS[1]),
        (np.uint8(2), HITS[2]),
        (np.array(1), HITS[1]),
        (slice(None, 2), HITS[:2]),
        (slice(np.int64(1), None), HITS[1:]),
        (slice(None, None, -1), HITS[::-1]),
        (slice(5, 9), ()),
    ],
)
def test_a_position_or_a_slice_gives_hits(result, item, there):
    assert result[item] == there


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (3, r"result\[3\]: there are 3 hits, result\[0\] to result\[2\]"),
        (-4, r"result\[-4\]: there are 3 hits"),
        (np.int64(100), r"result\[100\]: there are 3 hits"),
        ("a.png", r"not text.*result\.ids\.index\('a\.png'\)"),
        (1.0, r"a hit's position, from 0, or a slice, not 1\.0 \(float\)"),
        (np.float32(1), "a hit's position"),
        (None, "a hit's position.*NoneType"),
        (True, "a hit's position.*bool"),
        ((0, 1), r"Of several: \[result\[i\] for i in positions\]"),
        ([0, 1], "Of several"),
        (np.array([True, False, True]), "Of several"),
        (slice("a", None), "the ends of a slice are whole numbers"),
        (slice(None, None, 0), "its step is not 0"),
        (HITS[0], "a hit's position"),
    ],
)
def test_what_is_no_position_is_an_error_that_says_what_is(result, item, says):
    with pytest.raises(pz.QueryError, match=says):
        result[item]


def test_a_missing_hit_is_what_pythons_own_sequences_raise():
    assert issubclass(pz.HitNotFoundError, IndexError)
    assert issubclass(pz.HitNotFoundError, ValueError)
    for hits, says in ((HITS[:1], r"one hit, result\[0\]"), ((), "no hits")):
        with pytest.raises(pz.HitNotFoundError, match=says):
            pz.SearchResult("q", hits)[1]


def test_membership_and_positions(result):
    assert HITS[1] in result
    assert result.index(HITS[2]) == 2
    assert [result.count(HITS[0]), list(reversed(result))] == [1, list(HITS[::-1])]
    assert Hit(1, 0.1, "other") not in result
    assert None not in result
    with pytest.raises(pz.QueryError, match=r"'b\.png' in result\.ids"):
        "b.png" in result  # noqa: B015
    with pytest.raises(pz.HitNotFoundError, match=r"does not hold 'b\.png'"):
        result.index("b.png")
    with pytest.raises(pz.HitNotFoundError):
        result.index(HITS[0], 1)


def test_an_index_holds_ids(index):
    first = index.ids[0]
    hit = index.search(first, k=1)[0]
    assert first in index
    assert 7 not in index
    assert list(reversed(index)) == index.ids[::-1]
    for each in (hit, index[first]):
        with pytest.raises(pz.QueryError, match=r"hit\.id in index"):
            each in index  # noqa: B015
    with pytest.raises(pz.QueryError, match=r"str\(path\) in index"):
        Path(first) in index  # noqa: B015
    for item in (0, -1, slice(0, 2), None, [first], hit):
        with pytest.raises(pz.QueryError, match=r"takes a drawing's id, text.*index\.ids"):
            index[item]


def test_a_drawing_found_twice_is_one(index):
    first = index.ids[0]
    assert index[first] == index[first]
    assert len({index[name] for name in [*index.ids, *index.ids]}) == len(index)
    assert index[first] != index[index.ids[1]]
    moved = dataclasses.replace(index[first], vector=-index[first].vector)
    assert moved != index[first]
    once, again = (index.search(first, k=3) for _ in range(2))
    assert len({*once, *again}) == 3
    assert {once: 1}[again] == 1


Thing = Callable[[pz.Index], Any]

THINGS: dict[str, Thing] = {
    "Hit": lambda index: index.search(index.ids[0], k=1)[0],
    "Hit of a patent": lambda index: index.search(index.ids[0], k=1, group_by="patent")[0],
    "SearchResult": lambda index: index.search(index.ids[0], k=2),
    "Drawing": lambda index: index[index.ids[0]],
    "Embeddings": lambda index: pz.Embeddings(
        index.vectors, index.ids, [{} for _ in index.ids], "m", "f"
    ),
    "IndexStats": lambda index: index.stats(),
    "Treatment": lambda _: Treatment("pale ink", 90),
    "Failure": lambda _: pz.Failure("a", "b"),
    "Card": lambda _: pz.list_models()[0],
    "WatchReport": lambda index: pz.watch(
        index, [(name, path) for name, path in zip("ab", paths(index), strict=True)], min_score=0.1
    ),
    "EvaluationResult": lambda _: EvaluationResult(
        "p", "d", "m", "f", {"queries": 1}, {"mAP": Interval(0.5, 0.4, 0.6)}, (), (), 1.0
    ),
}
"""Objects that a user is given, which hold values."""


def paths(index: pz.Index) -> list[str]:
    return [index[name].path for name in index.ids[:2]]


@pytest.mark.parametrize("name", THINGS)
def test_values_have_a_hash_and_travel(name, index):
    thing = THINGS[name](index)
    for other in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert other == thing
        assert hash(other) == hash(thing)
        assert len({thing, other}) == 1
    assert thing != 3
    assert dataclasses.replace(thing) == thing
    assert dataclasses.asdict(thing)
    assert repr(thing)


def test_metadata_is_a_dict_that_stays_as_it_is():
    hit = HITS[0]
    assert json.loads(json.dumps(hit.metadata)) == hit.metadata
    assert dataclasses.asdict(hit)["metadata"] == {"title": "Chair", "classes": ["06-01"]}
    assert copy.deepcopy(hit.metadata) == hit.metadata | {}
    for change in (
        lambda data: data.update(title="Table"),
        lambda data: data.pop("title"),
        lambda data: data.setdefault("new", 1),
        lambda data: data.clear(),
        lambda data: data.popitem(),
        lambda data: data.__delitem__("title"),
        lambda data: data.__ior__({"title": "Table"}),
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change(hit.metadata)
    assert hit.title == "Chair"
    mine = dict(hit.metadata)
    mine["title"] = "Table"
    assert hit.title == "Chair"


def test_a_copy_of_a_result_can_still_be_explained(folder):
    files = sorted(folder.iterdir())[:2]
    result = pz.build_index(pz.load_model(device="cpu"), files).search(files[0], k=1)
    for other in (copy.copy(result), copy.deepcopy(result)):
        assert other.explain(1).score == result.explain(1).score


def test_vectors_stay_read_only_through_a_copy(index):
    drawing = index[index.ids[0]]
    for other in (copy.copy(drawing), copy.deepcopy(drawing), pickle.loads(pickle.dumps(drawing))):
        with pytest.raises(ValueError, match="read-only"):
            other.vector[0] = 0


def test_saved_results_are_read_as_sequences(tmp_path):
    pz.SearchResult("q.png", HITS).to_json(tmp_path / "hits.json")
    (read,) = read_json(tmp_path / "hits.json")
    assert [hit.id for hit in read[:2]] == ["a.png", "b.png"]
    with pytest.raises(pz.HitNotFoundError, match="there are 3 hits"):
        read[3]
