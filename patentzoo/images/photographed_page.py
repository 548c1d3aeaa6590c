"""A picture of any kind -> what a scan of the page in it would have been, where there is one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.images import ink, jpeg_rings, paper
from patentzoo.images.creases import without_creases
from patentzoo.images.negative import light_on_dark
from patentzoo.images.sheet_corners import Corners, possible_sheets, straightened
from patentzoo.images.sheet_margin import margin_covered
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

SMALLEST_PX = 32
"""Pictures with a shorter side are taken as they are."""

LEAST_INK, LEAST_FRAMED_INK = 0.0005, 0.0002
"""Share of a picture that is ink, from which it can be a drawing; of a sheet whose corners were
found the second."""

EVEN_LIGHT, SMOOTH_LIGHT = 0.03, 0.12
"""Roughness of the light up to which little paper is evidence enough, and up to which it can be
light on paper at all."""

DARK_PAPER, DARK_FRAMED = 60, 120
"""Level of paper below which it is none; of a sheet whose corners were found the second: a flat
face of a product is darker than what a camera makes of paper."""

COARSE_NOISE, COARSE_LIGHT = 0.05, 0.25
"""Noise of the paper, as a share of its light, from which it is moire, and the roughness of light
that is allowed of a sheet then."""

SHADED_SHARE, SHADED_LEVELS = 0.06, 24
"""Share of a picture that is smooth and grey, and its levels, from which it is shaded."""

PRINTED_SHARE, BARE_MARGIN = 0.2, 0.05
"""The first of these shares for a sheet whose margin is bare: a dense pattern is grey when a camera
sees it; and the share of the margin that is covered there, at most."""


@dataclass(frozen=True, eq=False)
class ReadPage:
    """A page as read from a picture.

    Attributes:
        grey: uint8 (h, w), 0 ink, 255 paper; the very array given where nothing was done.
        steps: What was done, in order, in words.
        is_page: Whether the picture shows line art on paper; None: that cannot be told.
        certain: A sheet's corners were found, or light strokes on a dark ground.
        corners: Of the sheet in the picture, float32 (4, 2), where it was found by them.
    """

    grey: Grey
    steps: tuple[str, ...]
    is_page: bool | None
    certain: bool = False
    corners: Corners | None = None


def read_page(grey: Grey, screen: bool = False) -> ReadPage:
    """Make of a picture what a scan of the page in it would have been.

    Each step looks for evidence and does nothing without it: a drawing on white paper comes back
    as it is, bit for bit.

    Args:
        grey: uint8 (H, W).
        screen: It is the photograph of a screen for certain: its frame is looked for first, which
            may be thin as a stroke.
    """
    if min(grey.shape) < SMALLEST_PX:
        return ReadPage(grey, (), None)
    found = _of_even_paper(grey, ())
    if found is not None:
        return found
    if light_on_dark(grey):
        turned, steps = 255 - grey, ("light on dark turned around",)
        found = _of_even_paper(turned, steps) or _evened(turned, steps)
        return dataclasses.replace(found or ReadPage(turned, steps, True), certain=True)
    # Light without a step: a sheet's edge would be one, a stroke is none.
    whole = None if screen else _evened(grey, (), roughest=EVEN_LIGHT)
    found = whole or _framed(grey) or _evened(grey, ())
    return found or ReadPage(grey, (), False if shows_shading(grey) else None)


def _framed(grey: Grey) -> ReadPage | None:
    """The page within four corners; None where there are none, or no page of strokes within."""
    for corners in () if _few_levels(grey) else possible_sheets(grey):
        sheet = straightened(grey, corners)
        found = _evened(sheet, ("sheet found and straightened",), framed=True)
        if found is not None:
            return dataclasses.replace(found, certain=True, corners=corners)
    return None


def _of_even_paper(grey: Grey, steps: tuple[str, ...]) -> ReadPage | None:
    """A drawing on paper of one level, which reaches the border; None of anything else."""
    level = paper.level_at_border(grey)
    if level is None:
        return None
    if level == 255:
        noise = paper.noise_on_white(grey)
        white = paper.without_noise(grey, noise) if noise else grey
        steps = (*steps, "noise on white paper removed") if noise else steps
    else:
        light = paper.even_light(grey, level)
        if light.ink < LEAST_INK:
            return None
        white = paper.on_white(grey, light)
        steps = (*steps, f"paper of level {level} made white")
    counts = ink.histogram(white)
    if int(np.count_nonzero(counts)) > 2:
        if shows_shading(white):
            return None
        rings = jpeg_rings.level_of_rings(white, counts)
        if rings is not None:
            white = jpeg_rings.without_rings(white, rings)
            counts = jpeg_rings.without_overshoot(ink.histogram(white))
            return _inked(white, (*steps, "rings of JPEG removed"), True, counts)
    return _inked(white, steps, True, counts)


def shows_shading(grey: Grey, least: float = SHADED_SHARE) -> bool:
    """Tell a shaded surface, as a photograph or a colour rendering has, from strokes and fills.

    Shading is smooth and has many levels between black and white; strokes and hatching are not
    smooth, and a fill has one level or few.

    Args:
        grey: uint8 (H, W).
        least: Share of the picture from which it is shaded.
    """
    share, levels = smooth_greys(grey)
    return share >= least and levels >= SHADED_LEVELS


def smooth_greys(grey: Grey) -> tuple[float, float]:
    """Share of the picture that is smooth and grey, and how many levels that has.

    Returns:
        The share in [0, 1], and 2 to the power of the entropy of the levels there, from 1 to 256.
    """
    cv2 = load_cv2()
    small = paper.reduced(grey, shorter_px=1)
    kernel = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(small, kernel), cv2.erode(small, kernel))
    smooth = np.asarray((spread <= 12) & (small >= 24) & (small <= 235))
    count = int(np.count_nonzero(smooth))
    if not count:
        return 0.0, 1.0
    shares = np.bincount(small[smooth], minlength=256) / count
    shares = shares[shares > 0]
    return count / smooth.size, float(2 ** -(shares * np.log2(shares)).sum())


def _evened(
    grey: Grey, steps: tuple[str, ...], framed: bool = False, roughest: float = SMOOTH_LIGHT
) -> ReadPage | None:
    """The page with its light divided out and its ink dark; None where it is no page of strokes.

    Args:
        grey: uint8 (H, W).
        steps: What was done before.
        framed: A sheet's corners were found, so that less evidence is needed.
    """
    light = paper.light_of(grey)
    least_paper = 0.25 if light.rough < EVEN_LIGHT else 0.4 if framed else 0.55
    least_ink = 0.0 if framed else LEAST_INK
    if light.paper < least_paper or not least_ink <= light.ink <= 0.7:
        return None
    darkest = DARK_FRAMED if framed else DARK_PAPER
    coarse = framed and light.noise > COARSE_NOISE
    if np.median(light.level) < darkest or light.rough > (COARSE_LIGHT if coarse else roughest):
        return None
    if not framed and not paper.is_thin(grey, light):
        return None
    flat = without_creases(grey, light) if framed else grey
    white = paper.without_dark_borders(paper.on_white(flat, light), framed)
    if shows_shading(white, PRINTED_SHARE if framed and _bare_margin(grey) else SHADED_SHARE):
        return None
    if framed and np.mean(white < 235) < LEAST_FRAMED_INK:
        return None
    low, high = int(light.level.min()), int(light.level.max())
    steps = (*steps, f"uneven light (levels {low} to {high}) evened out")
    page = _inked(white, steps if flat is grey else (*steps, "creases evened out"), True)
    return ReadPage(ink.sharpened(page.grey), (*page.steps, "strokes sharpened"), True)


def _bare_margin(sheet: Grey) -> bool:
    """Whether the margin of a straightened sheet is bare paper."""
    small = paper.reduced(sheet)
    right, low = small.shape[1] - 1, small.shape[0] - 1
    corners = np.array([(0, 0), (right, 0), (right, low), (0, low)], np.float32)
    return margin_covered(small, corners) <= BARE_MARGIN


def _inked(
    grey: Grey,
    steps: tuple[str, ...],
    is_page: bool | None,
    counts: npt.NDArray[np.int64] | None = None,
) -> ReadPage:
    """The same with pale ink stretched to black."""
    pale = ink.PALE_SCANNED_INK if steps else ink.PALE_INK
    dark = None if is_page is None else ink.darkened(grey, pale, even=not steps, counts=counts)
    if dark is None:
        return ReadPage(grey, steps, is_page)
    return ReadPage(dark, (*steps, "pale ink darkened"), is_page)


def _few_levels(grey: Grey) -> bool:
    """Whether it has two levels at most, as a scan in black and white."""
    return int(np.count_nonzero(ink.histogram(grey))) <= 2
