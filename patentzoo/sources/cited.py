"""The patents a grant cites, one by one as its XML names them -> their ids."""

from __future__ import annotations

import re

from patentzoo.sources.patent_numbers import find_number, us_design

CITED = "cited"
"""The field that lists the ids of the patents a patent cites."""

_BETWEEN = ", "
_US_DESIGN = re.compile(r"0*D0*(\d{1,8})", re.IGNORECASE)
_US_UTILITY = re.compile(r"\d{1,8}")


class CitedPatents:
    """Collects citations part by part, in the order of the XML."""

    def __init__(self) -> None:
        self._parts: dict[str, str] = {}
        self._ids: dict[str, None] = {}

    def keep(self, part: str, words: str) -> None:
        """Keep the ``country`` or the ``number`` of the citation that is being read."""
        if words:
            self._parts.setdefault(part, words)

    def end(self) -> None:
        """End a citation; one without a number is none."""
        if re.search("[A-Za-z0-9]", self._parts.get("number", "")):
            self._ids[cited_id(self._parts.get("country", "US"), self._parts["number"])] = None
        self._parts = {}

    @property
    def text(self) -> str:
        """All ids, each once: ``USD0151600, US20070291443``."""
        return _BETWEEN.join(self._ids)


def cited_ids(text: str) -> frozenset[str]:
    """Split what the field ``cited`` holds into ids."""
    return frozenset(id_ for each in re.split("[,;]", text) if (id_ := each.strip()))


def cited_id(country: str, number: str) -> str:
    """Make the id of a cited patent.

    Args:
        country: Office by WIPO ST.3.
        number: As the grant writes it: ``D151600``, ``2007/0291443``, ``007488747-0001``.

    Returns:
        The id that the patent's own files give, ``USD0151600``; of a form that is not known the
        country and the number's letters and digits.
    """
    bare = re.sub(r"[^A-Za-z0-9]", "", number)
    if country == "US" and (design := _US_DESIGN.fullmatch(bare)):
        return us_design(design[1]).id
    if country == "US" and _US_UTILITY.fullmatch(bare):
        return f"US{bare.zfill(8)}"
    found = find_number(f"{country} {number}") or find_number(number)
    return found.id if found and found.country == country else f"{country}{bare}"
