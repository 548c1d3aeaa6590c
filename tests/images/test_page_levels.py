"""Levels of a page, told fast where it is black and white: the same as counted and sorted."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.images import ink, paper


def pages():
    rng = np.random.default_rng(3)
    bilevel = np.where(rng.random((91, 70)) < 0.1, 0, 255).astype(np.uint8)
    yield "bilevel", bilevel
    yield "white", np.full((40, 50), 255, np.uint8)
    yield "black", np.zeros((40, 50), np.uint8)
    yield "greys", rng.integers(0, 256, (80, 90)).astype(np.uint8)
    yield "one grey pixel", np.where(np.arange(6400).reshape(80, 80) == 77, 254, bilevel[:80, :1])
    # Of 0, 1 and 254 the sum is that of as many white pixels.
    yield "sums like white", np.array([[254, 1, 0, 255]] * 40, np.uint8)


@pytest.mark.parametrize("grey", [g for _, g in pages()], ids=[n for n, _ in pages()])
def test_a_histogram_is_what_is_counted(grey):
    grey = np.ascontiguousarray(grey, np.uint8)
    expected = np.bincount(grey.ravel(), minlength=256)
    np.testing.assert_array_equal(ink.histogram(grey), expected)
    for even in (False, True):
        for pale in (48, 112):
            fast = ink.darkened(grey, pale, even=even, counts=expected)
            slow = ink.darkened(grey, pale, even=even)
            assert (fast is None) == (slow is None)
            assert fast is None or np.array_equal(fast, slow)


def test_six_tenths_are_those_of_numpy():
    rng = np.random.default_rng(4)
    for count in (1, 2, 3, 5, 10, 11, 100, 101):
        for dull in range(count + 1):
            tile = np.full(count, 255, np.uint8)
            tile[:dull] = rng.integers(0, 256, dull)
            assert paper._six_tenths(tile) == float(np.quantile(tile, 0.6)), (count, dull)
