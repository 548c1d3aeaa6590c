"""What becomes of a picture that is no scan in black on white: a page, lines, or greys."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.images.moire import without_moire
from patentzoo.images.stains import without_stains
from patentzoo.options import Photos

Grey = npt.NDArray[np.uint8]


COLOURED, LIT = 0.1, 0.03
"""Share of a picture in colours other than its own usual one, from which it is no drawing; the
second of one that would be a page of grey paper or in uneven light, but for its colours."""

_COLOUR = 28
"""Levels by which the channels of a coloured pixel differ, beyond those of the paper."""

_PAPER_COLOUR = 0.5
"""By which share of its brightest channel the darkest of a coloured face is darker; yellow paper in
warm light stays below."""

DRAWN = "photograph drawn as lines"
STAINS = "coloured stains removed"
SCREEN = "moire of a screen taken out"
UNTOLD = "neither a page nor a shaded photograph for certain: taken as it is"


def seen(
    picture: Image.Image | npt.NDArray[Any], grey: Grey, photos: Photos
) -> tuple[Grey, tuple[str, ...]]:
    """A page as it is to be compared, and what was done to it.

    Args:
        picture: What was decoded, or an array that ``grey_from_array`` takes.
        grey: The same in grey, uint8 (H, W), on white.
        photos: See ``ReadOptions``. Of ``"lines"``: what has no colours and two levels of grey at
            most is a drawing already.

    Returns:
        uint8 (H, W), 0 ink, 255 paper, of a picture drawn as lines the longer side at most
        ``WORK_PX`` of ``patentzoo.images.line_art``; and the steps taken, in words.
    """
    if photos == "grey":
        return grey, ()
    if photos == "lines":
        return _drawn(picture, grey)
    from patentzoo.images.line_art import line_art
    from patentzoo.images.photographed_page import read_page

    colours = _colours(picture)
    screen = without_moire(colours)
    if screen is not None:
        shown = read_page(screen, screen=True)
        if photos == "auto" and not shown.is_page:
            return line_art(screen), (SCREEN, DRAWN)
        return shown.grey, (SCREEN, *shown.steps)
    bleached = without_stains(colours)
    page = read_page(grey if bleached is None else bleached)
    if bleached is not None:
        return page.grey, (STAINS, *page.steps)
    if photos == "page" or (page.certain and not _of_one_colour(colours, page.corners)):
        return page.grey, page.steps
    if page.is_page is False or _coloured(picture) >= (LIT if page.steps else COLOURED):
        return _drawn(picture, grey)
    return page.grey, page.steps if page.is_page else (UNTOLD,)


def seen_sheet(grey: Grey, photos: Photos) -> tuple[Grey, tuple[str, ...]]:
    """The same of a picture that is a sheet for certain."""
    return seen(grey, grey, "page" if photos == "auto" else "grey" if photos == "lines" else photos)


def _drawn(picture: Image.Image | npt.NDArray[Any], grey: Grey) -> tuple[Grey, tuple[str, ...]]:
    """The lines of a picture with colours, or with more than two greys."""
    from patentzoo.images.line_art import line_art

    colours = _colours(picture)
    if colours is not None and (colours != colours[:, :, :1]).any():
        return line_art(colours), (DRAWN,)
    levels = np.count_nonzero(np.bincount(grey.ravel(), minlength=256))
    return (grey, ()) if levels <= 2 else (line_art(grey), (DRAWN,))


def _of_one_colour(colours: Grey | None, corners: npt.NDArray[np.float32] | None) -> bool:
    """Whether what lies within the corners is no paper but the coloured face of a body."""
    if colours is None or corners is None:
        return False
    from patentzoo.system.opencv import load_cv2

    cv2 = load_cv2()
    scale = min(1.0, 256 / max(colours.shape[:2]))
    size = [max(1, round(side * scale)) for side in colours.shape[1::-1]]
    small = np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA))
    mask = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(corners * scale).astype(np.int32), 1)
    face = small[mask > 0].astype(np.float64)
    if not face.size:
        return False
    usual = np.median(face, axis=0)
    return bool(usual.max() - usual.min() > _PAPER_COLOUR * usual.max())


def _coloured(picture: Image.Image | npt.NDArray[Any]) -> float:
    """Share of the picture, in [0, 1], whose colour is not that of the paper, or of the lamp."""
    colours = _colours(picture)
    if colours is None:
        return 0.0
    step = max(1, int(np.sqrt(colours.shape[0] * colours.shape[1] / 250_000)))
    few = colours[::step, ::step].reshape(-1, 3).astype(np.float32)
    light = few.mean(axis=1, keepdims=True)
    usual = np.median(few / np.maximum(light, 1), axis=0)
    return float((np.ptp(few - usual * light, axis=1) >= _COLOUR).mean())


def _colours(picture: Image.Image | npt.NDArray[Any]) -> Grey | None:
    """uint8 (H, W, 3), on white; None where there are no colours."""
    return _of_image(picture) if isinstance(picture, Image.Image) else _of_array(picture)


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
