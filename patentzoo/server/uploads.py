"""Drawings as they were sent: turned, cut, and kept."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from fastapi import HTTPException, UploadFile
from PIL import Image, ImageOps

from patentzoo.images.decode import FORMATS
from patentzoo.server.fields import Box
from patentzoo.server.options import ServerOptions
from patentzoo.server.problems import too_large
from patentzoo.system.files import replacing

BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for a file that is none; others become ``OSError`` below."""
NAMELESS = "drawing"
LONGEST_NAME = 200
SUFFIXES = {b"%PDF": ".pdf", b"II*\0": ".tif", b"MM\0*": ".tif"}


async def received(upload: UploadFile, allowed: ServerOptions) -> tuple[str, bytes]:
    """The name and the bytes of a drawing.

    Raises:
        HTTPException: 413.
    """
    name = plain_name(upload.filename)
    data = await upload.read(allowed.max_bytes + 1)
    if len(data) > allowed.max_bytes:
        raise too_large(f"{name}: larger than {allowed.max_bytes / 1e6:g} MB.")
    return name, data


def plain_name(name: str | None) -> str:
    """A file's name without folders and without what cannot be printed: a label, never a path."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    printable = "".join(sign for sign in last if sign.isprintable())
    return printable[-LONGEST_NAME:].strip() or NAMELESS


def cut_out(
    name: str, data: bytes, box: Box | None, turn: int, max_pixels: int
) -> bytes | Image.Image:
    """A drawing as it was sent; or turned, and then what a rectangle cuts out of it.

    Args:
        name: For errors.
        data: As sent.
        box: Of the turned picture; None: all of it.
        turn: Degrees clockwise.
        max_pixels: Of the whole picture.

    Raises:
        HTTPException: 400 for what is no picture, 413 for one of too many pixels.
    """
    if box is None and not turn:
        return data
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise too_large(f"{name}: more than {max_pixels:,} pixels.")
            upright = ImageOps.exif_transpose(image)  # the rectangle was drawn on what people see
            turned = upright.rotate(-turn, expand=True)
            return turned.crop(_area(box or [0, 0, 1, 1], *turned.size))
    except HTTPException:
        raise
    except Exception as error:  # Pillow's readers raise whatever a file makes them stumble over
        what = "cut" if box is not None else "turned"
        raise HTTPException(400, f"{name}: cannot be {what} ({error}).") from error


def _area(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Pixels of a rectangle, one at least."""
    x0, y0, x1, y1 = box
    left, top = min(int(x0 * width), width - 1), min(int(y0 * height), height - 1)
    return left, top, max(round(x1 * width), left + 1), max(round(y1 * height), top + 1)


def keep(folder: Path, data: bytes) -> Path:
    """Write a drawing to the folder of uploads, once, under its checksum.

    Raises:
        OutputError: It cannot be written.
    """
    suffix = SUFFIXES.get(data[:4], ".png")  # readers look at the bytes, not at the name
    file = folder / f"{hashlib.sha256(data).hexdigest()}{suffix}"
    if not file.exists():
        with replacing(file) as unfinished:
            unfinished.write_bytes(data)
    return file.absolute()


def png(image: Image.Image) -> bytes:
    """A picture as a PNG file."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
