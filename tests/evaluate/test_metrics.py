from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from patentzoo.errors import ConfigError
from patentzoo.evaluate.metrics import (
    average_precision,
    bootstrap_interval,
    first_rank,
    score_queries,
    siblings,
    summarise,
)


@pytest.mark.parametrize("seed", range(25))
def test_average_precision_is_scikit_learns_with_and_without_ties(seed):
    generator = np.random.default_rng(seed)
    size = int(generator.integers(2, 60))
    relevant = generator.random(size) < 0.3
    relevant[generator.integers(size)] = True
    smooth = generator.normal(size=size)
    for scores in (smooth, np.round(smooth), np.zeros(size), -smooth):
        ours = average_precision(relevant, scores)
        assert ours == pytest.approx(average_precision_score(relevant, scores), abs=1e-12)


def test_average_precision_of_a_ranking_worked_by_hand():
    relevant = np.array([True, False, True, False])
    assert average_precision(relevant, np.array([4.0, 3, 2, 1])) == pytest.approx((1 + 2 / 3) / 2)


def test_first_rank_counts_a_tie_against_the_query():
    relevant = np.array([True, False, False, True])
    assert first_rank(relevant, np.array([0.9, 0.9, 0.1, 0.2])) == 2
    assert first_rank(relevant, np.array([0.9, 0.8, 0.1, 0.2])) == 1
    assert first_rank(relevant, np.zeros(4)) == 3


def _naive(ids, vectors, patents, query):
    """Average precision and first rank of one query by loops over a sorted list."""
    at = ids.index(query)
    cosines = []
    for other in range(len(ids)):
        if other != at:
            a, b = vectors[at], vectors[other]
            norm = float(np.sqrt(a @ a) * np.sqrt(b @ b))
            cosines.append((float(a @ b) / norm, patents[other] == patents[at]))
    cosines.sort(key=lambda pair: -pair[0])
    hits, total, first = 0, 0.0, 0
    for rank, (_, good) in enumerate(cosines, start=1):
        if good:
            hits += 1
            total += hits / rank
            first = first or rank
    return total / hits, first


def test_score_queries_agrees_with_a_naive_loop():
    generator = np.random.default_rng(3)
    ids = [f"image {n}" for n in range(40)]
    patents = [f"USD{n}" for n in generator.integers(0, 12, size=40)]
    vectors = generator.normal(size=(40, 8)) * generator.uniform(0.1, 9, size=(40, 1))
    queries = siblings(ids, patents)
    for score in score_queries(ids, vectors, patents, queries):
        expected, first = _naive(ids, vectors, patents, score.id)
        assert score.average_precision == pytest.approx(expected)
        assert score.first_rank == first
        assert score.positives == patents.count(score.patent) - 1
        assert score.nearest != score.id


def test_a_network_that_maps_everything_to_one_point_scores_chance():
    ids = [str(n) for n in range(101)]
    patents = ["A", "A", *(f"other {n}" for n in range(99))]
    vectors = np.tile(np.random.default_rng(0).normal(size=37).astype(np.float32), (101, 1))
    scores = score_queries(ids, vectors, patents, ["0", "1"])
    assert [score.first_rank for score in scores] == [100, 100]
    assert scores[0].average_precision == pytest.approx(1 / 100)


def test_siblings_are_the_images_with_another_of_their_patent():
    assert siblings(["a", "b", "c", "d"], ["P", "Q", "P", "R"]) == ["a", "c"]


def test_bootstrap_resamples_patents_not_queries():
    """A patent of 90 queries that all succeed and nine of one that fail: by queries the
    interval would be narrow, by patents it has to reach from 0 almost to 1."""
    values = np.array([1.0] * 90 + [0.0] * 9)
    groups = ["big"] * 90 + [f"small {n}" for n in range(9)]
    interval = bootstrap_interval(values, groups)
    assert interval.value == pytest.approx(90 / 99)
    assert interval.low == 0
    assert 0.9 < interval.high < 1


def test_bootstrap_is_seeded():
    values = np.random.default_rng(0).random(50)
    groups = [str(n // 3) for n in range(50)]
    assert bootstrap_interval(values, groups) == bootstrap_interval(values, groups)
    assert bootstrap_interval(values, groups) != bootstrap_interval(values, groups, seed=1)


def test_bootstrap_agrees_with_a_naive_resampling():
    generator = np.random.default_rng(1)
    groups = [f"p{n}" for n in generator.integers(0, 30, size=200)]
    values = generator.random(200)
    interval = bootstrap_interval(values, groups)
    of = {name: values[[g == name for g in groups]] for name in sorted(set(groups))}
    names = list(of)
    means = []
    for _ in range(3000):
        drawn = generator.choice(len(names), size=len(names))
        means.append(np.concatenate([of[names[n]] for n in drawn]).mean())
    low, high = np.percentile(means, [2.5, 97.5])
    assert interval.low == pytest.approx(low, abs=0.006)
    assert interval.high == pytest.approx(high, abs=0.006)


def test_summary_holds_the_published_metrics():
    ids = ["a1", "a2", "b1", "b2"]
    vectors = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]])
    metrics = summarise(score_queries(ids, vectors, ["A", "A", "B", "B"], ids))
    depths = [f"hit@{k}" for k in (5, 10, 20, 50, 100)]
    bins = ["mAP@max_bin", "mAP@max_bin_found"]
    assert list(metrics) == ["mAP", "rank-1", *depths, "mAP@10", *bins]
    assert all(interval.value == 1 for interval in metrics.values())


@pytest.mark.parametrize(
    ("ids", "vectors", "patents", "queries", "says"),
    [
        (["a", "b"], np.eye(3), ["P", "P"], ["a"], "one vector and one patent an id"),
        (["a", "a"], np.eye(2), ["P", "P"], ["a"], "repeat"),
        (["a", "b"], np.array([[1, 0], [np.nan, 1]]), ["P", "P"], ["a"], "'b' is not finite"),
        (["a", "b"], np.eye(2), ["P", "P"], ["c"], "'c' is not in the gallery"),
        (["a", "b"], np.eye(2), ["P", "Q"], ["a"], "no other image of patent 'P'"),
        (["a", "b"], np.eye(2), ["P", "Q"], [], "nothing to measure"),
    ],
)
def test_impossible_arguments_are_named(ids, vectors, patents, queries, says):
    with pytest.raises(ConfigError, match=says):
        score_queries(ids, vectors, patents, queries)
