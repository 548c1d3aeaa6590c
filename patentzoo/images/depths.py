"""Pixels whose form Pillow reads as another one, or not at all: refused by name, or put right.

TIFF 6.0 (Adobe, 1992) gives the tags: Compression (259), BitsPerSample (258), SampleFormat (339).
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from PIL import Image, TiffImagePlugin

_BITS, _COMPRESSION, _FORMAT = 258, 259, 339
_SIGNED = 2
_FORMATS = {2: "signed", 4: "of an undefined kind", 5: "complex", 6: "complex"}
_NAMES = {
    6: "old-style JPEG",
    9: "JBIG (T.85)",
    10: "JBIG (T.43)",
    34661: "JBIG",
    34712: "JPEG 2000",
    34715: "JBIG2",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
}
"""Compressions that are not read, by their numbers."""
_REFUSED = (6,)
"""Some builds of libtiff decode it, and not always rightly."""

_DEPTHS = (8, 10, 12, 14)
_REACHES = 0.78
"""Paper of level 200 and more, of 255, comes so near to the largest number of so many bits."""
_DARK = 4095
"""A 16-bit page with nothing brighter is black all over, or does not use its bits."""

_CONVERT = "Convert it to 8-bit grey, or to one bit with Group 4."


def check_pixels(image: Image.Image) -> None:
    """Refuse a page of a TIFF that would be read wrongly.

    Args:
        image: Opened, at the page; its pixels not yet decoded.

    Raises:
        UnreadForm: Which compression or kind of number it is, and what to do.
    """
    tags: Any = getattr(image, "tag_v2", None)
    if tags is None:
        return
    packed = tags.get(_COMPRESSION, 1)
    if packed in _REFUSED or packed not in TiffImagePlugin.COMPRESSION_INFO:
        raise _compression(packed)
    bits = max(_numbers(tags.get(_BITS, 1)))
    kinds = set(_numbers(tags.get(_FORMAT, 1)))
    # Signed 32-bit numbers are what Pillow writes for its mode I; their range is looked at later.
    for kind in kinds & set(_FORMATS) if (bits, kinds) != (32, {_SIGNED}) else ():
        raise UnreadForm(f"its pixels are {_FORMATS[kind]} {bits}-bit numbers. {_CONVERT}")
    if bits == 32 and kinds == {1}:
        raise UnreadForm(f"its pixels are unsigned 32-bit numbers. {_CONVERT}")


class UnreadForm(ValueError):
    """A form of pixels that is not read, though the file is whole."""


def whitest(raw: npt.NDArray[Any]) -> float:
    """Return the number that white paper has in 16-bit pixels, which may use fewer bits.

    Args:
        raw: uint16, or wider with values in 0..65535.

    Raises:
        UnreadForm: Nothing comes near white in any depth.
    """
    highest = int(raw.max())
    if highest == 0 or highest > 2 ** _DEPTHS[-1] - 1:
        return 65535.0
    for bits in _DEPTHS:
        white = 2**bits - 1
        if white * _REACHES <= highest <= white:
            return float(white)
    if highest > _DARK:  # of fourteen bits; one of sixteen so dark is only made lighter
        return float(2 ** _DEPTHS[-1] - 1)
    raise UnreadForm(
        f"its 16-bit pixels reach only {highest:,} of 65,535, so that what is white cannot be "
        f"told. {_CONVERT}"
    )


def unread_form(error: Exception) -> str | None:
    """Tell what Pillow's error says of a form of pixels that is not read; None for another."""
    if isinstance(error, UnreadForm):
        return str(error)
    # How Pillow says that it knows no such compression: as it is, or wrapped when a file is opened.
    told = error.__cause__ if isinstance(error, SyntaxError) else error
    if isinstance(told, KeyError) and told.args and isinstance(told.args[0], int):
        return str(_compression(told.args[0]))
    if isinstance(error, SyntaxError) and str(error) == "unknown pixel mode":
        return f"its kind of pixels is not read. {_CONVERT}"
    return None


def _compression(number: int) -> UnreadForm:
    name = _NAMES.get(number, "an unknown one")
    return UnreadForm(f"its compression, {name} ({number}), is not read. {_CONVERT}")


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (int(value),)
