"""Encoded images (files, bytes, PIL) -> upright grey pages, by Pillow.

Pillow's own ``Image.open`` warns or fails at pixel counts set in a module global. An application's
global is not ours to change and warnings are not thread-safe, so the formats' readers are called
directly and our own limit is checked on the header, before any pixel is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from patentzoo.errors import ImageDecodeError, ImageError, PatentZooError
from patentzoo.images.arrays import check_shape, grey_from_array
from patentzoo.images.bilevel import decoded_in_place, unpacked
from patentzoo.images.content import ArrayContent, Content, PilContent, reading
from patentzoo.images.depths import UnreadForm, check_pixels, unread_form, whitest
from patentzoo.images.page_buffers import empty_page
from patentzoo.images.photos import seen
from patentzoo.images.raster import Decoded, Raster
from patentzoo.images.tiff import check_pages
from patentzoo.options import Photos, ReadOptions
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Steps = tuple[str, ...]

FORMATS = ("PNG", "TIFF", "JPEG", "BMP", "GIF", "WEBP", "JPEG2000", "PPM")
SUFFIXES = (
    *(".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"),
    *(".tif", ".tiff", ".webp"),
)
"""What a folder is searched for."""

_PHOTOMETRIC, _DESCRIPTION = 262, 270
# The USPTO says in the TIFF's description which of a grant's sheets it is, and that landscape ones
# are stored on their side: "**DRAWING;PG000018;BW;L". The Official Gazette's picture is "OGFIG".
_USPTO_DRAWING = re.compile(r"\*\*DRAWING;(?P<picture>[^;]*);(?:.*;)?(?P<side>[LP])\s*$")


def pages_of(
    content: Content, name: str, options: ReadOptions, landscape: bool | None = None
) -> Iterator[Decoded]:
    """Yield the pages, one at a time.

    Args:
        content: Where the bytes or pixels come from.
        name: Stands in messages.
        options: The limits.
        landscape: The pages are stored on their side: what is known from outside the file. A TIFF
            that says it itself is believed before.

    Raises:
        ImageError: Unreadable; the message names it.
    """
    if isinstance(content, ArrayContent):
        grey, steps = _array(name, content.array, options.photos)
        yield Raster(1, grey, steps=steps)
    elif isinstance(content, PilContent):
        yield _page_of_pil(content.image, name, options)
    else:
        with content.open() as stream, reading(name):
            if _is_pdf(stream):
                from patentzoo.images.pdf import pages_of_pdf

                yield from pages_of_pdf(stream, name, options)
            else:
                yield from _pages_of_stream(stream, name, options, landscape)


def _array(name: str, array: npt.NDArray[Any], photos: Photos) -> tuple[Grey, Steps]:
    try:
        check_shape(array)
        return seen(array, grey_from_array(array), photos)
    except ImageError as error:
        raise type(error)(f"{name}: {error}") from None


def _page_of_pil(image: Image.Image, name: str, options: ReadOptions) -> Raster:
    """One grey page: a PIL image is what it shows now, so its other frames stay unread."""
    with _decoding(name):
        _check_size(image, name, options.max_pixels)
        return _upright(image, 1, None, options.photos)


def _pages_of_stream(
    stream: IO[bytes], name: str, options: ReadOptions, landscape: bool | None
) -> Iterator[Raster]:
    with _decoding(name):
        image = _open(stream, name)
        _check_size(image, name, options.max_pixels)
        check_pixels(image)
        if image.format != "TIFF":
            # A GIF's or WebP's frames are moments of one picture, not pages.
            yield _upright(image, 1, landscape, options.photos)
            return
        for index, _ in enumerate(check_pages(stream)):
            if index >= options.max_members:
                raise ImageDecodeError(
                    f"{name}: more pages than max_members = {options.max_members:,}."
                )
            image.seek(index)
            _check_size(image, name, options.max_pixels)
            check_pixels(image)
            decoded = decoded_in_place(image)
            yield _upright(image, index + 1, landscape, options.photos, decoded)


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    # Pillow's readers raise whatever a broken file makes them stumble over (OSError, SyntaxError,
    # ValueError, struct.error, zlib.error, KeyError, ...), hence the broad except.
    try:
        yield
    except PatentZooError:
        raise
    except Exception as error:
        raise _unreadable(name, error) from error


def _is_pdf(stream: IO[bytes]) -> bool:
    """Whether it begins as a PDF does: the mark may stand anywhere in the first kilobyte."""
    head = stream.read(1024)
    stream.seek(0)
    return b"%PDF-" in head and not any(_accepts(label, head[:16]) for label in FORMATS)


def _accepts(label: str, head: bytes) -> bool:
    """Whether a format's reader would take a file that begins so."""
    Image.init()
    if label not in Image.OPEN:  # Pillow built without that codec
        return False
    accepts = Image.OPEN[label][1]
    return accepts is None or accepts(head) is True


def _open(stream: IO[bytes], name: str) -> ImageFile.ImageFile:
    head = stream.read(16)
    stream.seek(0)
    if not head:
        raise ImageDecodeError(f"{name}: the file is empty (0 bytes). Fetch or export it again.")
    for label in FORMATS:
        if _accepts(label, head):
            opened: ImageFile.ImageFile = Image.OPEN[label][0](stream, "")
            return opened
    known = ", ".join((*FORMATS, "PDF"))
    raise ImageDecodeError(f"{name}: not an image that can be read; it is none of {known}.")


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
    form = unread_form(error)
    if form is not None:
        return ImageDecodeError(f"{name}: cannot be decoded: {form}")
    reason = str(error).strip() or type(error).__name__
    return ImageDecodeError(
        f"{name}: cannot be decoded, the file is damaged or cut off ({reason}). Fetch it again."
    )


def _upright(
    image: Image.Image,
    number: int,
    landscape: bool | None,
    photos: Photos,
    decoded: Grey | None = None,
) -> Raster:
    """Decode, unless that was done, turn upright, lay on white and reduce to grey or lines."""
    inverted = _is_unhandled_white_is_zero(image)
    picture = ImageOps.exif_transpose(image) if decoded is None else image
    grey = _grey(picture) if decoded is None else decoded
    if inverted:
        grey = 255 - grey
    grey, steps = seen(picture, grey, photos)
    said = _said_by_uspto(image)
    landscape = landscape if said is None else said["side"] == "L"
    marks: dict[str, Any] = {
        "sheet": said is not None,
        "gazette": said is not None and said["picture"] == "OGFIG",
    }
    if landscape:
        cv2 = load_cv2()
        turned = empty_page(grey.shape[1], grey.shape[0])
        cv2.rotate(grey, cv2.ROTATE_90_CLOCKWISE, turned)
        return Raster(number, turned, turned_clockwise=1, upright=True, steps=steps, **marks)
    return Raster(number, grey, upright=landscape is not None, steps=steps, **marks)


def _grey(image: Image.Image) -> Grey:
    transparency = image.info.get("transparency")
    if image.mode == "1" and transparency is None:
        return unpacked(image)
    if image.mode.startswith("I;16"):
        raw = np.asarray(image).astype(np.uint16)
        grey = _to_bytes(raw, whitest(raw))
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
    return np.array(image if image.mode == "L" else image.convert("L"))


def _on_white(image: Image.Image) -> Grey:
    rgba = image.convert("RGBA")
    grey = np.asarray(rgba.convert("RGB").convert("L"), dtype=np.float32)
    alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / np.float32(255)
    laid: Grey = np.rint(grey * alpha + np.float32(255) * (1 - alpha)).astype(np.uint8)
    return laid


def _grey_from_integers(raw: npt.NDArray[Any]) -> Grey:
    low, high = int(raw.min()), int(raw.max())
    if low < 0 or high > 65535:
        raise UnreadForm(f"its 32-bit pixels reach from {low} to {high}; 0 to 65535 can be read.")
    return _to_bytes(raw, whitest(raw))


def _grey_from_floats(raw: npt.NDArray[Any]) -> Grey:
    low, high = float(raw.min()), float(raw.max())
    if not (low >= 0 and high <= 1):
        raise UnreadForm(
            f"its floating-point pixels reach from {low:.4g} to {high:.4g}, not 0 to 1. Divide "
            "them by the number that is white."
        )
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


def _said_by_uspto(image: Image.Image) -> re.Match[str] | None:
    """What a TIFF of the USPTO says of itself; None where it says nothing."""
    description = _tiff_tag(image, _DESCRIPTION)
    return _USPTO_DRAWING.match(description) if isinstance(description, str) else None
