"""Shading: ink only where the tone map is, only where it is dark, and more of it when denser."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.hidden import TONE_PX
from patentzoo.data.linedraw.shading import shade
from patentzoo.data.linedraw.style import Style

KINDS = ("isophote", "hatch", "stipple", "glare", "fill")
SIZE_PX = 480


@pytest.fixture
def tone():
    """A ball, lit from the upper left, in the middle of the figure."""
    y, x = np.mgrid[:TONE_PX, :TONE_PX] / TONE_PX * 2 - 1
    inside = x**2 + y**2 < 0.6
    light = np.clip(0.6 - 0.5 * x - 0.6 * y, 0.02, 1) * 254 + 1
    return np.where(inside, light, 0).astype(np.uint8)


def shaded(tone, seed=0, **options):
    canvas = np.full((SIZE_PX, SIZE_PX), 255, np.uint8)
    style = Style(shade_level=150, **options)
    shade(canvas, tone, style, np.random.default_rng(seed), SIZE_PX)
    return canvas


def enlarged(mask, grow_px=0):
    """The mask in pixels of the canvas, by repetition, grown by some pixels."""
    import cv2

    large = np.kron(mask.astype(np.uint8), np.ones((SIZE_PX // TONE_PX,) * 2, np.uint8))
    return cv2.dilate(large, np.ones((2 * grow_px + 1,) * 2, np.uint8)) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_ink_stays_inside_the_tone_map(tone, kind):
    ink = shaded(tone, shading=kind) == 0
    assert ink.any()
    assert not (ink & ~enlarged(tone > 0, grow_px=1)).any()


@pytest.mark.parametrize("kind", ["hatch", "stipple", "fill"])
def test_only_dark_surfaces_are_shaded(tone, kind):
    """The tone map is smoothed when enlarged: by one of its pixels, 5 of the canvas.

    The object's rim is left out: smoothing mixes it with the 0 of the surroundings.
    """
    ink = shaded(tone, shading=kind) == 0
    away_from_rim = ~enlarged(tone == 0, grow_px=6)
    assert (ink & away_from_rim).any()
    assert not (ink & away_from_rim & ~enlarged((tone > 0) & (tone < 150), grow_px=6)).any()


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_shading(tone, kind):
    assert shaded(tone, 5, shading=kind).tobytes() == shaded(tone, 5, shading=kind).tobytes()


@pytest.mark.parametrize("kind", ["isophote", "hatch", "stipple"])
def test_a_finer_pitch_is_more_ink(tone, kind):
    coarse, fine = (shaded(tone, shading=kind, shade_pitch=p) for p in (200, 12))
    assert (fine == 0).sum() > 1.5 * (coarse == 0).sum()


@pytest.mark.parametrize(("angle", "axis"), [(0, 1), (90, 0)])
def test_hatching_has_its_pitch_and_direction(angle, axis):
    tone = np.full((TONE_PX, TONE_PX), 50, np.uint8)
    ink = shaded(tone, shading="hatch", shade_pitch=25, shade_angle_deg=angle) == 0
    lines = ink.all(axis=axis)
    assert ink.sum() == lines.sum() * SIZE_PX  # nothing but whole lines
    begins = np.flatnonzero(lines[1:] & ~lines[:-1])
    assert np.diff(begins).mean() == pytest.approx(25 * SIZE_PX / 1000, abs=0.2)


def test_isophotes_are_lines_of_equal_tone(tone):
    """Along every drawn line the true brightness differs little from one of the drawn levels."""
    ink = shaded(tone, shading="isophote", shade_pitch=60, line=2.0) == 0
    levels = np.linspace(40, 235, max(3, min(10, round(260 / (60 * SIZE_PX / 1000)))))
    y, x = np.nonzero(ink)
    bright = tone[y * TONE_PX // SIZE_PX, x * TONE_PX // SIZE_PX].astype(float)
    off = np.abs(bright[:, None] - levels).min(1)
    assert np.quantile(off, 0.95) < 8
