"""Paper: is it white, has it noise, what lights it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.images.shadows import shaded
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.float32] | npt.NDArray[np.uint8]

LIGHT_PX, _LEAST_SIDE_PX = 512, 64
"""Longer side at which the light on the paper is estimated, and the least shorter one."""

_TILES = 4
"""Tiles along each side of the ring at the picture's border."""

_LIKE_TILES = 12
"""Tiles of the ring, of 16, of one level on paper of one level; a vignette darkens eight."""

_DULL = 0.3
"""Share of a tile of white paper that noise has made darker, nearly half as a rule."""

_LEAST_NOISE, _MOST_NOISE = 2, 20
"""Its standard deviation in levels; a weaker one does not matter, and JPEG makes it, too."""

_INK = 0.8
"""Share of the paper's light below which a pixel is ink for certain."""

_NEAR, _ON_SURFACE = 0.05, 0.3
"""Paper is within this share of its light; so much of a picture at least is paper."""


def level_at_border(grey: Grey) -> int | None:
    """Find the one level of light paper that reaches the border nearly all around.

    Returns:
        Its grey level, 255 for white paper; None where the border has no such level.
    """
    levels = [_six_tenths(tile) for tile in border_tiles(grey)]
    if sum(level == 255 for level in levels) >= _LIKE_TILES:
        return 255
    usual = float(np.median(levels))
    alike = sum(abs(level - usual) <= 3 for level in levels)
    return round(usual) if usual >= 100 and alike >= _LIKE_TILES else None


def _six_tenths(tile: Grey) -> float:
    """The level below which six tenths of a tile's pixels are."""
    dull = tile.size - int(np.count_nonzero(tile == 255))
    # Of a tile that is white for the most part it is told without sorting.
    return 255.0 if dull < 0.6 * (tile.size - 1) - 1 else float(np.quantile(tile, 0.6))


def noise_on_white(grey: Grey) -> float:
    """Estimate the noise on white paper, whose lighter half white has cut off.

    Returns:
        Its standard deviation as a share of white; 0 where there is none: part of the paper along
        the border is all white, as it is around soft drawings and JPEGs, or what is darker there
        has all greys, as strokes have.
    """
    tiles = [tile[tile > 190] for tile in border_tiles(grey)]
    shares = [np.count_nonzero(tile < 255) / max(1, tile.size) for tile in tiles]
    if sum(share >= _DULL for share in shares) < _LIKE_TILES:
        return 0.0
    paper = np.concatenate(tiles)
    noise = float(np.median(255 - paper[paper < 255])) / 0.6745
    return noise / 255 if _LEAST_NOISE <= noise <= _MOST_NOISE else 0.0


def without_noise(grey: Grey, noise: float) -> Grey:
    """Whiten paper with so much noise; the strokes keep their greys, as a share of white.

    Args:
        grey: uint8 (H, W), paper 255.
        noise: Its standard deviation as a share of white.
    """
    return on_white(grey, dataclasses.replace(even_light(grey, 255), noise=noise, middle=1.0))


def border_tiles(grey: Grey) -> list[Grey]:
    """Tiles along the border, 3 % of the sides deep."""
    height, width = grey.shape
    down, right = max(1, height * 3 // 100), max(1, width * 3 // 100)
    tiles = []
    for strip in (grey[:down], grey[-down:]):
        tiles += np.array_split(strip, _TILES, axis=1)
    for strip in (grey[:, :right], grey[:, -right:]):
        tiles += np.array_split(strip, _TILES, axis=0)
    return [_thinned(tile) for tile in tiles if tile.size]


def _thinned(tile: Grey) -> Grey:
    """Every so many pixels of it, some 4,000 at most."""
    step = max(1, int(np.sqrt(tile.size / 4000)))
    return tile[::step, ::step]


@dataclass(frozen=True, eq=False)
class Light:
    """The light on a page.

    Attributes:
        level: float32 or uint8 (h, w), small: the level that paper has, or would have, there.
        paper: Share of the page that is paper, in [0, 1].
        ink: Share of it that is ink for certain.
        rough: How far the light is from a smooth one, as a share of it: paper is lit smoothly.
        noise: Standard deviation of the paper, as a share of its light.
        middle: What paper has of its light, the middle of the noise: about 1.
    """

    level: Levels
    paper: float
    ink: float
    rough: float
    noise: float
    middle: float

    @property
    def even(self) -> bool:
        """Whether the light is one level all over."""
        return int(np.ptp(self.level)) <= 3


def light_of(grey: Grey) -> Light:
    """Estimate the light on a page: what remains where everything small and dark is closed.

    Where that follows a smooth surface nearly everywhere, the surface is the light: it is right
    below large areas of ink, too.
    """
    cv2 = load_cv2()
    small = reduced(grey)
    soft = np.asarray(cv2.medianBlur(small, 3), np.uint8)
    side = max(3, max(small.shape) // 9) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    padded = cv2.copyMakeBorder(soft, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[side:-side, side:-side]
    level = np.asarray(cv2.medianBlur(np.ascontiguousarray(closed), 5), np.uint8)
    surface = _surface(soft, level)
    if surface is None:
        return _light(grey, small, level, _roughness(level))
    return _light(grey, small, shaded(surface, level), 0.0)


def even_light(grey: Grey, level: int) -> Light:
    """The light on a page whose paper has one level all over."""
    small = reduced(grey)
    return _light(grey, small, np.full_like(small, level), 0.0)


def _light(grey: Grey, small: Grey, level: Levels, rough: float) -> Light:
    # Of what the median filter has not thinned: a dotted line is ink, too.
    ratio = small / np.maximum(level, 1).astype(np.float32)
    shares = float((ratio > 0.9).mean()), float((ratio < _INK).mean())
    return Light(level, *shares, rough, *_noise(grey, level))


def _surface(soft: Grey, level: Grey) -> Levels | None:
    """The smooth surface, float32 (h, w), on which the paper lies; None where it lies on none.

    A polynomial of fourth degree is fitted to what is paper by the last fit, until it holds.
    """
    step = max(1, max(soft.shape) // 96)
    design = _terms(soft.shape, 4, step)
    values = soft[::step, ::step].reshape(-1).astype(np.float64)
    fitted = level[::step, ::step].reshape(-1).astype(np.float64)
    for _ in range(8):
        kept = np.abs(values / np.maximum(fitted, 1) - 1) < _NEAR
        if np.count_nonzero(kept) < max(60, _ON_SURFACE * len(kept)):
            return None
        weights = np.linalg.lstsq(design[kept], values[kept], rcond=None)[0]
        fitted = design @ weights
    off = values / np.maximum(fitted, 1) - 1
    kept = np.abs(off) < _NEAR
    above = float((off >= _NEAR).mean())
    if kept.mean() < _ON_SURFACE or above > 0.01 or fitted.min() < 40:
        return None
    if off[kept].std() >= _NEAR / 3:
        return None
    factors = np.zeros((5, 5))
    factors[tuple(np.array(_powers(4)).T)] = weights
    x, y = np.linspace(-1, 1, soft.shape[1]), np.linspace(-1, 1, soft.shape[0])
    return np.asarray(np.polynomial.polynomial.polygrid2d(x, y, factors).T, np.float32)


def _noise(grey: Grey, level: Levels) -> tuple[float, float]:
    """Standard deviation and middle of the paper as a share of its light, at full size."""
    step = max(1, int(np.sqrt(grey.size / 1_000_000)))
    sample = grey[::step, ::step]
    ratio = sample / np.maximum(_enlarged(level, (sample.shape[1], sample.shape[0])), 1.0)
    paper = ratio[ratio > 0.8]
    if not paper.size:
        return 0.0, 1.0
    middle = float(np.median(paper))
    return 1.4826 * float(np.median(np.abs(paper - middle))), middle


def _roughness(level: Grey) -> float:
    """Root mean square of what a surface of third degree leaves, as a share of the mean level."""
    step = max(1, max(level.shape) // 64)
    design = _terms(level.shape, 3, step)
    values = level[::step, ::step].reshape(-1).astype(np.float64)
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(np.sqrt(np.mean((values - fitted) ** 2)) / max(1.0, values.mean()))


def _terms(shape: tuple[int, ...], degree: int, step: int) -> npt.NDArray[np.float64]:
    """The terms of a polynomial at every so many pixels, float64 (n, t), each side -1 to 1."""
    x, y = np.meshgrid(np.linspace(-1, 1, shape[1])[::step], np.linspace(-1, 1, shape[0])[::step])
    return np.stack([x.ravel() ** i * y.ravel() ** j for i, j in _powers(degree)], axis=-1)


def _powers(degree: int) -> list[tuple[int, int]]:
    """The powers of x and y in each term."""
    return [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]


def on_white(grey: Grey, light: Light) -> Grey:
    """Divide a page by its light; what noise is left of the paper becomes white.

    Args:
        grey: uint8 (H, W).
        light: Of this page.

    Returns:
        uint8 (H, W), paper 255; the strokes keep their greys, as a share of the light.
    """
    white = light.middle - 3.5 * light.noise
    if light.even:
        paper = float(np.median(light.level)) * max(0.5, white)
        table = np.minimum(255, np.rint(np.arange(256) * (255.0 / max(1.0, paper))))
        return np.asarray(table.astype(np.uint8)[grey])
    cv2 = load_cv2()
    levels = _enlarged(light.level * np.float32(max(0.5, white)), (grey.shape[1], grey.shape[0]))
    lit = np.maximum(levels, np.float32(1))
    return np.asarray(cv2.divide(grey.astype(np.float32), lit, scale=255, dtype=cv2.CV_8U))


def without_dark_borders(grey: Grey, framed: bool) -> Grey:
    """Whiten what lies along the border and is no stroke: the desk, a finger, a shadow's core.

    Args:
        grey: uint8 (H, W), paper 255.
        framed: The border is that of a sheet, where no stroke is: what lies along it may be thin.
    """
    cv2 = load_cv2()
    small = reduced(grey)
    dark = np.where(small < 160, 255, 0).astype(np.uint8)
    side = max(3, max(small.shape) // 40) | 1
    solid = cv2.morphologyEx(
        cv2.copyMakeBorder(dark, side, side, side, side, cv2.BORDER_CONSTANT, value=255 * framed),
        cv2.MORPH_OPEN,
        np.ones((side, side), np.uint8),
    )[side:-side, side:-side]
    count, labels = cv2.connectedComponents(np.ascontiguousarray(solid))
    at_border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    chosen = np.zeros(count, bool)
    chosen[at_border] = True
    chosen[0] = False
    if not chosen.any():
        return grey
    mask = np.where(chosen[labels], 255, 0).astype(np.uint8)
    mask = cv2.dilate(mask, np.ones((7, 7), np.uint8))
    full = cv2.resize(mask, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    out = grey.copy()
    out[np.asarray(full) > 0] = 255
    return out


def is_thin(grey: Grey, light: Light) -> bool:
    """Whether most of the ink is strokes, not areas."""
    cv2 = load_cv2()
    small = reduced(grey)
    ink = np.where(small < _INK * light.level, 255, 0).astype(np.uint8)
    side = max(5, max(small.shape) // 25)
    opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return int(np.count_nonzero(opened)) * 2 < int(np.count_nonzero(ink))


def reduced(grey: Grey, shorter_px: int = _LEAST_SIDE_PX) -> Grey:
    """Scale down by area to a longer side of 512 px at most, unless the shorter had fewer then."""
    cv2 = load_cv2()
    # Strokes of a flat figure would run together in the few rows that are left of it.
    scale = min(1.0, max(LIGHT_PX / max(grey.shape), shorter_px / min(grey.shape)))
    if scale == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _enlarged(level: Levels, size: tuple[int, int]) -> npt.NDArray[Any]:
    cv2 = load_cv2()
    return np.asarray(cv2.resize(level.astype(np.float32), size, interpolation=cv2.INTER_LINEAR))
