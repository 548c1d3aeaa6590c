"""Small pictures of drawings as data URIs, for pages that must stand on their own."""

from __future__ import annotations

import base64
import io
import logging
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.errors import PatentZooError
from patentzoo.images import read_pages
from patentzoo.opencv import load_cv2
from patentzoo.preprocess import crop_to_ink

logger = logging.getLogger(__name__)

SIZE_PX = 320
"""Longest side: about twice what a page shows it at, for displays of high density."""

_GREYS = 16


def thumbnail(image: Any, page: int | None = None) -> str | None:
    """A drawing cut to its ink as a `data:image/png` URI, at most 320 px a side.

    Args:
        image: What `read_pages` reads: a path, an array, a PIL image, bytes.
        page: Its page, from 1, where the image holds several.

    Returns:
        None where the picture cannot be read (any more): a report shows the rest all the same.
    """
    if image is None or str(image).startswith(("http://", "https://")):
        return None
    try:
        pages = read_pages(image)
        ink = crop_to_ink(pages[(page or 1) - 1].grey)
    except (PatentZooError, IndexError) as error:
        logger.info("no picture in the report: %s", error)
        return None
    return "data:image/png;base64," + base64.b64encode(_png(_fit(ink))).decode("ascii")


def _fit(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    scale = SIZE_PX / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = load_cv2().resize(grey, size, interpolation=load_cv2().INTER_AREA).astype(np.float32)
    # Hairlines turn pale when a 300-dpi sheet shrinks: a gamma darkens them again.
    return np.asarray(255 * (small / 255) ** 2.4, dtype=np.uint8)


def _png(grey: npt.NDArray[np.uint8]) -> bytes:
    """Sixteen greys are plenty for line art and halve the file."""
    levels = np.round(grey.astype(np.float32) / 255 * (_GREYS - 1)).astype(np.uint8)
    indexed = Image.frombytes("P", (grey.shape[1], grey.shape[0]), levels.tobytes())
    indexed.putpalette([value for n in range(_GREYS) for value in (n * 17,) * 3])
    stream = io.BytesIO()
    indexed.save(stream, "PNG", bits=4, optimize=True)
    return stream.getvalue()
