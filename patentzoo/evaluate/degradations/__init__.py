"""What may befall a drawing before somebody searches with it, by name.

Written from how cameras, lamps, pens and copiers work, without a look at how queries are read, so
that a remedy is never measured by its own inverse.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.degradations import copies, photographs, strokes

Degradation = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]
"""A drawing, uint8 (H, W) with ink dark, and a generator -> uint8 (H, W), or (H, W, 3) in RGB."""

DEGRADATIONS: Mapping[str, Degradation] = {
    "photo-page": photographs.photographed_page,
    "photo-desk": photographs.page_on_desk,
    "photo-screen": photographs.photographed_screen,
    "white-on-black": copies.white_on_black,
    "screenshot": copies.screenshot,
    "fax": copies.fax,
    "thumbnail-96": copies.thumbnail_96,
    "thumbnail-64": copies.thumbnail_64,
    "bold": strokes.bold,
    "thin": strokes.thin,
    "broken": strokes.broken,
    "grey-fill": strokes.grey_fill,
    "sketch": strokes.sketch,
    "rotated-15": copies.rotated_15,
    "rotated-90": copies.rotated_90,
    "rotated-180": copies.rotated_180,
    "mirrored": copies.mirrored,
    "crop-60": copies.crop_60,
    "crop-40": copies.crop_40,
    "numerals": strokes.annotated,
    "coffee": copies.coffee_stain,
}


def degrade(name: str, id_: str, drawing: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint8]:
    """Degrade a drawing: the same picture for the same name, id, drawing and seed."""
    key = [seed, zlib.crc32(name.encode()), zlib.crc32(id_.encode())]
    return DEGRADATIONS[name](drawing, np.random.default_rng(key))
