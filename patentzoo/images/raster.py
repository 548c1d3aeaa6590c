"""What a decoder gives for one page of a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ImageError

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Raster:
    """The pixels of one page.

    Attributes:
        number: Its number in the file, from 1.
        grey: uint8 (H, W), 0 ink, 255 paper.
        turned_clockwise: Quarter turns that brought it here from how it is stored.
        upright: True where a mark says which way up the page is; False where nothing does.
        sheet: It is a patent sheet for certain, as a page of a PDF is; it may show several figures.
        gazette: It says of itself that it is the Official Gazette's picture.
        steps: What was done to the picture by ``photos=``, in words.
    """

    number: int
    grey: Grey
    turned_clockwise: int = 0
    upright: bool = False
    sheet: bool = False
    gazette: bool = False
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoDrawing:
    """A page that shows no drawing.

    Attributes:
        number: Its number in the file, from 1.
        reason: What it shows instead.
    """

    number: int
    reason: str


@dataclass(frozen=True)
class Unreadable:
    """A page that cannot be read, though the next one may.

    Attributes:
        number: Its number in the file, from 1.
        error: Why.
    """

    number: int
    error: ImageError


Decoded = Raster | NoDrawing | Unreadable
