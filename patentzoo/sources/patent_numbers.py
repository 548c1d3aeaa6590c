"""Numbers of patents and registered designs as offices write them -> one id for each.

One right has one id, however a file or a page spells it: ``D889,851``, ``USD889851`` and
``US-D889851-S1`` are ``USD0889851``, the form of the USPTO's own files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_START, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_GAP = r"[-_ .]?"
_PARTED = r"\d{1,3}(?:,\d{3})+"


@dataclass(frozen=True)
class PatentNumber:
    """A number of a patent or a registered design.

    Attributes:
        id: Its one form, e.g. ``USD0889851``, ``USRE049123``, ``DM/204123``, ``015012345-0001``.
        country: Office by WIPO ST.3: US, EM (EUIPO), WO (Hague and PCT), CN, JP, KR.
        kind: Kind code by WIPO ST.16 where the number says one, e.g. ``S1``, ``B2``; of a number
            without one what it is: ``S`` a design, ``E`` a reissue, ``P`` a plant; else empty.
    """

    id: str
    country: str
    kind: str = ""

    @property
    def metadata(self) -> dict[str, str]:
        """What the catalogue keeps: ``country``, and ``kind`` where it is known."""
        return {"country": self.country, **({"kind": self.kind} if self.kind else {})}


def find_number(text: str) -> PatentNumber | None:
    """Find the first number of a patent or design in a text, wherever it stands.

    Args:
        text: A file's name, or a line of a page.

    Returns:
        None where no form of a known office is found; a date or a count is none.
    """
    found = ((form.search(text), read) for form, read in _FORMS)
    matches = [(match.start(), read(match)) for match, read in found if match]
    return min(matches, key=lambda each: each[0])[1] if matches else None


def us_design(digits: str, kind: str = "S") -> PatentNumber:
    """Make the number of a United States design patent from its digits: ``889,851``."""
    return PatentNumber(f"USD{_bare(digits).zfill(7)}", "US", kind)


def _bare(digits: str) -> str:
    return re.sub(r"\D", "", digits).lstrip("0")


def _kind(match: re.Match[str], usual: str) -> str:
    return (match["kind"] or usual).upper()


def _us_design(match: re.Match[str]) -> PatentNumber:
    return us_design(match["n"], _kind(match, "S"))


def _us_reissue(match: re.Match[str]) -> PatentNumber:
    return PatentNumber(f"USRE{_bare(match['n']).zfill(6)}", "US", _kind(match, "E"))


def _us_plant(match: re.Match[str]) -> PatentNumber:
    return PatentNumber(f"USPP{_bare(match['n']).zfill(6)}", "US", _kind(match, "P"))


def _us_utility(match: re.Match[str]) -> PatentNumber:
    return PatentNumber(f"US{_bare(match['n']).zfill(8)}", "US", _kind(match, ""))


def _us_application(match: re.Match[str]) -> PatentNumber:
    return PatentNumber(f"US{_digits(match['n'])}", "US", _kind(match, "A"))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _with_part(before: str, match: re.Match[str], country: str) -> PatentNumber:
    part = match["part"]
    return PatentNumber(before + match["n"] + (f"-{part}" if part else ""), country, "S")


def _hague(match: re.Match[str]) -> PatentNumber:
    return _with_part("DM/", match, "WO")


def _euipo(match: re.Match[str]) -> PatentNumber:
    return _with_part("", match, "EM")


def _korean(match: re.Match[str]) -> PatentNumber:
    return PatentNumber(f"KR30-{match['n']}", "KR", "S")


def _plain(country: str, usual: str) -> Callable[[re.Match[str]], PatentNumber]:
    def read(match: re.Match[str]) -> PatentNumber:
        return PatentNumber(f"{country}{_digits(match['n'])}", country, _kind(match, usual))

    return read


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(_START + pattern + _END, re.IGNORECASE)


_DESIGN_KIND = rf"(?:{_GAP}(?P<kind>S\d?))?"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], PatentNumber]], ...] = (
    (_form(rf"US{_GAP}0*D{_GAP}(?P<n>{_PARTED}|\d{{5,8}}){_DESIGN_KIND}"), _us_design),
    (_form(rf"D(?:es)?[. ]{{0,2}}(?P<n>[1-9]\d{{0,2}}(?:,\d{{3}})+){_DESIGN_KIND}"), _us_design),
    (_form(rf"D(?P<n>[1-9]\d{{5,6}}){_DESIGN_KIND}"), _us_design),
    (
        _form(rf"(?:US{_GAP})?0*RE{_GAP}(?P<n>{_PARTED}|\d{{5,6}})(?:{_GAP}(?P<kind>E\d?))?"),
        _us_reissue,
    ),
    (_form(rf"US{_GAP}0*PP{_GAP}(?P<n>{_PARTED}|\d{{5,6}})(?:{_GAP}(?P<kind>P\d?))?"), _us_plant),
    (
        _form(rf"US{_GAP}(?P<n>(?:19|20)\d\d[-_/]?\d{{7}})(?:{_GAP}(?P<kind>A\d?|S\d?|P\d))?"),
        _us_application,
    ),
    (_form(rf"US{_GAP}(?P<n>{_PARTED}|0?\d{{7,8}})(?:{_GAP}(?P<kind>[AB]\d?))?"), _us_utility),
    (_form(rf"(?:WO{_GAP}DM?|DM){_GAP}/?(?P<n>\d{{6}})(?:-(?P<part>\d{{1,4}}))?"), _hague),
    (_form(r"(?:(?:EM|EU|RCD)[-_ ]?)?(?P<n>0\d{8})-(?P<part>\d{4})"), _euipo),
    (
        _form(
            rf"(?:ZL|CN){_GAP}(?P<n>3\d{{8}}|(?:19|20)\d\d3\d{{7}}(?:\.[\dX])?)"
            rf"(?:{_GAP}(?P<kind>S))?"
        ),
        _plain("CN", "S"),
    ),
    (_form(rf"JP{_GAP}D?{_GAP}(?P<n>\d{{7}})(?:{_GAP}(?P<kind>S\d?))?"), _plain("JP", "S")),
    (
        _form(r"(?:KR[-_ ]?30-?|30-)(?P<n>\d{7})(?:-?\d{4})?(?:[-_ ]?S\d?)?"),
        _korean,
    ),
    (
        _form(rf"WO{_GAP}(?P<n>(?:19|20)\d\d[-_/]?\d{{6}})(?:{_GAP}(?P<kind>A\d?))?"),
        _plain("WO", ""),
    ),
)
"""Each form of a number, tried on the whole text; of several found the first in the text counts."""

_MONTHS: Mapping[str, int] = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DATE = re.compile(r"\b([A-Za-z]{3})[a-z]*\.?,? *(\d{1,2}), *((?:1[89]|20)\d\d)\b")


def find_date(text: str) -> str | None:
    """Find a date as the USPTO prints it, "Jun. 16, 2020": ISO, "2020-06-16"."""
    for month, day, year in _DATE.findall(text):
        number = _MONTHS.get(month.lower())
        if number and 1 <= int(day) <= 31:
            return f"{year}-{number:02d}-{int(day):02d}"
    return None
