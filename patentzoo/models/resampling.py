"""Scaling a page as torchvision, timm and open_clip do, by Pillow: to the bit, on any rectangle."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"]
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")
FITS = ("crop", "squash", "letterbox")

LONGEST_RATIO = 64
"""Pages longer than this many times their short side are not scaled as a whole to be cropped."""


class Place(NamedTuple):
    """Where a scaled page lies in the output, in its pixels; negative where it is cut."""

    top: int
    left: int
    height: int
    width: int


def placed(shape: tuple[int, ...], out: tuple[int, int], fit: str, crop_pct: float) -> Place:
    """Where a page comes to lie.

    Args:
        shape: Height and width of the page.
        out: Of the output.
        fit: ``"crop"``: the page covers ``out / crop_pct`` and its middle is cut out;
            ``"squash"``: the same without keeping its proportions; ``"letterbox"``: it fits into
            ``out / crop_pct``.
        crop_pct: In (0, 1].
    """
    covered = (math.floor(out[0] / crop_pct), math.floor(out[1] / crop_pct))
    if fit == "squash":
        height, width = covered
    elif fit == "crop" and covered[0] == covered[1]:
        # torchvision cuts the scaled long side down to a whole number.
        short = min(shape[:2])
        height, width = (covered[0] if n == short else int(covered[0] * n / short) for n in shape)
    else:
        ratios = (shape[0] / covered[0], shape[1] / covered[1])
        ratio = max(ratios) if fit == "letterbox" else min(ratios)
        height, width = (max(1, round(n / ratio)) for n in shape)
    return Place(_start(height, out[0]), _start(width, out[1]), height, width)


def _start(scaled: int, out: int) -> int:
    # Both libraries round half to even where they cut, and down where they pad.
    return -round((scaled - out) / 2) if scaled > out else (out - scaled) // 2


def resample(grey: Grey, place: Place, out: tuple[int, int], interpolation: str, fill: int) -> Grey:
    """Scale a page and cut or pad it.

    Args:
        grey: uint8 (H, W).
        place: From :func:`placed`.
        out: Height and width of the result.
        interpolation: Of ``INTERPOLATIONS``, antialiased, with Pillow's arithmetic.
        fill: Grey level of what is padded.

    Returns:
        uint8 ``out``.
    """
    from PIL import Image

    image, way = Image.fromarray(grey), Image.Resampling[interpolation.upper()]
    top, left, height, width = place
    if max(height, width) > max(out) * LONGEST_RATIO:
        # A ribbon one pixel high would be scaled to gigabytes, to keep a square of it.
        down, right = grey.shape[0] / height, grey.shape[1] / width
        box = (-left * right, -top * down, (out[1] - left) * right, (out[0] - top) * down)
        return np.asarray(image.resize((out[1], out[0]), way, box=box))
    small = np.asarray(image.resize((width, height), way))
    small = small[max(0, -top) :, max(0, -left) :][: out[0], : out[1]]
    if small.shape == out:
        return small
    page = np.full(out, fill, np.uint8)
    y, x = max(0, top), max(0, left)
    page[y : y + small.shape[0], x : x + small.shape[1]] = small
    return page
