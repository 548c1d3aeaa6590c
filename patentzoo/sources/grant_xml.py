"""The XML of a United States design grant -> what the catalogue wants to know.

Read with expat's own handlers: no tree is built, no entity declared in the file is ever expanded,
and nothing outside the file is opened. Unparsed entities (NDATA), which name the images in grants
of 2001 to 2004, may be declared: they are never expanded by any reader. Element names are those of
the USPTO's us-patent-grant DTD, version 4.0 (2005) to 4.7, and of ST.32, 2.5 (2001 to 2004).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from patentzoo.errors import ImageDecodeError
from patentzoo.sources.view_names import view_names

_DEPTH = 200
"""Elements within elements; a grant has about a dozen."""

_BIBLIOGRAPHY = "us-patent-grant/us-bibliographic-data-grant/"
_SINGLE = {
    "publication-reference/document-id/country": "country",
    "publication-reference/document-id/doc-number": "number",
    "publication-reference/document-id/date": "granted",
    "publication-reference/document-id/kind": "kind",
    "us-term-of-grant/length-of-grant": "term_years",
    "figures/number-of-figures": "figure_count",
    "application-reference/document-id/date": "filed",
    "classification-locarno/edition": "locarno_edition",
    "classification-locarno/main-classification": "locarno",
    "classification-national/main-classification": "us_class",
    "invention-title": "title",
}
_PEOPLE = {"us-applicant": "applicant", "applicant": "applicant", "assignee": "assignee"}
_INVENTORS = (
    "us-parties/inventors/inventor/addressbook/address/country",
    "parties/applicants/applicant/addressbook/address/country",
)
_NAMES = ("addressbook/orgname", "addressbook/last-name", "addressbook/first-name")
_OLD_ROOT = re.compile(rb"<PATDOC[\s>]")
_OLD_SINGLE = {
    "SDOBI/B100/B190/PDAT": "country",
    "SDOBI/B100/B110/DNUM/PDAT": "number",
    "SDOBI/B100/B140/DATE/PDAT": "granted",
    "SDOBI/B100/B130/PDAT": "kind",
    "SDOBI/B200/B220/DATE/PDAT": "filed",
    "SDOBI/B500/B510/B516/PDAT": "locarno_edition",
    "SDOBI/B500/B510/B511/PDAT": "locarno",
    "SDOBI/B500/B520/B521/PDAT": "us_class",
    "SDOBI/B500/B540/STEXT/PDAT": "title",
}
_OLD_ASSIGNEE = "SDOBI/B700/B730/B731/PARTY-US/NAM/ONM/STEXT/PDAT"
_OLD_PARAGRAPH = "SDODE/DRWDESC/BTEXT/PARA"
"""Element names of ST32-US-Grant-025xml.dtd, of 2001 to 2004."""
_PARAGRAPH = "us-patent-grant/description/description-of-drawings/p"
_IMAGE = "us-patent-grant/drawings/figure/img"


@dataclass(frozen=True)
class Grant:
    """What a grant's XML says.

    Attributes:
        patent: As "USD0907292".
        metadata: title, locarno ("28-03"), locarno_edition, us_class ("D28/47"), filed and granted
            (ISO dates), kind ("S1"), inventor_country, applicant, assignee: text; term_years and
            figure_count: int; and only what is known.
        views: From a figure's number, "3A", to the name of its view.
        landscape: From the name of each sheet's file to whether it is stored on its side.
    """

    patent: str | None
    metadata: dict[str, Any] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    landscape: Mapping[str, bool] = field(default_factory=dict)


def read_grant(data: bytes, name: str) -> Grant:
    """Read a grant's XML.

    Args:
        data: The file.
        name: What to call it in messages.

    Raises:
        ImageDecodeError: No well-formed XML, another document, one that declares entities, or one
            with absurdly deep elements.
    """
    reader = _OldReader(name) if _OLD_ROOT.search(data) else _Reader(name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.declare_entity
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, UnicodeError, LookupError) as error:
        raise ImageDecodeError(f"{name}: not well-formed XML ({error}). Fetch it again.") from error
    return reader.grant()


class _Reader:
    """Keeps the text of the elements that matter."""

    root = "us-patent-grant"
    paragraph = _PARAGRAPH

    def __init__(self, name: str) -> None:
        self.name = name
        self.path: list[str] = []
        self.found: dict[str, str] = {}
        self.people: dict[str, list[str]] = {"applicant": [], "assignee": []}
        self.countries: list[str] = []
        self.paragraphs: list[str] = []
        self.landscape: dict[str, bool] = {}
        self._words: list[str] = []
        self._person: list[str] = []

    def declare_entity(self, entity: str, *declared: object) -> None:
        """A declaration of an entity.

        Args:
            entity: Its name.
            declared: What expat tells besides; at the end the notation of an unparsed one.

        Raises:
            ImageDecodeError: It could be expanded.
        """
        if declared[-1] is not None:
            return
        raise ImageDecodeError(
            f"{self.name}: declares the entity {entity!r}. Entities are not expanded, and a grant "
            "has none: the file is not what it seems."
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins.

        Raises:
            ImageDecodeError: The document is no grant, or its elements are absurdly deep.
        """
        if not self.path and tag != self.root:
            raise ImageDecodeError(f"{self.name}: a <{tag[:40]}>, not a <{self.root}>.")
        self.path.append(tag)
        if len(self.path) > _DEPTH:
            raise ImageDecodeError(f"{self.name}: elements nested deeper than {_DEPTH}.")
        path = "/".join(self.path)
        if path == _IMAGE and "file" in attributes:
            self.landscape[attributes["file"]] = attributes.get("orientation") == "landscape"
        if not path.startswith(
            self.paragraph + "/"
        ):  # a paragraph's own words go on inside <figref>
            self._words = []

    def text(self, words: str) -> None:
        """Words within an element; they may come in pieces."""
        self._words.append(words)

    def end(self, tag: str) -> None:
        """An element ends: its words are complete."""
        path = "/".join(self.path)
        self.path.pop()
        if path == self.paragraph:
            self.paragraphs.append(" ".join("".join(self._words).split()))
        else:
            self._keep(path, tag, " ".join("".join(self._words).split()))

    def _keep(self, path: str, tag: str, words: str) -> None:
        """Keep the words of an element that ends."""
        if path.startswith(_BIBLIOGRAPHY):
            self._bibliography(path.removeprefix(_BIBLIOGRAPHY), tag, words)

    def _bibliography(self, path: str, tag: str, words: str) -> None:
        if path in _SINGLE and words:
            self.found.setdefault(_SINGLE[path], words)
        elif path in _INVENTORS and words:
            self.countries.append(words)
        elif words and path.endswith(_NAMES):
            self._person.append(words)
        elif tag in _PEOPLE:
            self.people[_PEOPLE[tag]].append(", ".join(self._person))
        if tag in (*_PEOPLE, "inventor", "agent"):
            self._person = []

    def grant(self) -> Grant:
        """What was found, in the forms the catalogue keeps."""
        found = dict(self.found)
        country, number = found.pop("country", "US"), found.pop("number", None)
        for key, form in (("granted", _date), ("filed", _date), ("locarno", _locarno)):
            if key in found:
                found[key] = form(found[key])
        numbers = {
            key: int(text)
            for key in ("term_years", "figure_count")
            if (text := found.pop(key, "")).isdecimal() and len(text) < 6
        }
        if "us_class" in found:
            found["us_class"] = _national(found["us_class"])
        if self.countries:
            found["inventor_country"] = ", ".join(dict.fromkeys(self.countries))
        for role, names in self.people.items():
            known = dict.fromkeys(each for each in names if each)
            if known:
                found[role] = "; ".join(known)
        patent = f"{country}{number}" if number else None
        return Grant(patent, {**found, **numbers}, view_names(self.paragraphs), self.landscape)


class _OldReader(_Reader):
    """The same for grants of 2001 to 2004."""

    root = "PATDOC"
    paragraph = f"PATDOC/{_OLD_PARAGRAPH}"

    def _keep(self, path: str, tag: str, words: str) -> None:
        """Keep the words of an element that ends."""
        path = path.removeprefix("PATDOC/")
        if path in _OLD_SINGLE and words:
            self.found.setdefault(_OLD_SINGLE[path], words)
        elif path == _OLD_ASSIGNEE:
            self.people["assignee"].append(words)


def _date(text: str) -> str:
    """ "20210105" -> "2021-01-05"; a date without a day, "20210100", -> "2021-01"."""
    if len(text) != 8 or not text.isdigit():
        return text
    parts = [text[:4], text[4:6], text[6:]]
    return "-".join(part for part in parts if part != "00")


def _locarno(text: str) -> str:
    """ "2803" -> "28-03"."""
    return f"{text[:2]}-{text[2:]}" if len(text) == 4 and text.isdigit() else text


def _national(text: str) -> str:
    """ "D28 47" -> "D28/47", "D 75532" -> "D7/553.2": class and subclass stand in fixed columns."""
    if not text.startswith("D") or len(text) < 4:
        return text
    main, sub, decimals = text[1:3].strip(), text[3:6].strip(), text[6:].strip()
    return f"D{main}/{sub}" + (f".{decimals}" if decimals else "")
