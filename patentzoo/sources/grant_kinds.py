"""What the name of an office's file says: the kind of the grant, and of the picture."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from patentzoo.images.page import SkippedPage
from patentzoo.options import Kind

_NAME = re.compile(
    r"US(?P<letters>[A-Z]{0,3})\d{5,}(?:[A-Z]\d?)?-(?:19|20)\d{6}"
    r"(?:-(?P<picture>[A-Z])\d{5}(?!\d))?(?![A-Z0-9])",
    re.IGNORECASE,
)
_PATENT = re.compile(r"US(?P<letters>[A-Z]{0,3})\d", re.IGNORECASE)
_KINDS = {"D": "design", "": "utility", "PP": "plant", "RE": "reissue"}
_PICTURES = {"C": "a chemical formula", "M": "a mathematical formula", "T": "a table"}


def is_grant_name(name: str) -> bool:
    """Whether a file is named as the USPTO names the files of a grant or an application."""
    return _NAME.match(PurePosixPath(name).name) is not None


def not_taken(id_: str, path: str, wanted: Kind, patent: str | None = None) -> SkippedPage | None:
    """Tell why a file of a grant is left out; None for one that is taken, or is of no grant.

    ``USD0939806-20220104-D00001.TIF`` is a drawing of a design; a C, M or T in the place of the D
    marks chemistry, mathematics and tables.

    Args:
        id_: The id it would have had.
        path: The file, or a member of an archive.
        wanted: The kind of grants that are taken.
        patent: The patent, "USD0907292", where the XML says it.
    """
    named = _NAME.match(PurePosixPath(path).name)
    picture = (named["picture"] or "D").upper() if named else "D"
    if picture != "D":
        what = _PICTURES.get(picture, f"marked {picture}, not D for drawing")
        return SkippedPage(id_, f"{path}: {what}", "pictures of formulas or tables")
    told = named or (_PATENT.match(patent) if patent else None)
    if told is None or wanted == "all":
        return None
    kind = _KINDS.get(told["letters"].upper(), "another kind of")
    if kind == wanted:
        return None
    return SkippedPage(id_, f"{path}: of a {kind} grant", "files of grants of other kinds")
