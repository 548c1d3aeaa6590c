"""Small pictures of drawings: cut to the ink, shrunk so that hairlines stay visible."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.models.preprocess import crop_to_ink
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

_GREYS = 16


def shrunk(grey: Grey, size_px: int) -> Grey:
    """A page cut to its ink, its longest side at most ``size_px``.

    Args:
        grey: uint8 (H, W); 0 ink, 255 paper.
        size_px: About twice what it is shown at, for displays of high density.

    Returns:
        uint8 (h, w).

    Raises:
        BlankImageError: The page holds no ink.
    """
    ink = crop_to_ink(grey)
    scale = size_px / max(ink.shape)
    if scale >= 1:
        return ink
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    small = load_cv2().resize(ink, size, interpolation=load_cv2().INTER_AREA).astype(np.float32)
    # Hairlines turn pale when a 300-dpi sheet shrinks: a gamma darkens them again.
    return np.asarray(255 * (small / 255) ** 2.4, dtype=np.uint8)


def data_uri(grey: Grey) -> str:
    """A picture, uint8 (h, w), as the text of a ``data:image/png`` address."""
    return "data:image/png;base64," + base64.b64encode(png(grey)).decode("ascii")


def png(grey: Grey) -> bytes:
    """A picture, uint8 (h, w), as a PNG: sixteen greys are plenty for line art and halve it."""
    levels = np.round(grey.astype(np.float32) / 255 * (_GREYS - 1)).astype(np.uint8)
    indexed = Image.frombytes("P", (grey.shape[1], grey.shape[0]), levels.tobytes())
    indexed.putpalette([value for n in range(_GREYS) for value in (n * 17,) * 3])
    stream = io.BytesIO()
    indexed.save(stream, "PNG", bits=4, optimize=True)
    return stream.getvalue()
