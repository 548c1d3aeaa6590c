"""One file of several pages is one patent: which one, by what its pages say.

The order: what the user gives and what the name says (both known before a page is read); the number
in the text layer or the header line of the pages; else the file's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from patentzoo.images.raster import Decoded, NoDrawing, Raster
from patentzoo.options import Label
from patentzoo.sources.patent_numbers import PatentNumber, find_date, find_number

_PATIENCE = 3
"""So many sheets are looked at before the file's name is taken."""

_SHEET_LINE = re.compile(r"\bSheet\s+\d+\s+of\s+\d+", re.IGNORECASE)
_BEFORE = 120
"""Characters of the text layer on either side of "Sheet 1 of 4" that are the header."""

_TITLE = re.compile(
    r"Patent\s+(?:No\.?|Number)\s*:?\s*(?P<number>[^\n]{5,30})"
    r"(?:[\s\S]{0,120}?Date\s+of\s+Patent\s*:?\s*(?P<date>[^\n]{0,40}))?",
    re.IGNORECASE,
)
"""What a title page says of itself; cited patents stand without these words."""


@dataclass
class PagesOfPatent:
    """The patent of one file, as its pages come.

    Attributes:
        label: What is known before.
        own: What the file is called where nothing else is known.
        numbers: Numbers the pages said.
        dates: Dates beside them in the text layer; from the pixels none is read.
        sheets: Sheets that were looked at.
        pdf: The file is a PDF.
    """

    label: Label
    own: str
    numbers: list[PatentNumber] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    sheets: int = 0
    pdf: bool = False

    @property
    def known(self) -> bool:
        """Whether no page needs to be asked."""
        return self.label.patent is not None and not self.label.by_folder

    @property
    def settled(self) -> bool:
        """Whether what the next pages say can be left unread."""
        read = self.sheets >= _PATIENCE or len(self.numbers) > 1
        return self.known or not self.pdf or read

    def observe(self, page: Decoded) -> None:
        """Look at the next page."""
        if self.known or (isinstance(page, NoDrawing) and not page.layer):
            return
        if isinstance(page, Raster | NoDrawing):
            self._read_layer(page.layer)
        if isinstance(page, Raster):
            self.pdf |= page.sheet
            if not self.settled:
                self._read_header(page)
            self.sheets += 1

    def named(self, several: bool) -> Label:
        """The patent, and what the pages said besides.

        Args:
            several: The file has more than one page.
        """
        if self.known or not (self.pdf or several):
            return self.label
        told = dict(self.label.metadata)
        ids = {number.id for number in self.numbers}
        if len(ids) != 1:  # two numbers: one of them is wrong
            return Label(self.own, told)
        dates = set(self.dates)
        read = self.numbers[0].metadata | ({"granted": dates.pop()} if len(dates) == 1 else {})
        return Label(ids.pop(), {**read, **told})

    def _read_layer(self, text: str) -> None:
        for part, date in _telling(text):
            number = find_number(part)
            if number is not None:
                self.numbers.append(number)
                if iso := find_date(date):
                    self.dates.append(iso)

    def _read_header(self, page: Raster) -> None:
        from patentzoo.figures.header import read_number

        if page.header is None:
            return
        number = find_number(read_number(page.header) or "")
        if number is not None:
            self.numbers.append(number)


def own_name(id_: str) -> str:
    """The name of a file of several pages without its suffix; with its folders, for files in
    different folders may have one name."""
    return re.sub(r"\.(?:pdf|tiff?)$", "", id_, flags=re.IGNORECASE)


def _telling(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a text layer that name the patent itself, and where its date stands."""
    for match in _TITLE.finditer(text):
        yield match["number"], match["date"] or ""
    for match in _SHEET_LINE.finditer(text):
        around = text[max(0, match.start() - _BEFORE) : match.end() + _BEFORE]
        yield around, around
