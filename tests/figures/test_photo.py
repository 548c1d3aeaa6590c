from __future__ import annotations

import numpy as np
import pytest

from patentzoo.errors import ImageArrayError
from patentzoo.images.line_art import WORK_PX, line_art


def disc(inner, outer) -> np.ndarray:
    """A disc of one colour on another: uint8 (200, 200, 3)."""
    y, x = np.ogrid[:200, :200]
    inside = (y - 100) ** 2 + (x - 100) ** 2 < 60**2
    return np.where(inside[:, :, None], np.uint8(inner), np.uint8(outer))


def ring_error(lines: np.ndarray) -> float:
    """How far the lines stray from the circle, in pixels, at worst."""
    ys, xs = np.nonzero(lines == 0)
    return float(np.abs(np.hypot(ys - 99.5, xs - 99.5) - 60).max())


@pytest.mark.parametrize(
    ("inner", "outer"), [((0, 0, 0), (255, 255, 255)), ((250, 240, 230), (40, 40, 60))]
)
def test_an_outline_is_drawn_where_the_surface_ends(inner, outer):
    lines = line_art(disc(inner, outer))
    assert set(np.unique(lines)) == {0, 255}
    assert (lines == 0).sum() > 2 * 60 * np.pi * 0.9
    assert ring_error(lines) < 4


def test_colours_of_one_brightness_still_have_an_edge():
    picture = disc((200, 60, 60), (60, 132, 60))
    luma = picture @ np.array([0.299, 0.587, 0.114])
    assert np.ptp(luma) < 3
    assert ring_error(line_art(picture)) < 4
    grey = np.rint(luma).astype(np.uint8)
    assert (line_art(grey) == 255).all()


def test_slow_shading_is_no_line():
    ramp = np.tile(np.linspace(60, 200, 200).astype(np.uint8), (200, 1))
    assert (line_art(ramp) == 255).all()


def test_noise_alone_is_nearly_blank():
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(128, 4, (200, 200, 3)), 0, 255).astype(np.uint8)
    assert (line_art(picture) == 0).mean() < 0.01


def test_large_photographs_are_made_smaller():
    assert max(line_art(np.full((3000, 1500, 3), 200, np.uint8)).shape) == WORK_PX


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_what_is_no_photograph_is_refused(picture):
    with pytest.raises(ImageArrayError, match="photograph"):
        line_art(picture)
