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
        layer: Text that lies under the page, as in a PDF; empty where there is none.
        header: The line above a sheet, which was painted over: uint8 (h, w), cut to its ink.
    """

    number: int
    grey: Grey
    turned_clockwise: int = 0
    upright: bool = False
    sheet: bool = False
    gazette: bool = False
    steps: tuple[str, ...] = ()
    layer: str = ""
    header: Grey | None = None


@dataclass(frozen=True)
class NoDrawing:
    """A page that shows no drawing.

    Attributes:
        number: Its number in the file, from 1.
        reason: What it shows instead.
        layer: Text that lies under the page; empty where there is none.
    """

    number: int
    reason: str
    layer: str = ""


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
