"""Changes that a person's query has gone through."""

import numpy as np
import pytest

from patentzoo.train.degrade import CHANGES, degraded


@pytest.fixture
def drawing():
    import cv2

    grey = np.full((400, 300), 255, np.uint8)
    cv2.rectangle(grey, (40, 60), (250, 340), 0, 2)
    cv2.circle(grey, (150, 200), 60, 0, 2)
    return grey


@pytest.mark.parametrize("name", list(CHANGES))
def test_each_change_keeps_a_drawing_a_drawing(name, drawing):
    before = drawing.copy()
    for seed in range(8):
        out = CHANGES[name][0](drawing, np.random.default_rng(seed))
        assert out.dtype == np.uint8
        assert out.ndim == 2
        assert out.min() < 200  # ink is left
        assert (out > 200).mean() > 0.2 or name == "filled"
    assert np.array_equal(drawing, before)


@pytest.mark.parametrize("name", list(CHANGES))
def test_the_same_chance_gives_the_same_picture(name, drawing):
    one, two = (CHANGES[name][0](drawing, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, two)


def test_bold_strokes_are_bolder_and_thumbnails_smaller(drawing):
    rng = np.random.default_rng(0)
    assert CHANGES["bold"][0](drawing, rng).mean() < drawing.mean()
    assert max(CHANGES["thumbnail"][0](drawing, rng).shape) <= 140


def test_filling_greys_the_inside_alone(drawing):
    out = CHANGES["filled"][0](drawing, np.random.default_rng(1))
    assert out[5, 5] == 255
    assert out[100, 60] < 251
    assert (out[drawing == 0] == 0).all()


def test_numerals_only_add_ink_and_stand_round_the_drawing(drawing):
    height, width = drawing.shape
    for seed in range(6):
        out = CHANGES["numbered"][0](drawing, np.random.default_rng(seed))
        rim = (out.shape[0] - height) // 2
        assert out.shape == (height + 2 * rim, width + 2 * rim)
        inside = out[rim : rim + height, rim : rim + width]
        changed = inside != drawing
        assert (out < 128).sum() > 1.05 * (drawing < 128).sum()
        assert changed.mean() < 0.25  # the drawing is still what most of the picture shows


def test_worn_strokes_lose_up_to_a_third_and_gain_nothing(drawing):
    ink = drawing < 128
    for seed in range(6):
        out = CHANGES["broken"][0](drawing, np.random.default_rng(seed))
        assert (out >= drawing).all()
        assert 0.5 < (out[ink] < 128).mean() < 0.98


def test_every_change_comes_up(drawing):
    rng = np.random.default_rng(0)
    shapes = {degraded(drawing, rng).shape for _ in range(60)}
    assert len(shapes) > 10


@pytest.mark.parametrize("shape", [(8, 300), (300, 8), (16, 16), (1, 40)])
def test_narrow_drawings_pass(shape):
    grey = np.zeros(shape, np.uint8)
    for name, (change, _) in CHANGES.items():
        assert change(grey, np.random.default_rng(2)).size, name
