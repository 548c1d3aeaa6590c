"""Coloured stains on a drawing in black go; pictures that are coloured themselves stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from patentzoo.images.photos import STAINS, seen
from patentzoo.images.stains import without_stains


@pytest.fixture
def drawing():
    page = np.full((500, 600), 255, np.uint8)
    cv2.rectangle(page, (120, 100), (480, 400), 0, 3)
    cv2.circle(page, (300, 250), 110, 0, 3)
    cv2.line(page, (120, 100), (480, 400), 0, 3)
    return page


def stained(drawing, colour):
    """A wash laid over the drawing, as ink of that colour on its paper."""
    wash = np.full((*drawing.shape, 3), 255, np.uint8)
    cv2.circle(wash, (420, 330), 110, colour, 14)
    cv2.circle(wash, (420, 330), 105, tuple((c + 510) // 3 for c in colour), -1)
    return (wash.astype(np.uint16) * drawing[..., None] // 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [(190, 130, 80), (255, 240, 40), (120, 170, 230)])
def test_a_stain_goes_and_every_stroke_stays(drawing, colour):
    page = stained(drawing, colour)
    assert np.array_equal(without_stains(page) < 128, drawing < 128)
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    read, steps = seen(page, grey, "auto")
    assert steps[0] == STAINS
    assert np.array_equal(read < 128, drawing < 128)


def test_a_drawing_without_colours_is_left_alone(drawing):
    assert without_stains(None) is None
    assert without_stains(np.repeat(drawing[..., None], 3, axis=2)) is None


def test_a_coloured_body_is_no_stain(drawing):
    """A shaded red ball, and a drawing whose strokes are themselves coloured."""
    y, x = np.mgrid[:500, :600]
    away = np.hypot(x - 260, y - 200)
    ball = np.full((500, 600, 3), 255, np.uint8)
    light = np.clip(250 - away, 40, 250).astype(np.uint8)
    inside = np.hypot(x - 300, y - 250) < 160
    ball[inside] = np.stack([light, light // 4, light // 4], axis=2)[inside]
    assert without_stains(ball) is None
    ink = np.full((500, 600, 3), 255, np.uint8)
    ink[drawing < 128] = (10, 20, 90)
    cv2.circle(ink, (420, 330), 90, (250, 230, 40), -1)
    assert without_stains(ink) is None
