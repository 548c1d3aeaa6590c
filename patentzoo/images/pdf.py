"""PDFs of granted patents -> their sheets of drawings, by pypdfium2.

PDFium may be used by one thread at a time: every call stands under one lock, which is never held
while a page is handed on.
"""

from __future__ import annotations

import importlib
import itertools
import re
import threading
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ImageDecodeError, MissingExtraError
from patentzoo.images.pdf_text import is_text_page, split_header
from patentzoo.images.photos import seen_sheet
from patentzoo.images.raster import Decoded, NoDrawing, Raster, Unreadable
from patentzoo.options import ReadOptions
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

DPI = 300
"""What the USPTO scans and publishes its sheets at."""

_POINTS = 72
_OBJECTS = 2000
"""Objects of a page that are looked at; a scan with its hidden text has a few hundred."""
_SCAN_SHARE = 0.6
"""An image that covers so much of the page is its scan."""
_FEW_CHARACTERS = 300
"""A text layer so short is a sheet's header and labels."""
_READ_CHARACTERS = 20_000
"""So much of a text layer is looked at."""
_PHRASES = re.compile(
    r"United States (?:Design )?Patent|ornamental design|Patent No|\(5[0-9]\)|"
    r"cited by examiner|CLAIM|DESCRIPTION|Primary Examiner",
)
_SHEET_LINE = re.compile(r"\bSheet\s+\d+\s+of\s+\d+")
"""The header line of a sheet of drawings."""
_LOST_PAGES = 10
"""So many unreadable pages in a row, and the rest is given up."""

_PAPER = 225
"""A page whose darkest pixel is lighter shows nothing."""

_PASSWORD, _INVISIBLE = 4, 3
"""PDFium's FPDF_ERR_PASSWORD and FPDF_TEXTRENDERMODE_INVISIBLE (the layer a text reader adds)."""

_lock = threading.Lock()


def pages_of_pdf(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[Decoded]:
    """Yield the pages of a PDF: sheets of drawings without their header line, and what else.

    A page of text is told by its ink; a text layer, which may be a text reader's guess, only helps.
    With ``figures="whole"`` every page that shows anything is taken.

    Args:
        stream: The file; stays open while pages are read.
        name: Stands in messages.
        options: The limits.

    Raises:
        ImageDecodeError: No PDF that can be read, one with a password, one without a drawing.
        MissingExtraError: pypdfium2 is not installed.
    """
    pdfium = _pdfium(name)
    document = _open(pdfium, stream, name, options)
    drawings, lost, number = 0, 0, 0
    try:
        for number in range(1, len(document) + 1):
            page = _page(pdfium, document, number, name, options)
            lost = lost + 1 if isinstance(page, Unreadable) else 0
            drawings += isinstance(page, Raster)
            if lost == _LOST_PAGES:
                raise ImageDecodeError(f"{name}: {lost} pages in a row cannot be read.")
            yield page
        if not drawings and not lost:
            raise ImageDecodeError(
                f"{name}: shows no drawing; all {number} pages are text or blank."
            )
    finally:
        with _lock:
            document.close()


def _pdfium(name: str) -> Any:
    try:
        with _lock:
            return importlib.import_module("pypdfium2")
    except ImportError as error:
        raise MissingExtraError(
            f"{name}: reading PDF needs pypdfium2: pip install 'patentzoo[pdf]'"
        ) from error


def _open(pdfium: Any, stream: IO[bytes], name: str, options: ReadOptions) -> Any:
    try:
        with _lock:
            document = pdfium.PdfDocument(stream)
            count = len(document)
    except (pdfium.PdfiumError, OSError, ValueError, TypeError) as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise ImageDecodeError(
                f"{name}: the PDF wants a password. Save it without one."
            ) from error
        raise _damaged(name, error) from error
    if not 1 <= count <= options.max_members:
        with _lock:
            document.close()
        raise ImageDecodeError(
            f"{name}: the PDF claims {count:,} pages; max_members = {options.max_members:,}."
        )
    return document


def _page(pdfium: Any, document: Any, number: int, name: str, options: ReadOptions) -> Decoded:
    where = f"{name}, page {number}"
    try:
        with _lock:
            page = document.get_page(number - 1)
            try:
                layer = _text_of(page)
                grey, dpi = _pixels(pdfium, page, where, options)
            finally:
                page.close()
    except ImageDecodeError as error:
        return Unreadable(number, error)
    except Exception as error:  # pypdfium2 raises PdfiumError; ctypes and NumPy raise others
        return Unreadable(number, _damaged(where, error))
    told = None if options.figures == "whole" else _told_by_layer(layer)
    wanted = options.figures == "whole" or told is False
    if not wanted and is_text_page(grey, dpi, told=bool(told)):
        return NoDrawing(number, "a page of text", layer)
    if grey.min() > _PAPER:
        return NoDrawing(number, "a blank page", layer)
    grey, steps = seen_sheet(grey, options.photos)
    cleaned, header = split_header(grey, dpi)
    return Raster(number, cleaned, sheet=True, steps=steps, layer=layer, header=header)


def _text_of(page: Any) -> str:
    """The beginning of the page's text layer; "" where it has none."""
    layer = page.get_textpage()
    try:
        count = layer.count_chars()
        return str(layer.get_text_range(0, min(count, _READ_CHARACTERS))) if count else ""
    finally:
        layer.close()


def _told_by_layer(text: str) -> bool | None:
    """Whether a page's text layer speaks of text; None where it has none, or says neither."""
    if len(set(_PHRASES.findall(text))) >= 3:
        return True
    return False if 0 < len(text) <= _FEW_CHARACTERS or _SHEET_LINE.search(text) else None


def _pixels(pdfium: Any, page: Any, where: str, options: ReadOptions) -> tuple[Grey, float]:
    """The page's embedded scan if that is all it shows, else the page rendered at 300 dpi."""
    width, height = page.get_size()
    size = round(width * DPI / _POINTS), round(height * DPI / _POINTS)
    if not (0 < size[0] * size[1] <= options.max_pixels):
        raise _too_large(where, size, options)
    images, alone = _images(pdfium, page)
    for image in images:
        if image.get_px_size()[0] * image.get_px_size()[1] > options.max_pixels:
            raise _too_large(where, image.get_px_size(), options)
    if alone and len(images) == 1:
        scan = _scan(images[0], page, width, height)
        if scan is not None:
            return scan
    return _rendered(page, DPI), DPI


def _images(pdfium: Any, page: Any) -> tuple[list[Any], bool]:
    """The images of a page, and whether it shows nothing else."""
    raw = pdfium.raw
    images: list[Any] = []
    alone = True
    for seen, each in enumerate(itertools.islice(page.get_objects(max_depth=3), _OBJECTS + 1)):
        if each.type == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(each)
        elif each.type == raw.FPDF_PAGEOBJ_TEXT:
            alone &= raw.FPDFTextObj_GetTextRenderMode(each) == _INVISIBLE
        elif each.type != raw.FPDF_PAGEOBJ_FORM:
            alone = False
        alone &= seen < _OBJECTS
    return images, alone


def _scan(image: Any, page: Any, width: float, height: float) -> tuple[Grey, float] | None:
    """The pixels of an embedded scan, as they are; None unless they show what the page shows."""
    a, b, c, d, _, _ = image.get_matrix().get()
    plain = a > 0 and d > 0 and abs(b) < 1e-3 * a and abs(c) < 1e-3 * d
    if not plain or page.get_rotation() or a * d < _SCAN_SHARE * width * height:
        return None
    bitmap = image.get_bitmap(render=False)
    bitmap.warn_on_close = False  # nothing of it is kept: _grey() copies
    try:
        grey = _grey(bitmap.to_numpy())
    finally:
        bitmap.close()
    # A mask, a clip, swapped colours or a second layer would make the page another picture.
    shown = _rendered(page, 36)
    cv2: Any = load_cv2()
    small = cv2.resize(grey, shown.shape[::-1], interpolation=cv2.INTER_AREA)
    x0, y0, x1, y1 = image.get_bounds()
    covers = abs(x0) < 2 and abs(y0) < 2 and abs(x1 - width) < 2 and abs(y1 - height) < 2
    differs = np.abs(small.astype(np.int16) - shown).mean() > 8
    return None if differs or not covers else (grey, grey.shape[1] * _POINTS / a)


def _rendered(page: Any, dpi: float) -> Grey:
    bitmap = page.render(scale=dpi / _POINTS, grayscale=True, may_draw_forms=False)
    try:
        return _grey(bitmap.to_numpy())
    finally:
        bitmap.close()


def _grey(pixels: npt.NDArray[Any]) -> Grey:
    """PDFium's bitmap, grey or BGR with or without a fourth byte, as a grey page of our own."""
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.array(pixels.reshape(pixels.shape[:2]), np.uint8)
    cv2: Any = load_cv2()
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels[:, :, :3]), cv2.COLOR_BGR2GRAY))


def _too_large(where: str, size: tuple[int, int], options: ReadOptions) -> ImageDecodeError:
    width, height = size
    return ImageDecodeError(
        f"{where}: {width} x {height} pixels is more than max_pixels = {options.max_pixels:,}, or "
        f"none. If the file is to be trusted, raise the limit: max_pixels={width * height}."
    )


def _damaged(name: str, error: Exception) -> ImageDecodeError:
    reason = str(error).strip() or type(error).__name__
    return ImageDecodeError(f"{name}: the PDF is damaged or cut off ({reason}). Fetch it again.")
