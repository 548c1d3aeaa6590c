"""What is known of a grant, and the forms in which the catalogue keeps dates and classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Grant:
    """What a grant's XML says.

    Attributes:
        patent: As "USD0907292".
        metadata: title, locarno ("28-03"), locarno_edition, us_class ("D28/47"), filed and granted
            (ISO dates; of an application published), kind ("S1"), inventors, inventor_country,
            applicant, applicant_country, assignee, claim (the first), hague, cited (ids): text;
            term_years and figure_count: int; and only what is known.
        views: From a figure's number, "3A", to the name of its view.
        landscape: From the name of each sheet's file to whether it is stored on its side.
    """

    patent: str | None
    metadata: dict[str, Any] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    landscape: Mapping[str, bool] = field(default_factory=dict)


_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_LOCARNO = re.compile(r"(\d{1,2})[- .]?(\d\d)")


def iso_date(text: str) -> str | None:
    """ "20210105" -> "2021-01-05"; a date without a day, "20210100", -> "2021-01"; else None."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not month:
        return None if day else f"{year:04d}"
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day else "")


def locarno_class(text: str) -> str | None:
    """ "2803" -> "28-03"; None for what is no class."""
    found = _LOCARNO.fullmatch(text)
    return f"{int(found[1]):02d}-{found[2]}" if found else None


def country_code(text: str) -> str | None:
    """ "kr" -> "KR"; None for what is no code of two letters, such as "unknown"."""
    return text.upper() if re.fullmatch("[A-Za-z]{2}", text) else None


def national_class(text: str) -> str:
    """ "D28 47" -> "D28/47", "D 75532" -> "D7/553.2": class and subclass stand in fixed columns."""
    if not text.startswith("D") or len(text) < 4:
        return text
    main, sub, decimals = text[1:3].strip(), text[3:6].strip(), text[6:].strip()
    return f"D{main}/{sub}" + (f".{decimals}" if decimals else "")


FORMS: Mapping[str, Callable[[str], str | None]] = {
    "granted": iso_date,
    "filed": iso_date,
    "locarno": locarno_class,
    "us_class": national_class,
}
"""How fields are written; None leaves a field out."""
