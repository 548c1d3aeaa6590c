"""What is said of a hit: its patent's title, date, class and owner, its view, its links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patentzoo.hit import Hit, IndexedDrawing
from patentzoo.sources.stored_drawings import file_of

OWNER = ("assignee", "applicant", "owner")
"""Fields that name the owner, the first that is there."""
GRANTED = ("granted", "date")
CLASSES = {"locarno": "Locarno", "us_class": "US", "class": "class"}

_US_DESIGN = re.compile(r"(?:US)?D(\d{1,8})(?:S\d?)?")
_US_UTILITY = re.compile(r"US(\d{7,8})([AB]\d)?")
_EU_DESIGN = re.compile(r"(?:EM|EU|DM-EM)?(\d{9})-?(\d{4})")
_FIRST_S1 = 435_713
"""The first US design of 2001; earlier ones have the kind code S, later ones S1."""


@dataclass(frozen=True)
class Facts:
    """What a report says of a drawing; empty text where it is not known.

    Attributes:
        title: The patent's.
        granted: Its date, as in the metadata.
        classes: "Locarno 06-01 · US D6/371".
        owner: Assignee, else applicant.
        view: "FIG. 3 · front view".
        page_url: A page about the patent.
        office_url: The document at the office that granted it.
        file_url: The sheet's file on this machine, ``file://``.
    """

    title: str = ""
    granted: str = ""
    classes: str = ""
    owner: str = ""
    view: str = ""
    page_url: str = ""
    office_url: str = ""
    file_url: str = ""


def facts_of(drawing: IndexedDrawing) -> Facts:
    """Collect what is known about a drawing.

    Args:
        drawing: A hit, or a drawing of an index.
    """
    data = drawing.metadata
    page_url, office_url = patent_links(drawing.patent)
    file = file_of(drawing.path)
    return Facts(
        title=drawing.title or "",
        granted=_first(data, GRANTED),
        classes=" · ".join(f"{word} {data[key]}" for key, word in CLASSES.items() if data.get(key)),
        owner=_first(data, OWNER),
        view=view_of(drawing),
        page_url=_web_address(data.get("url")) or page_url,
        office_url=office_url,
        file_url="" if file is None else file.absolute().as_uri(),
    )


def score_words(hit: Hit) -> str:
    """A hit's score as every view of results says it, with what it means where that is known."""
    meaning = meaning_words(hit)
    return f"{hit.score:.3f} · {meaning}" if meaning else f"{hit.score:.3f}"


def meaning_words(hit: Hit) -> str:
    """What a hit's score means, "very like (99.5 %)"; empty where that is not known."""
    if hit.closeness is None or hit.percentile is None:
        return ""
    return f"{hit.closeness} ({hit.percentile:.1f} %)"


def patent_links(patent: str | None) -> tuple[str, str]:
    """The addresses of a patent: a page about it, and the document at its office.

    Args:
        patent: "USD0889851", "D889,851", "USD889851S1", "US10123456B2", "EM 015014861-0001".

    Returns:
        Empty text for what is no number of a known form.
    """
    plain = re.sub(r"[\s,/]", "", patent or "").upper()
    if found := _US_DESIGN.fullmatch(plain):
        number = int(found[1])
        kind = "S1" if number >= _FIRST_S1 else "S"
        return f"https://patents.google.com/patent/USD{number}{kind}/en", _uspto(f"D{number}")
    if found := _US_UTILITY.fullmatch(plain):
        return f"https://patents.google.com/patent/{plain}/en", _uspto(found[1])
    if found := _EU_DESIGN.fullmatch(plain):
        address = f"https://euipo.europa.eu/eSearch/#details/designs/{found[1]}-{found[2]}"
        return address, address
    return "", ""


def _uspto(number: str) -> str:
    return f"https://image-ppubs.uspto.gov/dirsearch-public/print/downloadPdf/{number}"


def _first(data: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(data[name]) for name in names if data.get(name)), "")


def view_of(drawing: IndexedDrawing) -> str:
    """Say which view a drawing shows, "FIG. 3 · front view"; empty where it is not known."""
    data = drawing.metadata
    return " · ".join(str(data[key]) for key in ("label", "view") if data.get(key))


def _web_address(value: object) -> str:
    """An address in the metadata that can be followed; no script, no file."""
    text = str(value or "")
    return text if text.startswith(("http://", "https://")) else ""
