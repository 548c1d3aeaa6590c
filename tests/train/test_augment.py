"""Distortions: repeatable, still drawings afterwards, and not empty changes."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.train.augment import distort_real, distort_synthetic


def figure() -> np.ndarray:
    """A frame and a diagonal, so that every side of the drawing carries ink."""
    grey = np.full((120, 180), 255, np.uint8)
    grey[5:8, 5:175] = grey[112:115, 5:175] = 0
    grey[5:115, 5:8] = grey[5:115, 172:175] = 0
    for i in range(100):
        grey[10 + i, 10 + i : 13 + i] = 0
    return grey


@pytest.mark.parametrize("distort", [distort_synthetic, distort_real])
@pytest.mark.parametrize("seed", range(60))
def test_distorted_drawings_repeat_with_their_seed_and_keep_ink(distort, seed):
    grey = figure()
    one = distort(grey, np.random.default_rng(seed))
    other = distort(grey, np.random.default_rng(seed))
    assert np.array_equal(grey, figure())  # the drawing given is left alone
    assert np.array_equal(one, other)
    assert (one.dtype, one.ndim) == (np.uint8, 2)
    assert (one < 128).sum() > 50 or one.min() < 200


def test_mirror_images_come_as_often_as_stated():
    """With nothing else drawn, the diagonal tells: it runs down to the right, or mirrored."""
    grey = np.full((100, 100), 255, np.uint8)
    for i in range(90):
        grey[5 + i, 5 + i : 8 + i] = 0
    mirrored = 0
    for seed in range(400):
        out = distort_synthetic(grey, np.random.default_rng(seed)) < 200
        y, x = np.nonzero(out)
        mirrored += bool(np.corrcoef(y, x)[0, 1] < 0)
    # 0.35 mirrored, 0.06 quarter turns, which mirror a diagonal too.
    expected = 0.35 * 0.94 + 0.65 * 0.06
    assert mirrored / 400 == pytest.approx(expected, abs=4 * np.sqrt(0.23 / 400))


def test_real_figures_are_changed_more():
    shapes = [
        {distort(figure(), np.random.default_rng(seed)).shape for seed in range(40)}
        for distort in (distort_synthetic, distort_real)
    ]
    assert len(shapes[1]) > len(shapes[0]) > 1
