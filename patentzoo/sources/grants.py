"""Which grant a sheet belongs to, by the XML that stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from patentzoo.errors import ImageError
from patentzoo.options import Label
from patentzoo.sources.grant_forms import Grant
from patentzoo.sources.grant_xml import read_grant
from patentzoo.sources.names import GAZETTE, patent_from_name

_SHEET = re.compile(r"(?P<grant>.+)-D(?P<number>\d{5})\.[^.]+", re.IGNORECASE)


class Grants:
    """The XML files beside sheets, each read when its first sheet comes."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, Callable[[], bytes]]] = {}
        self._last: tuple[str, Grant] | None = None

    def add(self, name: str, load: Callable[[], bytes]) -> None:
        """Note an XML: its name, with its folder, and what reads it."""
        self._files[_stem(name)] = (name, load)

    def names(self) -> list[str]:
        """The XML files noted so far."""
        return [name for name, _ in self._files.values()]

    def of(self, sheet: str) -> tuple[str, Grant, ImageError | None] | None:
        """The grant of a sheet.

        Args:
            sheet: Name of the sheet's file, with its folder: ``USD0939806-20220104-D00001.TIF``
                belongs to ``USD0939806-20220104.XML`` in the same folder.

        Returns:
            The XML's name, what it says, and once, with the first sheet, the error if it cannot be
            read. None where there is no XML.
        """
        path = PurePosixPath(sheet)
        match = _SHEET.fullmatch(path.name)
        if match is None:
            return None
        key = _stem(str(path.with_name(match["grant"] + ".xml")))
        if key not in self._files:
            return None
        name, load = self._files[key]
        if self._last is not None and self._last[0] == key:
            return name, self._last[1], None
        problem = None
        try:
            grant = read_grant(load(), name)
        except ImageError as error:
            grant, problem = Grant(None), error
        # Sheets of one grant follow one another: only the last one is kept.
        self._last = (key, grant)
        return name, grant, problem


def label_of(grant: Grant, sheet: str) -> Label:
    """What the catalogue is told of a sheet; ``gazette`` marks the Official Gazette's picture."""
    metadata = dict(grant.metadata)
    match = _SHEET.fullmatch(PurePosixPath(sheet).name)
    if match is not None and int(match["number"]) == 0:
        metadata[GAZETTE] = True
    return Label(grant.patent or patent_from_name(sheet), metadata)


def xml_names(sheet: str) -> list[str]:
    """How the XML of a sheet may be called; nothing where the name is no sheet's of a grant."""
    path = PurePosixPath(sheet)
    match = _SHEET.fullmatch(path.name)
    ends = () if match is None else (".XML", ".xml", ".Xml")
    return [str(path.with_name(f"{match['grant']}{end}")) for end in ends if match]


def _stem(name: str) -> str:
    return name[: name.rfind(".")].lower()
