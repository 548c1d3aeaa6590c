"""A photographed screen: the beat of its coloured stripes with the camera's grid is taken out.

The stripes of the three colours lie a third of a pixel apart, so that their patterns cancel where
all three have one weight in linear light. What is left is the beat of the rows: locally one plane
wave, an isolated peak in the spectrum of a small tile (the short-time Fourier transform), which is
taken out there. Only a pattern in colours over most of the picture is evidence of a screen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

TILE_PX = 64
"""Side of the tiles whose spectra are looked at."""

_LONGEST_PX = 2000
"""Longer side to which a larger photograph of a screen is scaled down."""

_PROBES = 8
"""Tiles in each direction that are looked at for evidence."""

_COLOURED, _PEAK, _CANCEL = 4.0, 0.4, 0.5
"""Of a tile with the beat: the standard deviation of red less blue, in levels; the share of its
power in one peak; and what is left of the three colours' amplitudes when they are added."""

_TILES_SEEN = 0.4
"""Share of the tiles that have the beat, at least."""

_SLOWEST = 2
"""Bins round the middle of a spectrum that are light, not a pattern."""

_NEAR = 2
"""Bins on either side of a peak that belong to it."""

_WAVES, _WAVE_SHARE = 3, 0.3
"""So many waves are taken out of a tile, each with so much of the power that is left there."""

_DARKEST = -0.3
"""Strokes are darker than this share of the light; for the spectrum they are cut off there."""

_LIGHT_PX = 40
"""Standard deviation of the blur that gives the light."""


def without_moire(colours: Grey | None) -> Grey | None:
    """Make of a photographed screen what it shows, in grey; None where no screen is evident.

    Args:
        colours: uint8 (H, W, 3), RGB; None: there are no colours.

    Returns:
        uint8 (h, w), the longer side at most ``_LONGEST_PX``.
    """
    if colours is None or min(colours.shape[:2]) < 2 * TILE_PX or not shows_moire(colours):
        return None
    cv2 = load_cv2()
    scale = min(1.0, _LONGEST_PX / max(colours.shape[:2]))
    size = [max(1, round(side * scale)) for side in colours.shape[1::-1]]
    light = _linear(colours)
    light = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA))
    level = np.maximum(cv2.GaussianBlur(light, (0, 0), _LIGHT_PX), np.float32(1e-3))
    page = (light / level).mean(axis=2) - 1
    return _encoded((1 + _without_waves(page)) * level.mean(axis=2))


def shows_moire(colours: Grey) -> bool:
    """Tell whether most of a picture is covered by the coloured beat of a screen."""
    rows, columns = (
        np.linspace(0, side - TILE_PX, _PROBES + 2)[1:-1].astype(int) for side in colours.shape[:2]
    )
    tiles = np.stack(
        [colours[y : y + TILE_PX, x : x + TILE_PX] for y in rows for x in columns]
    ).astype(np.float32)
    chroma = tiles[..., 0] - tiles[..., 2]
    coloured = chroma.std(axis=(1, 2)) >= _COLOURED
    if coloured.mean() < _TILES_SEEN:
        return False
    tiles = tiles[coloured]
    window = _window() ** 2
    tiles -= tiles.mean(axis=(1, 2), keepdims=True)
    spectra = np.fft.rfft2(tiles * window[..., None], axes=(1, 2))
    power = np.abs(spectra[..., 0] - spectra[..., 2]) ** 2 * _fast()
    at, share = _peak(power)
    each = spectra[np.arange(len(tiles)), at[0], at[1]]
    left = np.abs(each.sum(axis=1)) / np.maximum(np.abs(each).sum(axis=1), 1e-6)
    return bool(((share >= _PEAK) & (left <= _CANCEL)).sum() >= _TILES_SEEN * len(coloured))


def _without_waves(page: Floats) -> Floats:
    """Take the plane waves out of overlapping tiles: float32 (H, W), relative to the light."""
    half = TILE_PX // 2
    height, width = page.shape
    padded = np.pad(
        page,
        ((half, half + -height % half), (half, half + -width % half)),
        mode="reflect",
    )
    window = _window()
    out = np.zeros_like(padded)
    columns = range(0, padded.shape[1] - TILE_PX + 1, half)
    for top in range(0, padded.shape[0] - TILE_PX + 1, half):
        row = padded[top : top + TILE_PX]
        tiles = np.stack([row[:, x : x + TILE_PX] for x in columns])
        waves = _waves(tiles, window)
        for x, wave in zip(columns, waves, strict=True):
            out[top : top + TILE_PX, x : x + TILE_PX] += wave
    return np.asarray(page - out[half : half + height, half : half + width], np.float32)


def _waves(tiles: Floats, window: Floats) -> Floats:
    """The strongest plane waves in tiles, windowed twice: float32 (n, T, T)."""
    cut = np.maximum(tiles, _DARKEST)
    spectra = np.fft.rfft2((cut - cut.mean(axis=(1, 2), keepdims=True)) * window)
    power = np.abs(spectra) ** 2 * _fast()
    taken = np.zeros(power.shape, bool)
    for _ in range(_WAVES):
        at, share = _peak(power)
        near = _around(power.shape, at) & (share >= _WAVE_SHARE)[:, None, None]
        taken |= near
        power = np.where(near, 0, power)
    waves = np.fft.irfft2(np.where(taken, spectra, 0), s=tiles.shape[1:])
    return np.asarray(waves * window, np.float32)


def _peak(power: npt.NDArray[Any]) -> tuple[tuple[Any, Any], npt.NDArray[Any]]:
    """Where each spectrum (n, T, T / 2 + 1) has its peak, and the share of the power round it."""
    at = power.reshape(len(power), -1).argmax(axis=1)
    place = np.unravel_index(at, power.shape[1:])
    near = (power * _around(power.shape, place)).sum(axis=(1, 2))
    return (place[0], place[1]), near / np.maximum(power.sum(axis=(1, 2)), 1e-12)


def _around(shape: tuple[int, ...], at: tuple[Any, ...]) -> npt.NDArray[np.bool_]:
    """The bins near one of each spectrum: bool (n, T, T / 2 + 1)."""
    down = np.abs(np.arange(shape[1])[None] - at[0][:, None])
    down = np.minimum(down, shape[1] - down) <= _NEAR
    along = np.abs(np.arange(shape[2])[None] - at[1][:, None]) <= _NEAR
    return np.asarray(down[:, :, None] & along[:, None, :])


def _fast() -> npt.NDArray[np.bool_]:
    """Which bins are a pattern: bool (T, T / 2 + 1)."""
    down = np.minimum(np.arange(TILE_PX), TILE_PX - np.arange(TILE_PX))
    return np.asarray(np.hypot(down[:, None], np.arange(TILE_PX // 2 + 1)[None]) > _SLOWEST)


def _window() -> Floats:
    """The root of a Hann window, float32 (T, T): squared and overlapped by half it sums to 1."""
    row = np.sin(np.pi * (np.arange(TILE_PX) + 0.5) / TILE_PX)
    return np.asarray(np.outer(row, row), np.float32)


def _linear(colours: Grey) -> Floats:
    """Linear light of sRGB values (IEC 61966-2-1), in [0, 1]."""
    value = np.arange(256) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(table.astype(np.float32)[colours])


def _encoded(light: Floats) -> Grey:
    """sRGB values of linear light; what is beyond [0, 1] is cut off."""
    clipped = np.clip(light, 0, 1)
    value = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * value), np.uint8)
