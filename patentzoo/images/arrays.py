"""Arrays a user calls an image -> grey pages."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ImageArrayError
from patentzoo.images.depths import UnreadForm, whitest

Grey = npt.NDArray[np.uint8]

# ITU-R BT.601 luma, the weights Pillow's convert("L") uses.
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def grey_from_array(array: npt.NDArray[Any]) -> Grey:
    """Turn an array into a grey page.

    Args:
        array: (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGBA, straight alpha, laid on white;
            bool, uint8 or uint16 over the range of 8, 10, 12, 14 or 16 bits, or floating point in
            [0, 1].

    Returns:
        uint8 (H, W), 0 ink, 255 paper.

    Raises:
        ImageArrayError: Another shape or dtype, NaN or infinite pixels, values out of range.
    """
    check_shape(array)
    pixels = _to_levels(array)
    if pixels.ndim == 2:
        return _rounded(pixels)
    if pixels.shape[2] == 1:
        return _rounded(pixels[:, :, 0])
    grey = pixels[:, :, :3].astype(np.float32) @ LUMA
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3].astype(np.float32) / np.float32(255)
        grey = grey * alpha + np.float32(255) * (1 - alpha)
    return _rounded(grey)


def check_shape(array: npt.NDArray[Any]) -> None:
    """Raise ImageArrayError unless the shape is that of one image."""
    shape = array.shape
    if 0 in shape:
        raise ImageArrayError(f"An array of shape {shape} holds no pixels.")
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)):
        return
    hint = "An image is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        hint += " Channels come last: use numpy.moveaxis(array, 0, -1)."
    elif len(shape) in (3, 4):
        hint += " For several images give a list of arrays: list(array)."
    elif len(shape) == 1:
        hint += " For a search by vector, give a float array of the model's dim to search()."
    raise ImageArrayError(f"An array of shape {shape} is not an image. {hint}")


def _to_levels(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Bring values to 0..255, as uint8 or float32."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return np.where(array, np.uint8(255), np.uint8(0))
    if array.dtype == np.uint16:
        return array.astype(np.float32) * np.float32(255.0 / _whitest(array))
    if array.dtype.kind != "f":
        raise ImageArrayError(
            f"An image array is bool, uint8, uint16 or floating point in [0, 1], not "
            f"{array.dtype}. If it holds 0..255, use array.astype(numpy.uint8)."
        )
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ImageArrayError(f"{bad} of {array.size} pixels are NaN or infinite.")
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1:
        way = "Divide by 255 or convert to uint8."
        if low < 0:
            way = "If these are vectors, give a list of them: list(array)."
        raise ImageArrayError(
            f"Floating-point pixels must lie in [0, 1], these reach from {low:.4g} to {high:.4g}. "
            f"{way}"
        )
    return array.astype(np.float32) * np.float32(255)


def _whitest(array: npt.NDArray[np.uint16]) -> float:
    try:
        return whitest(array)
    except UnreadForm as error:
        raise ImageArrayError(f"An array of uint16 cannot be read: {error}") from error


def _rounded(levels: npt.NDArray[Any]) -> Grey:
    if levels.dtype == np.uint8:
        return np.ascontiguousarray(levels)
    grey: Grey = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return grey
