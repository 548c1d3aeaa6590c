"""Encoded images (files, bytes, PIL) -> upright grey pages, by Pillow.

Pillow's own ``Image.open`` warns or fails at pixel counts set in a module global. An application's
global is not ours to change and warnings are not thread-safe, so the formats' readers are called
directly and our own limit is checked on the header, before any pixel is decoded.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from patentzoo.errors import ImageDecodeError, ImageNotFoundError, PatentZooError
from patentzoo.images.tiff import check_pages

Grey = npt.NDArray[np.uint8]

FORMATS = ("PNG", "TIFF", "JPEG", "BMP", "GIF", "WEBP", "JPEG2000", "PPM")
SUFFIXES = (
    *(".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"),
    *(".tif", ".tiff", ".webp"),
)
"""What a folder is searched for."""

_PHOTOMETRIC, _DESCRIPTION = 262, 270
# The USPTO stores landscape sheets on their side and says so in the TIFF's description:
# "**DRAWING;PG000018;BW;L".
_USPTO_LANDSCAPE = re.compile(r"\*\*DRAWING;.*;L\s*$")


def pages_of_file(path: Path, max_pixels: int) -> Iterator[Grey]:
    """Yield the pages of an image file, one at a time.

    Raises:
        ImageNotFoundError: No such file.
        ImageDecodeError: Unreadable; the message names the path.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError as error:
        raise ImageNotFoundError(f"{path}: no such file. Check the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageNotFoundError(f"{path}: cannot be opened ({reason}).") from error
    with stream:
        yield from _pages_of_stream(stream, str(path), max_pixels)


def pages_of_bytes(data: bytes, name: str, max_pixels: int) -> Iterator[Grey]:
    """Yield the pages of an encoded image in memory; ``name`` stands in messages."""
    yield from _pages_of_stream(io.BytesIO(data), name, max_pixels)


def pages_of_pil(image: Image.Image, name: str, max_pixels: int) -> Iterator[Grey]:
    """Yield one grey page: a PIL image is what it shows now, so its other frames stay unread."""
    try:
        _check_size(image, name, max_pixels)
        yield _upright_grey(image)
    except PatentZooError:
        raise
    except Exception as error:
        raise _unreadable(name, error) from error


def _pages_of_stream(stream: IO[bytes], name: str, max_pixels: int) -> Iterator[Grey]:
    # Pillow's readers raise whatever a broken file makes them stumble over (OSError, SyntaxError,
    # ValueError, struct.error, zlib.error, KeyError, ...), hence the broad except.
    try:
        image = _open(stream, name)
        _check_size(image, name, max_pixels)
        if image.format == "TIFF":
            yield from _tiff_pages(image, stream, name, max_pixels)
        else:  # a GIF's or WebP's frames are moments of one picture, not pages
            yield _upright_grey(image)
    except PatentZooError:
        raise
    except Exception as error:
        raise _unreadable(name, error) from error


def _tiff_pages(
    image: ImageFile.ImageFile, stream: IO[bytes], name: str, max_pixels: int
) -> Iterator[Grey]:
    for index, _ in enumerate(check_pages(stream)):
        image.seek(index)
        _check_size(image, name, max_pixels)
        yield _upright_grey(image)


def _open(stream: IO[bytes], name: str) -> ImageFile.ImageFile:
    head = stream.read(16)
    stream.seek(0)
    if not head:
        raise ImageDecodeError(f"{name}: the file is empty (0 bytes). Fetch or export it again.")
    Image.init()
    for label in FORMATS:
        if label not in Image.OPEN:  # Pillow built without that codec
            continue
        factory, accepts = Image.OPEN[label]
        if accepts is None or accepts(head) is True:
            opened: ImageFile.ImageFile = factory(stream, "")
            return opened
    kind = "a PDF" if head.startswith(b"%PDF") else "none of " + ", ".join(FORMATS)
    raise ImageDecodeError(f"{name}: not an image that can be read; it is {kind}.")


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageDecodeError(
            f"{name}: {width} x {height} pixels is more than max_pixels = {max_pixels:,}. If the "
            f"file is to be trusted, raise the limit: max_pixels={width * height}."
        )


def _unreadable(name: str, error: Exception) -> ImageDecodeError:
    if isinstance(error, UnidentifiedImageError):
        return ImageDecodeError(f"{name}: not an image that can be read.")
    reason = str(error).strip() or type(error).__name__
    return ImageDecodeError(
        f"{name}: cannot be decoded, the file is damaged or cut off ({reason}). Fetch it again."
    )


def _upright_grey(image: Image.Image) -> Grey:
    """Decode, turn upright, lay on white and reduce to grey."""
    inverted = _is_unhandled_white_is_zero(image)
    grey = _grey(ImageOps.exif_transpose(image))
    if inverted:
        grey = 255 - grey
    return np.rot90(grey, k=-1).copy() if _is_uspto_landscape(image) else grey


def _grey(image: Image.Image) -> Grey:
    transparency = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        raw = np.asarray(image).astype(np.uint16)
        grey = _to_bytes(raw, 65535.0)
        if isinstance(transparency, int):
            grey[raw == transparency] = 255
        return grey
    if image.mode == "I":
        return _grey_from_integers(np.asarray(image))
    if image.mode == "F":
        return _grey_from_floats(np.asarray(image))
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or transparency is not None:
        return _on_white(image)
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.mode in ("HSV", "YCbCr", "CMYK", "RGBX"):
        image = image.convert("RGB")
    return np.array(image.convert("L"))


def _on_white(image: Image.Image) -> Grey:
    rgba = image.convert("RGBA")
    grey = np.asarray(rgba.convert("RGB").convert("L"), dtype=np.float32)
    alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / np.float32(255)
    laid: Grey = np.rint(grey * alpha + np.float32(255) * (1 - alpha)).astype(np.uint8)
    return laid


def _grey_from_integers(raw: npt.NDArray[Any]) -> Grey:
    low, high = int(raw.min()), int(raw.max())
    if low < 0 or high > 65535:
        raise ValueError(f"32-bit pixels reach from {low} to {high}; 0 to 65535 can be read")
    return _to_bytes(raw, 65535.0)


def _grey_from_floats(raw: npt.NDArray[Any]) -> Grey:
    low, high = float(raw.min()), float(raw.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"floating-point pixels reach from {low:.4g} to {high:.4g}, not 0 to 1")
    return _to_bytes(raw, 1.0)


def _to_bytes(raw: npt.NDArray[Any], white: float) -> Grey:
    levels: Grey = np.rint(raw.astype(np.float32) * np.float32(255.0 / white)).astype(np.uint8)
    return levels


def _tiff_tag(image: Image.Image, tag: int) -> Any:
    tags = getattr(image, "tag_v2", None)
    return None if tags is None else tags.get(tag)


def _is_unhandled_white_is_zero(image: Image.Image) -> bool:
    """Pillow turns WhiteIsZero around at 1 to 8 bits, not at 16 and more."""
    return _tiff_tag(image, _PHOTOMETRIC) == 0 and image.mode not in ("1", "L", "P")


def _is_uspto_landscape(image: Image.Image) -> bool:
    description = _tiff_tag(image, _DESCRIPTION)
    return isinstance(description, str) and bool(_USPTO_LANDSCAPE.match(description))
