"""A photographed screen: its coloured beat goes, and nothing changes without one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image
from thinned import thinned

from patentzoo.images.moire import shows_moire, without_moire
from patentzoo.images.photos import DRAWN, SCREEN, seen

Grey = np.ndarray
HEIGHT, WIDTH = 600, 800


@pytest.fixture(scope="module")
def drawing() -> Grey:
    """Strokes three pixels wide on white, uint8 (600, 800)."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    cv2.rectangle(page, (250, 170), (560, 430), 0, 3)
    cv2.circle(page, (400, 300), 90, 0, 3)
    return page


def on_screen(shown: Grey, deep: float = 0.5) -> Grey:
    """The page as a camera sees it on a screen whose pixels beat with its own, slightly aslant."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    across = 0.11 * x + 0.02 * y + 4e-5 * x * y
    rows = 0.012 * x + 0.09 * y - 3e-5 * x * y
    light = (shown / 255.0) ** 2.2 * 0.55 + 0.01
    beat = [1 + deep * np.cos(2 * np.pi * (across - third / 3)) for third in range(3)]
    seen_light = light[..., None] * np.stack(beat, axis=-1)
    seen_light *= (1 + 0.15 * np.cos(2 * np.pi * rows))[..., None]
    noise = np.random.default_rng(2).normal(0, 0.004, seen_light.shape)
    return np.rint(255 * np.clip(seen_light + noise, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def test_the_beat_goes_and_the_strokes_stay(drawing):
    photo = on_screen(drawing)
    clean = without_moire(photo)
    assert clean is not None
    assert clean.shape == drawing.shape
    bare = cv2.erode(drawing, np.ones((25, 25), np.uint8)) == 255
    before = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    high = [each - cv2.GaussianBlur(each, (0, 0), 15) for each in np.float32([before, clean])]
    assert high[1][bare].std() < 0.35 * high[0][bare].std()
    stroke = cv2.dilate(drawing, np.ones((3, 3), np.uint8)) == 0
    assert np.median(clean[stroke]) < 0.6 * np.median(clean[bare])


def test_the_screen_is_read_as_the_page_that_it_shows(drawing):
    read, steps = seen(Image.fromarray(on_screen(drawing)), on_screen(drawing)[..., 1], "auto")
    assert steps[0] == SCREEN
    assert DRAWN not in steps
    assert read.shape == drawing.shape
    near = cv2.dilate((read < 128).astype(np.uint8), np.ones((5, 5), np.uint8))
    assert near[drawing == 0].mean() > 0.85
    far = cv2.erode(drawing, np.ones((15, 15), np.uint8)) == 255
    assert (read[far] > 190).mean() > 0.99


def test_a_weak_beat_and_noise_are_no_evidence(drawing):
    assert without_moire(on_screen(drawing, deep=0)) is None
    rng = np.random.default_rng(3)
    noisy = drawing[..., None] * 0.8 + rng.normal(0, 12, (*drawing.shape, 3))
    assert without_moire(np.clip(noisy, 0, 255).astype(np.uint8)) is None


def test_hatching_is_no_evidence_in_black_or_in_a_colour(drawing):
    x = np.mgrid[:HEIGHT, :WIDTH][1]
    hatched = np.where(x % 8 < 2, 0, drawing).astype(np.uint8)
    for colour in ((0, 0, 0), (200, 30, 30), (20, 60, 190)):
        picture = np.where(hatched[..., None] < 128, np.uint8(colour), np.uint8(255))
        assert not shows_moire(picture), colour


def test_a_pattern_in_a_part_of_the_picture_is_no_evidence(drawing):
    part = np.repeat(drawing[..., None], 3, axis=2)
    part[:250, :500] = on_screen(drawing)[:250, :500]
    assert without_moire(part) is None


def test_small_and_grey_pictures_are_none():
    assert without_moire(None) is None
    for shape in ((1, 1), (40, 900), (127, 127), (128, 128)):
        assert without_moire(np.full((*shape, 3), 90, np.uint8)) is None


@pytest.mark.realdata
@thinned(16)
@pytest.mark.parametrize("where", ["uspto-sample/*/*.TIF", "uspto-sample-figures/*.png"])
def test_no_real_drawing_has_moire_even_in_colours(shared, where, every):
    files = sorted((shared / "data").glob(where))
    assert len(files) > 300
    for file in files[::every]:
        grey = np.asarray(Image.open(file).convert("L"))
        tinted = np.stack([grey, np.maximum(grey, 40), np.maximum(grey, 90)], axis=-1)
        assert without_moire(tinted) is None, file.name
