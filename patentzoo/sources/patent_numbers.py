"""Numbers of patents and registered designs as offices write them -> one id for each.

One right has one id, however a file or a page spells it: ``D889,851``, ``USD889851`` and
``US-D889851-S1`` are ``USD0889851``, the form of the USPTO's own files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_START, _END = r"(?<![A-Za-z0-9&$])", r"(?![A-Za-z0-9])"
_GAP = r"[-_ .]?"
_PARTED = r"\d{1,3}(?:,\d{3})+"


@dataclass(frozen=True)
class PatentNumber:
    """A number of a patent or a registered design.

    Attributes:
        id: Its one form, e.g. ``USD0889851``, ``USRE049123``, ``DM/204123``, ``015012345-0001``.
        country: Office by WIPO ST.3: US, EM (EUIPO), WO (Hague and PCT), CN, JP, KR, CA, AU, GB.
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
    text = unquote(text)
    found = (
        (match.start(), read(match))
        for form, read in _FORMS
        for match in form.finditer(text)
        if not _is_of_another_thing(text, match)
    )
    return min(found, key=lambda each: each[0], default=(0, None))[1]


def _is_of_another_thing(text: str, match: re.Match[str]) -> bool:
    """Whether a number that names no office stands behind a word such as invoice or phone."""
    return not _OFFICE.match(match[0]) and bool(_THING.search(text[: match.start()]))


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
        number = re.sub(r"[^\dX]", "", match["n"].upper())
        return PatentNumber(f"{country}{number}", country, _kind(match, usual))

    return read


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(_START + pattern + _END, re.IGNORECASE)


_DESIGN_KIND = rf"(?:{_GAP}(?P<kind>S\d?)(?:(?:19|20)\d{{6}})?)"
_NO_CENTS = r"(?![.,]\d\d(?!\d))"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], PatentNumber]], ...] = (
    # "USD 12,500" is money.
    (_form(rf"USD(?P<n>0*[1-9]\d{{2}},\d{{3}}|\d{{6,8}}){_DESIGN_KIND}?{_NO_CENTS}"), _us_design),
    (_form(rf"USD{_GAP}(?P<n>{_PARTED}|\d{{5,8}}){_DESIGN_KIND}"), _us_design),
    (
        _form(
            rf"US(?:0+|[-_ .]0*)D{_GAP}"
            rf"(?P<n>{_PARTED}|\d{{3}}[ _.]\d{{3}}|\d{{5,8}}){_DESIGN_KIND}?"
        ),
        _us_design,
    ),
    (_form(rf"(?:Des\. ?|USDes[. ]?)(?P<n>[1-9]\d{{5}}|1\d{{6}}){_DESIGN_KIND}?"), _us_design),
    (_form(rf"D(?:es)?[. ]{{0,2}}(?P<n>[1-9]\d{{0,2}}(?:,\d{{3}})+){_DESIGN_KIND}?"), _us_design),
    (_form(rf"D(?P<n>[1-9]\d{{5}}|1\d{{6}}){_DESIGN_KIND}?"), _us_design),
    (_form(rf"D[-_ ](?P<n>[1-9]\d{{5}}|1\d{{6}}){_DESIGN_KIND}"), _us_design),
    (
        _form(rf"US{_GAP}0*RE{_GAP}(?P<n>{_PARTED}|\d{{5,6}})(?:{_GAP}(?P<kind>E\d?))?"),
        _us_reissue,
    ),
    # RE12345 is a German invoice, too.
    (_form(rf"RE{_GAP}(?P<n>\d\d,\d{{3}})(?:{_GAP}(?P<kind>E\d?))?"), _us_reissue),
    (_form(rf"RE{_GAP}(?P<n>\d{{5,6}}){_GAP}(?P<kind>E\d?)"), _us_reissue),
    (_form(rf"US{_GAP}0*PP{_GAP}(?P<n>{_PARTED}|\d{{5,6}})(?:{_GAP}(?P<kind>P\d?))?"), _us_plant),
    (
        _form(rf"US{_GAP}(?P<n>(?:19|20)\d\d[-_/]?\d{{7}})(?:{_GAP}(?P<kind>A\d?|S\d?|P\d))?"),
        _us_application,
    ),
    # From US19... on eight digits are a date.
    (
        _form(rf"US{_GAP}(?P<n>{_PARTED}|0?\d{{7}}|1[0-8]\d{{6}})(?:{_GAP}(?P<kind>[AB]\d?))?"),
        _us_utility,
    ),
    (_form(rf"(?:WO{_GAP}DM?|DM){_GAP}/?(?P<n>[0-2]\d{{5}})(?:-(?P<part>\d{{1,4}}))?"), _hague),
    (
        _form(r"(?:EM|EU|RCD|REUD)[-_ ]?(?P<n>0\d{8})[-_ ]?(?P<part>\d{4})(?:[-_ ]?S\d?)?"),
        _euipo,
    ),
    # Registered were 000000001 to 009..., and 015000000 on.
    (_form(r"(?P<n>00\d{7}|01[5-9]\d{6})-(?P<part>\d{4})"), _euipo),
    (
        _form(
            rf"(?:ZL|CN){_GAP}(?P<n>3\d{{8}}|(?:19|20)\d\d ?3 ?\d{{7}}(?:\.?[\dX])?)"
            rf"(?:{_GAP}(?P<kind>S))?"
        ),
        _plain("CN", "S"),
    ),
    (_form(rf"JP{_GAP}D?{_GAP}(?P<n>[01]\d{{6}})(?:{_GAP}(?P<kind>S\d?))?"), _plain("JP", "S")),
    (_form(r"KR[-_ ]?(?:D[-_ ]?)?30-?(?P<n>\d{7})(?:-?\d{4})?(?:[-_ ]?S\d?)?"), _korean),
    # "Tel 30-1234567" is none.
    (_form(r"30-(?P<n>[01]\d{6})-?\d{4}(?:[-_ ]?S\d?)?"), _korean),
    (_form(r"\A30-(?P<n>[01]\d{6})(?=\.[a-z]|\Z)"), _korean),
    (
        _form(rf"WO{_GAP}(?P<n>(?:19|20)\d\d[-_/]?\d{{6}})(?:{_GAP}(?P<kind>A\d?))?"),
        _plain("WO", ""),
    ),
    # Of these a number without its kind is too little.
    (_form(rf"CA{_GAP}(?P<n>\d{{5,6}}){_GAP}(?P<kind>S\d?)"), _plain("CA", "S")),
    (_form(rf"AU{_GAP}(?P<n>(?:19|20)\d{{7}}){_GAP}(?P<kind>S\d?)"), _plain("AU", "S")),
    (_form(rf"GB{_GAP}(?P<n>\d{{7}}|9\d{{13}}){_GAP}(?P<kind>S\d?)"), _plain("GB", "S")),
)
"""Each form of a number, tried on the whole text; of several found the first in the text counts."""

_OFFICE = re.compile(r"US|EM|EU|RCD|REUD|WO|ZL|CN|JP|KR|CA|AU|GB", re.IGNORECASE)
_THING = re.compile(
    r"(?<![A-Za-z])(?:invoice|inv|order|rechnung|offer|quote|tel|phone|fax|mobile|serial|part|"
    r"sku|box|case|ticket|customer|client|account)(?:[-_ .:#]*(?:no|nr|id)?[-_ .:#]*)\Z",
    re.IGNORECASE,
)
"""Words before numbers that are of other things."""

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
