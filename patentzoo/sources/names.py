"""Ids, natural order, and the patent a file name or folder speaks of."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath

from patentzoo.sources.patent_numbers import PatentNumber, find_number
from patentzoo.system.addresses import is_url
from patentzoo.system.text import printable

GAZETTE = "gazette"
"""The field that is true for the picture of the Official Gazette, nearly a copy of a sheet."""

_FIGURE = re.compile(r"(?P<patent>.+?)(?:-(?:19|20)\d{6})?-D\d{5}(?!\d)", re.IGNORECASE)
_DATED = re.compile(r"(?P<patent>.+?)-(?:19|20)\d{6}")
_DIGITS = re.compile(r"(\d+)")
_ESCAPED = re.compile(r"\\x([89a-f][0-9a-f])")
_SURROGATES = 0xDC00
"""Added to a byte that is no UTF-8, Python writes it so in the names of files."""


def patent_from_name(name: str) -> str | None:
    """Read a patent id from a file's name.

    ``USD0848652-20190514-D00001.TIF`` -> ``USD0848652``; ``LD000012-D00003.png`` -> ``LD000012``;
    what follows the five digits after a dot, dash or underscore (a figure's number, a suffix) is
    ignored. Else the number of a patent or design, wherever it stands in the name and however it is
    written: ``171-USD534332.pdf`` -> ``USD0534332``. None where the name has neither.
    """
    file = PurePath(name).name
    match = _FIGURE.match(file)
    number = number_in_name(file)
    if match is None:
        return number.id if number else None
    return number.id if number else match["patent"]


def number_in_name(name: str) -> PatentNumber | None:
    """Find the number of a patent or design in a file's name; of an office's sheet, before -D."""
    file = PurePath(name).name
    match = _FIGURE.match(file)
    return find_number(match["patent"] if match else file)


def patent_from_folder(folder: str) -> str | None:
    """The folder's name without a trailing ``-YYYYMMDD``; None for an empty name.

    A folder named by the number of a patent or design is that one.
    """
    if number := find_number(folder):
        return number.id
    match = _DATED.fullmatch(folder)
    return match["patent"] if match else folder or None


def is_gazette_figure(name: str) -> bool:
    """Whether a USPTO file name is that of the Official Gazette's figure: ``...-D00000.TIF``."""
    return PurePath(name).stem.split("-f")[0].upper().endswith("-D00000")


def is_patent_folder(folder: str) -> bool:
    """Whether the name says that it is one patent's folder (a design number, a grant date)."""
    return bool(_DATED.fullmatch(folder) or find_number(folder))


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sorting key under which ``fig2`` comes before ``fig10``; ties fall back to the text."""
    parts = _DIGITS.split(text.casefold())
    key = tuple((1, int(p), "") if i % 2 else (0, 0, p) for i, p in enumerate(parts))
    return (*key, (2, 0, text))


def stored_path(path: str | None) -> str | None:
    """A source's path as it is kept: absolute, so that it holds in any working folder.

    An address stays as it is. ``..`` is not resolved, since it may follow a link.
    """
    if path is None or is_url(path):
        return path
    return printable(str(Path(path).absolute()))


def path_on_disk(path: str) -> str:
    """Undo the escapes of :func:`stored_path`, where nothing but the name they stand for is there.

    Args:
        path: As it is kept, or as a user typed it.
    """
    if not _ESCAPED.search(path) or os.path.lexists(path):
        return path
    raw = _ESCAPED.sub(lambda found: chr(_SURROGATES + int(found[1], 16)), path)
    return raw if os.path.lexists(raw) else path
