"""Re-ranking: against the papers' formulas written out step by step."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.errors import QueryError
from patentzoo.index import build_index, search
from patentzoo.index.query.rerank import augmented, expanded, k_reciprocal


def zhong(cosines: np.ndarray, k1: int, k2: int, share: float) -> np.ndarray:
    """k-reciprocal encoding, after the authors' own program: sets and loops."""
    distance = 1 - cosines
    np.fill_diagonal(distance, 0)
    count = len(distance)
    order = np.argsort(distance, axis=1, kind="stable")

    def reciprocal(i: int, k: int) -> set[int]:
        return {int(j) for j in order[i, : k + 1] if i in order[j, : k + 1]}

    encoded = np.zeros_like(distance)
    for i in range(count):
        found = reciprocal(i, k1)
        for j in list(found):
            half = reciprocal(j, round(k1 / 2))
            if len(half & reciprocal(i, k1)) > 2 / 3 * len(half):
                found = found | half
        chosen = sorted(found)
        weight = np.exp(-distance[i, chosen])
        encoded[i, chosen] = weight / weight.sum()
    encoded = np.stack([encoded[order[i, :k2]].mean(axis=0) for i in range(count)])
    jaccard = [
        1 - np.minimum(encoded[0], row).sum() / np.maximum(encoded[0], row).sum() for row in encoded
    ]
    return (1 - ((1 - share) * np.array(jaccard) + share * distance[0]))[1:]


@pytest.fixture
def made(model, drawings):
    """Patents whose drawings lie together."""
    made = drawings(140)
    rng = np.random.default_rng(2)
    rows = np.repeat(rng.normal(size=(20, 16)), 7, axis=0) + 0.9 * rng.normal(size=(140, 16))
    made.vectors.flags.writeable = True
    made.vectors[:] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


@pytest.mark.parametrize(("k1", "k2", "share"), [(10, 3, 0.3), (20, 6, 0.3), (5, 1, 0.0)])
def test_k_reciprocal_scores_are_the_papers(made, k1, k2, share):
    cosines = made.vectors.astype(np.float64) @ made.vectors.T
    np.testing.assert_allclose(
        k_reciprocal(cosines.copy(), k1, k2, share), zhong(cosines, k1, k2, share), atol=1e-9
    )


def test_expansion_and_augmentation_are_weighted_sums(made):
    rows = made.vectors.astype(np.float64)
    query, near = rows[0], rows[1:4]
    total = query + sum(max(query @ each, 0) ** 3 * each for each in near)
    np.testing.assert_allclose(
        expanded(made.vectors[0], made.vectors[1:4]), total / np.linalg.norm(total), atol=1e-6
    )
    found = augmented(made.vectors, 2)
    for row in (0, 77):
        others = np.argsort(-(rows @ rows[row]))[1:3]
        total = rows[row] + sum(max(rows[row] @ rows[o], 0) ** 3 * rows[o] for o in others)
        np.testing.assert_allclose(found[row], total / np.linalg.norm(total), atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"rerank": "k-reciprocal"},
        {"query_expansion": 3},
        {"database_augmentation": 2},
        {"query_expansion": 2, "rerank": "k-reciprocal"},
    ],
)
@pytest.mark.parametrize("group_by", [None, "patent"])
def test_a_second_look_ranks_everything_once(model, made, options, group_by):
    index = build_index(model, made)
    whole = search(index, made.vectors[3], k=None, candidates=30, group_by=group_by, **options)
    names = [hit.id for hit in whole]
    assert len(set(names)) == len(names) == (140 if group_by is None else 20)
    top = search(index, made.vectors[3], k=5, candidates=30, group_by=group_by, **options)
    assert [hit.id for hit in top] == names[:5]
    assert whole[0].patent == "D0"
    kept = search(index, made.vectors[3], k=None, where={"year": 2005}, exclude="d5", **options)
    assert {hit.metadata["year"] for hit in kept} == {2005}
    assert len(kept) == 6


def test_k_reciprocal_in_a_search_is_that_of_its_pool(model, made):
    index = build_index(model, made)
    found = search(
        index, made.vectors[3], k=10, rerank="k-reciprocal", candidates=140, exclude="d3"
    )
    others = [i for i in range(140) if i != 3]
    rows = made.vectors[[3, *others]].astype(np.float64)
    scores = zhong(rows @ rows.T, 10, 3, 0.3)
    order = np.argsort(-scores, kind="stable")[:10]
    assert [hit.id for hit in found] == [f"d{others[i]}" for i in order]
    np.testing.assert_allclose([hit.score for hit in found], scores[order], atol=1e-5)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rerank": "k-reciprocl"}, "Did you mean 'k-reciprocal'"),
        ({"query_expansion": -1}, "query_expansion = -1 must be a whole number from 0"),
        ({"query_expansion": True}, "whole number"),
        ({"candidates": 1}, "whole number from 2"),
    ],
)
def test_options_that_make_no_sense_are_explained(model, made, options, says):
    with pytest.raises(QueryError, match=says):
        search(build_index(model, made), made.vectors[0], **options)
