"""The description of drawings -> the name of each figure's view."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = r"\d{1,3}(?:\.\d{1,3})?\s?[A-Z]?(?![A-Za-z])"
_LIST = rf"{_NUMBER}(?:\s*(?:,\s*and|,|and|&|-|–|to|through)\s*{_NUMBER})*"
_LEAD = re.compile(rf"(?:FIGS?\.?|Figures?)\s*(?P<numbers>{_LIST})\s*(?P<rest>.*)", re.S)
_HAGUE = re.compile(rf"(?P<numbers>{_NUMBER})\s*:\s*(?P<rest>.+)", re.S)
"""Grants on a Hague registration: "1.2 : Front"."""
_DOTTED = re.compile(r"(?P<numbers>\d{1,3}\.\d{1,3})\s+(?P<rest>is\s.*)", re.S)
_ALONE = re.compile(r"The (?:FIGURE|figure|sole figure)\s+(?P<rest>.*)", re.S)

_LONGEST = 1000
"""Characters of a paragraph that are read: the name stands at its beginning."""

_VERB = re.compile(
    r"(?:is|are|shows?|provides?|depicts?|illustrates?|represents?|discloses?)\s+"
    r"(?:(?:an?|the)\s+)?(?P<name>.*)",
    re.S,
)
_ARTICLE = re.compile(r"^(?:an?|the)\s+")
_END = re.compile(
    r"^(?P<name>.*?\b(?:views?|(?:elevations?|elevational)(?:\s+views?)?|images?))\b", re.S
)
_CUT = re.compile(r"\s+(?:of|thereof|showing|according|taken|in which|with)\b|[;:.]")


def view_names(paragraphs: Iterable[str]) -> dict[str, str]:
    """Names of the views by the number of their figure.

    "FIG. 3A is a front perspective view of a chair;" -> {"3A": "front perspective view"}. A single
    unnumbered "FIGURE" stands under "1". A number named twice keeps its first name; paragraphs
    that begin otherwise say nothing about a figure.
    """
    names: dict[str, str] = {}
    for paragraph in paragraphs:
        text = paragraph.strip()[:_LONGEST]
        if match := _ALONE.match(text):
            numbers, said = ["1"], _after_verb(match["rest"])
        elif match := _LEAD.match(text) or _DOTTED.match(text):
            numbers, said = _numbers(match["numbers"]), _after_verb(match["rest"])
        elif match := _HAGUE.match(text):
            numbers, said = _numbers(match["numbers"]), match["rest"].strip(" ;.")
        else:
            continue
        for number in numbers:
            if said:
                names.setdefault(number, said)
    return names


def _after_verb(text: str) -> str | None:
    match = _VERB.match(text)
    sentence = match["name"] if match else _ARTICLE.sub("", text)
    whole = _END.match(sentence)
    if whole and len(whole["name"]) <= 80:
        return " ".join(whole["name"].split())
    # "a front elevational of the housing": without the noun the name ends before "of".
    return " ".join(_CUT.split(sentence, 1)[0].split())[:80] or None if match else None


def _numbers(text: str) -> list[str]:
    """ "1, 2A and 4-6" -> 1, 2A, 4, 5, 6."""
    numbers: list[str] = []
    parts = re.findall(rf"({_NUMBER})\s*(-|–|to\b|through\b)?", text)
    open_range: int | None = None
    for number, joint in parts:
        number = number.replace(" ", "")
        if open_range is not None and number.isdigit() and 0 < int(number) - open_range < 200:
            numbers.extend(str(each) for each in range(open_range + 1, int(number)))
        numbers.append(number)
        open_range = int(number) if joint and number.isdigit() else None
    return numbers
