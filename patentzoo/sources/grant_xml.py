"""The XML of a United States design grant -> what the catalogue wants to know.

Read with expat's own handlers: no tree is built, no entity declared in the file is ever expanded,
and nothing outside the file is opened. Unparsed entities (NDATA), which name the images in grants
of 2001 to 2004, may be declared: they are never expanded by any reader. Element names are those of
the USPTO's us-patent-grant DTD, version 4.0 (2005) to 4.7, of its us-patent-application DTD, and of
ST.32, 2.4 and 2.5 (2001 to 2004). What these last fill is what a design of 29 January 2002 has;
a field that a grant leaves out, or empty, is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from patentzoo.errors import ImageDecodeError
from patentzoo.sources.cited import CITED, CitedPatents
from patentzoo.sources.grant_forms import Grant, iso_date, locarno_class, national_class
from patentzoo.sources.grant_sgml import as_xml
from patentzoo.sources.view_names import view_names

_DEPTH = 200
"""Elements within elements; a grant has about a dozen."""

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
    "hague-agreement-data/international-registration-number": "hague",
}
_PEOPLE = {"us-applicant": "applicant", "applicant": "applicant", "assignee": "assignee"}
_INVENTORS = ("us-parties/inventors/inventor", "parties/applicants/applicant")
"""Since 2012, and before, when inventors were the applicants."""
_COUNTRY = "/addressbook/address/country"
_APPLICANT_COUNTRY = f"us-parties/us-applicants/us-applicant{_COUNTRY}"
_CITATIONS = ("us-references-cited/us-citation/patcit", "references-cited/citation/patcit")
"""Since 2012, and before."""
_CITED_PARTS = {"document-id/country": "country", "document-id/doc-number": "number"}
_NAMES = ("addressbook/orgname", "addressbook/last-name", "addressbook/first-name")
_FORMS = (
    ("granted", iso_date),
    ("filed", iso_date),
    ("locarno", locarno_class),
    ("us_class", national_class),
)
_OLD_ROOT = re.compile(rb"<PATDOC[\s>]")
_APPLICATION_ROOT = re.compile(rb"<us-patent-application[\s>]")
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
    "SDOBI/B400/B472/B474/PDAT": "term_years",
    "SDOBI/B500/B590/B596/PDAT": "figure_count",
}
_OLD_ASSIGNEE = "SDOBI/B700/B730/B731/PARTY-US"
_OLD_INVENTOR = "SDOBI/B700/B720/B721/PARTY-US"
_OLD_NAMES = ("/NAM/ONM/STEXT/PDAT", "/NAM/FNM/PDAT", "/NAM/SNM/STEXT/PDAT")
_OLD_CITATION = "SDOBI/B500/B560/B561/PCIT"
_OLD_CITED_PARTS = {"DOC/CTRY/PDAT": "country", "DOC/DNUM/PDAT": "number"}
_OLD_PARAGRAPH = "SDODE/DRWDESC/BTEXT/PARA"
"""Element names of ST32-US-Grant-025xml.dtd, of 2001 to 2004."""
_PARAGRAPH = "description/description-of-drawings/p"
_CLAIM, _OLD_CLAIM = "claims/claim", "SDOCL/CL/CLM"
_IMAGE = "drawings/figure/img"


def read_grant(data: bytes, name: str) -> Grant:
    """Read a grant's XML.

    Args:
        data: The file.
        name: What to call it in messages.

    Raises:
        ImageDecodeError: No well-formed XML, another document, one that declares entities, or one
            with absurdly deep elements.
    """
    reader = _reader_of(data, name)
    data = as_xml(data) if isinstance(reader, _OldReader) else data
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
    bibliography = "us-bibliographic-data-grant/"
    paragraph = _PARAGRAPH
    claim = _CLAIM

    def __init__(self, name: str) -> None:
        self.name = name
        self._paths: list[str] = []  # of the elements that are open; the root's is empty
        self._telling = (self.bibliography, self.paragraph, self.claim)
        self._flowing = (f"{self.paragraph}/", f"{self.claim}/")
        self.found: dict[str, str] = {}
        self.people: dict[str, list[str]] = {"inventors": [], "applicant": [], "assignee": []}
        self.countries: dict[str, list[str]] = {"inventor_country": [], "applicant_country": []}
        self.cited = CitedPatents()
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
        if not self._paths and tag != self.root:
            raise ImageDecodeError(f"{self.name}: a <{tag[:40]}>, not a <{self.root}>.")
        above = self._paths[-1] if self._paths else None
        path = f"{above}/{tag}" if above else "" if above is None else tag
        self._paths.append(path)
        if len(self._paths) > _DEPTH:
            raise ImageDecodeError(f"{self.name}: elements nested deeper than {_DEPTH}.")
        if path == _IMAGE and "file" in attributes:
            self.landscape[attributes["file"]] = attributes.get("orientation") == "landscape"
        # The words of a paragraph and of a claim go on inside <figref> and <claim-text>.
        if not path.startswith(self._flowing):
            self._words = []

    def text(self, words: str) -> None:
        """Words within an element; they may come in pieces."""
        self._words.append(words)

    def end(self, tag: str) -> None:
        """An element ends: its words are complete."""
        path = self._paths.pop()
        if not path.startswith(self._telling):
            return
        words = " ".join("".join(self._words).split())
        if path == self.paragraph:
            self.paragraphs.append(words)
        elif path == self.claim and words:
            self.found.setdefault("claim", words)
        else:
            self._keep(path, tag, words)

    def _keep(self, path: str, tag: str, words: str) -> None:
        """Keep the words of an element that ends; its path leaves the root out."""
        if path.startswith(self.bibliography):
            self._bibliography(path.removeprefix(self.bibliography), tag, words)

    def _citation(self, path: str, parts: Mapping[str, str], words: str) -> None:
        """Keep an element within a citation; its path there is empty for the citation itself."""
        if not path:
            self.cited.end()
        elif path in parts:
            self.cited.keep(parts[path], words)

    def _bibliography(self, path: str, tag: str, words: str) -> None:
        if path.startswith(_CITATIONS):
            citation = next(each for each in _CITATIONS if path.startswith(each))
            within = path.removeprefix(citation).removeprefix("/")
            self._citation(within, _CITED_PARTS, words)
        elif path in _SINGLE and words:
            self.found.setdefault(_SINGLE[path], words)
        elif path.endswith(_COUNTRY) and words:
            self._country(path, words)
        elif words and path.endswith(_NAMES):
            self._person.append(words)
        else:
            name = ", ".join(self._person)
            if tag in _PEOPLE:
                self.people[_PEOPLE[tag]].append(name)
            if path in _INVENTORS:
                self.people["inventors"].append(name)
        if tag in (*_PEOPLE, "inventor", "agent"):
            self._person = []

    def _country(self, path: str, words: str) -> None:
        """Keep the country of an inventor or an applicant."""
        if path.removesuffix(_COUNTRY) in _INVENTORS:
            self.countries["inventor_country"].append(words)
        elif path == _APPLICANT_COUNTRY:
            self.countries["applicant_country"].append(words)

    def grant(self) -> Grant:
        """What was found, in the forms the catalogue keeps."""
        found = dict(self.found)
        country, number = found.pop("country", "US"), found.pop("number", None)
        for key, form in _FORMS:
            if key in found:
                found[key] = form(found[key])
        numbers = {
            key: int(text)
            for key in ("term_years", "figure_count")
            if (text := found.pop(key, "")).isdecimal() and len(text) < 6
        }
        for role, countries in self.countries.items():
            if countries:
                found[role] = ", ".join(dict.fromkeys(countries))
        for role, names in self.people.items():
            known = dict.fromkeys(each for each in names if each)
            if known:
                found[role] = "; ".join(known)
        if self.cited.text:
            found[CITED] = self.cited.text
        patent = f"{country}{number}" if number else None
        return Grant(patent, {**found, **numbers}, view_names(self.paragraphs), self.landscape)


class _ApplicationReader(_Reader):
    """The same for applications as they are published."""

    root = "us-patent-application"
    bibliography = "us-bibliographic-data-application/"

    def grant(self) -> Grant:
        """What was found: an application has a day of publication, not of grant."""
        grant = super().grant()
        if "granted" in grant.metadata:
            grant.metadata["published"] = grant.metadata.pop("granted")
        return grant


class _OldReader(_Reader):
    """The same for grants of 2001 to 2004."""

    root = "PATDOC"
    bibliography = "SDOBI/"
    paragraph = _OLD_PARAGRAPH
    claim = _OLD_CLAIM

    def _keep(self, path: str, tag: str, words: str) -> None:
        """Keep the words of an element that ends; its path leaves the root out."""
        if path.startswith(_OLD_CITATION):
            within = path.removeprefix(_OLD_CITATION).removeprefix("/")
            self._citation(within, _OLD_CITED_PARTS, words)
        elif path in _OLD_SINGLE and words:
            self.found.setdefault(_OLD_SINGLE[path], words)
        elif path == f"{_OLD_INVENTOR}/ADR/CTRY/PDAT" and words:
            self.countries["inventor_country"].append(words)
        elif words and path.endswith(_OLD_NAMES):
            # A family name stands behind the others, and before them in later grants.
            self._person.insert(0 if "/SNM/" in path else len(self._person), words)
        elif path in (_OLD_INVENTOR, _OLD_ASSIGNEE):
            role = "inventors" if path == _OLD_INVENTOR else "assignee"
            self.people[role].append(", ".join(self._person))
        if tag == "PARTY-US":
            self._person = []


def _reader_of(data: bytes, name: str) -> _Reader:
    if _OLD_ROOT.search(data):
        return _OldReader(name)
    return (_ApplicationReader if _APPLICATION_ROOT.search(data) else _Reader)(name)
