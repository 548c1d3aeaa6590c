"""Drawings of different patents that are all but the same picture."""

from __future__ import annotations

import json

import numpy as np
import pytest

from patentzoo.errors import QueryError
from patentzoo.index import build_index
from patentzoo.results import Embeddings


def planted(drawings, pairs, noise=0.02, n=300):
    """Random drawings; row b of each pair (a, b) is row a moved a little."""
    made = drawings(n)
    vectors = made.vectors.copy()
    rng = np.random.default_rng(9)
    for one, other in pairs:
        moved = vectors[one] + noise * rng.normal(size=vectors.shape[1])
        vectors[other] = moved / np.linalg.norm(moved)
    rows = vectors.astype(np.float32)
    return Embeddings(rows, made.ids, made.metadata, made.model, made.fingerprint)


def naive(made, least):
    """Groups by comparing every pair."""
    scores = made.vectors @ made.vectors.T
    patents = [data["patent"] for data in made.metadata]
    groups = {i: {i} for i in range(len(made))}
    for i in range(len(made)):
        for j in range(i):
            if scores[i, j] >= least and patents[i] != patents[j]:
                joined = groups[i] | groups[j]
                for each in joined:
                    groups[each] = joined
    return {frozenset(made.ids[i] for i in each) for each in groups.values() if len(each) > 1}


@pytest.mark.parametrize("least", [0.97, 0.85, 0.6])
@pytest.mark.parametrize("storage", ["float32", "int8"])
def test_they_are_those_that_comparing_every_pair_finds(model, drawings, least, storage):
    made = planted(drawings, [(0, 100), (100, 200), (3, 4), (50, 150)])  # 3 and 4: one patent
    index = build_index(model, made, storage=storage)
    kept = index.vectors  # as stored
    stored = Embeddings(kept, made.ids, made.metadata, made.model, made.fingerprint)
    found = index.near_duplicates(min_score=least)
    assert {frozenset(hit.id for hit in group) for group in found} == naive(stored, least)
    assert all(len({hit.patent for hit in group}) > 1 for group in found)


def test_groups_and_their_members_are_ordered_by_score(model, drawings):
    made = planted(drawings, [(0, 100), (100, 200), (50, 150)])
    found = build_index(model, made).near_duplicates(min_score=0.9)
    assert len(found) == 2
    for group in found:
        assert [hit.rank for hit in group] == list(range(1, len(group) + 1))
        assert sorted((hit.score for hit in group), reverse=True) == [hit.score for hit in group]
    assert found[0][0].score >= found[1][0].score


def test_more_copies_than_are_looked_at_first(model, drawings):
    made = planted(drawings, [(0, row) for row in range(7, 100)], noise=0.001)
    (group,) = build_index(model, made).near_duplicates()
    assert {hit.id for hit in group} == {made.ids[0], *made.ids[7:100]}


def test_a_filter_removed_drawings_and_none_at_all(model, drawings):
    made = planted(drawings, [(0, 100), (50, 150)])
    index = build_index(model, made)
    assert len(index.near_duplicates(where={"patent": ["D0", "D14"]})) == 1
    index.remove([made.ids[0]])
    assert [{hit.id for hit in group} for group in index.near_duplicates()] == [{"d50", "d150"}]
    index.remove([made.ids[50]])
    assert index.near_duplicates() == []
    with pytest.raises(QueryError, match="min_score"):
        index.near_duplicates(min_score=2)


def test_on_the_command_line(run, model, drawings, tmp_path):
    made = planted(drawings, [(0, 100)])
    build_index(model, made, path=tmp_path / "index")
    code, printed, said = run("duplicates", tmp_path / "index")
    assert (code, "1 group, 2 of 300" in said) == (0, True)
    assert {"d0", "d100"} <= set(printed.split())
    (group,) = json.loads(run("duplicates", tmp_path / "index", "--json")[1])
    assert {each["id"] for each in group} == {"d0", "d100"}
    assert (
        json.loads(run("duplicates", tmp_path / "index", "--min-score", 0.999, "--json")[1]) == []
    )
