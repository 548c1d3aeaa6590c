"""What is known of a grant, and the forms in which the catalogue keeps dates and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


def iso_date(text: str) -> str:
    """ "20210105" -> "2021-01-05"; a date without a day, "20210100", -> "2021-01"."""
    if len(text) != 8 or not text.isdigit():
        return text
    parts = [text[:4], text[4:6], text[6:]]
    return "-".join(part for part in parts if part != "00")


def locarno_class(text: str) -> str:
    """ "2803" -> "28-03"."""
    return f"{text[:2]}-{text[2:]}" if len(text) == 4 and text.isdigit() else text


def national_class(text: str) -> str:
    """ "D28 47" -> "D28/47", "D 75532" -> "D7/553.2": class and subclass stand in fixed columns."""
    if not text.startswith("D") or len(text) < 4:
        return text
    main, sub, decimals = text[1:3].strip(), text[3:6].strip(), text[6:].strip()
    return f"D{main}/{sub}" + (f".{decimals}" if decimals else "")
