"""The exact engine against a naive search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from patentzoo.index.engines.flat import FlatEngine as Engine
from patentzoo.index.storage.codec import Codec
from patentzoo.index.storage.segments import Segment, SegmentInfo


def FlatEngine(vectors):
    """The engine over three segments of unequal size."""
    cuts = [0, len(vectors) // 5, len(vectors) // 2, len(vectors)]
    codec = Codec("float32", vectors.shape[1])
    pieces = [vectors[a:b] for a, b in itertools.pairwise(cuts)]
    return Engine(
        [
            Segment(SegmentInfo(i, "", len(each), 0, ""), np.arange(len(each)), each, codec)
            for i, each in enumerate(pieces)
        ]
    )


def naive(vectors, queries, k, filter_mask=None):
    cosines = queries.astype(np.float64) @ vectors.T.astype(np.float64)
    if filter_mask is not None:
        cosines[:, ~filter_mask] = -np.inf
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(cosines, rows, axis=1), rows


@pytest.mark.parametrize("k", [1, 7, 200])
@pytest.mark.parametrize("share", [None, 0.5, 0.04])
def test_it_finds_what_a_naive_search_finds(unit_rows, k, share):
    vectors, queries = unit_rows(200, 0), unit_rows(9, 1)
    filter_mask = None if share is None else np.random.default_rng(2).random(200) < share
    k = min(k, 200 if filter_mask is None else int(filter_mask.sum()))
    scores, rows = FlatEngine(vectors).search(queries, k, filter_mask)
    expected_scores, expected_rows = naive(vectors, queries, k, filter_mask)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
    assert scores.dtype == np.float32


def test_equal_cosines_are_ordered_by_row(unit_rows):
    vectors = unit_rows(1).repeat(20, axis=0)
    _, rows = FlatEngine(vectors).search(vectors[:1], 20)
    assert rows[0].tolist() == list(range(20))


def test_cosines_never_leave_their_range():
    vectors = np.full((1, 3), np.float32(0.57735032), np.float32)
    assert float((vectors @ vectors.T)[0, 0]) != 1.0
    for sign in (1, -1):
        scores, _ = FlatEngine(vectors).search(sign * vectors, 1)
        assert -1.0 <= scores[0, 0] <= 1.0


def test_rows_that_are_not_there_are_minus_one(unit_rows):
    filter_mask = np.zeros(10, bool)
    filter_mask[3] = True
    _, rows = FlatEngine(unit_rows(10)).search(unit_rows(1), 4, filter_mask)
    assert rows[0].tolist() == [3, -1, -1, -1]
