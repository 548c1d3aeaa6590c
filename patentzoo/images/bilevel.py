"""One-bit images -> grey pages with as few copies as Pillow allows.

Pillow keeps a one-bit image as a byte a pixel, 0 or 255: what a grey page is. Converting it copies
every page three times, which takes as long as decoding it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from patentzoo.images.page_buffers import empty_page

Grey = npt.NDArray[np.uint8]

_ORIENTATION = 274


def decoded_in_place(image: ImageFile.ImageFile) -> Grey | None:
    """Decode a one-bit TIFF that nobody else holds straight into an array.

    Args:
        image: Opened, its pixels not yet decoded.

    Returns:
        uint8 (H, W); None where the image is another kind, or this Pillow decodes into memory of
        its own. It can be read in the ordinary way then.

    Raises:
        Exception: Whatever Pillow's reader stumbles over.
    """
    tags = getattr(image, "tag_v2", {})
    if image.mode != "1" or tags.get(_ORIENTATION, 1) != 1 or "transparency" in image.info:
        return None
    grey = empty_page(image.height, image.width)
    grey.fill(0)  # nothing of another page may show where a lying file leaves rows out
    # frombuffer() shares the array's memory.
    shared = Image.frombuffer("L", image.size, grey, "raw", "L", 0, 1).im
    image.im = shared
    # At the end Pillow would read the directory twice more to turn the page by its orientation.
    image.load_end = _nothing  # type: ignore[method-assign]
    image.load()
    return grey if image.im is shared else None


def unpacked(image: Image.Image) -> Grey:
    """A decoded one-bit image as uint8 (H, W), without converting it first."""
    flat = np.frombuffer(image.tobytes("raw", "L"), np.uint8)
    return flat.reshape(image.height, image.width).copy()


def _nothing() -> None:
    pass
