"""What becomes of a picture that is no drawing: greys, or lines along its edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.images.page import Photos

Grey = npt.NDArray[np.uint8]


def seen(picture: Image.Image | npt.NDArray[Any], grey: Grey, photos: Photos) -> Grey:
    """A page as it is to be compared.

    Args:
        picture: What was decoded, or an array that ``grey_from_array`` takes.
        grey: The same in grey, uint8 (H, W), on white.
        photos: ``"lines"`` draws the edges of every picture that has colours, or more than two
            levels of grey; what has neither is a drawing already.

    Returns:
        uint8 (H, W), 0 ink, 255 paper; of a picture drawn as lines the longer side is at most
        ``WORK_PX`` of ``patentzoo.figures.photo``.
    """
    if photos == "grey":
        return grey
    from patentzoo.figures.photo import line_art

    colours = _of_image(picture) if isinstance(picture, Image.Image) else _of_array(picture)
    if colours is not None and (colours != colours[:, :, :1]).any():
        return line_art(colours)
    levels = np.count_nonzero(np.bincount(grey.ravel(), minlength=256))
    return grey if levels <= 2 else line_art(grey)


def _of_image(image: Image.Image) -> Grey | None:
    """uint8 (H, W, 3), on white; None where there are no colours."""
    if image.mode in ("L", "LA", "La", "I", "F", "1") or image.mode.startswith("I;16"):
        return None
    rgba = image.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, "white")
    return np.asarray(Image.alpha_composite(paper, rgba).convert("RGB"))


def _of_array(array: npt.NDArray[Any]) -> Grey | None:
    """uint8 (H, W, 3), on white; None where there are no colours."""
    from patentzoo.images.arrays import grey_from_array

    if array.ndim == 2 or array.shape[2] == 1:
        return None
    # Each colour is laid on white as a grey page with the same alpha is.
    planes = [[*[each] * 3, *range(3, array.shape[2])] for each in range(3)]
    return np.stack([grey_from_array(array[:, :, plane]) for plane in planes], axis=2)
