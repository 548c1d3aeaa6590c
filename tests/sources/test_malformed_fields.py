"""Each field of a grant by its path alone, and what becomes of malformed ones."""

from __future__ import annotations

from typing import Any

import pytest

from patentzoo.sources.grant_xml import read_grant

US = "us-patent-grant/us-bibliographic-data-grant"
APPLICATION = "us-patent-application/us-bibliographic-data-application"
OLD = "PATDOC/SDOBI"
OLD_PARTY = "PARTY-US/NAM"

NEW_FIELDS = {
    ("kind", "S1"): ("publication-reference/document-id/kind", "S1"),
    ("title", "Chair"): ("invention-title", "Chair"),
    ("locarno", "28-03"): ("classification-locarno/main-classification", "2803"),
    ("locarno_edition", "13"): ("classification-locarno/edition", "13"),
    ("us_class", "D28/47"): ("classification-national/main-classification", "D28 47"),
    ("filed", "2019-02-20"): ("application-reference/document-id/date", "20190220"),
    ("term_years", 15): ("us-term-of-grant/length-of-grant", "15"),
    ("figure_count", 8): ("figures/number-of-figures", "8"),
    ("inventors", "Doe"): ("us-parties/inventors/inventor/addressbook/last-name", "Doe"),
    ("inventor_country", "KR"): (
        "us-parties/inventors/inventor/addressbook/address/country",
        "KR",
    ),
    ("applicant", "BIC"): ("us-parties/us-applicants/us-applicant/addressbook/orgname", "BIC"),
    ("applicant_country", "GR"): (
        "us-parties/us-applicants/us-applicant/addressbook/address/country",
        "GR",
    ),
    ("assignee", "SMART"): ("assignees/assignee/addressbook/orgname", "SMART"),
    ("hague", "DM/204232"): (
        "hague-agreement-data/international-registration-number",
        "DM/204232",
    ),
    ("cited", "USD0151600"): (
        "us-references-cited/us-citation/patcit/document-id/doc-number",
        "D151600",
    ),
}
OLD_FIELDS = {
    ("kind", "S1"): ("B100/B130", "S1"),
    ("title", "Chair"): ("B500/B540/STEXT", "Chair"),
    ("locarno", "28-03"): ("B500/B510/B511", "2803"),
    ("locarno_edition", "7"): ("B500/B510/B516", "7"),
    ("us_class", "D28/47"): ("B500/B520/B521", "D28 47"),
    ("filed", "2000-06-13"): ("B200/B220/DATE", "20000613"),
    ("granted", "2002-01-29"): ("B100/B140/DATE", "20020129"),
    ("term_years", 14): ("B400/B472/B474", "14"),
    ("figure_count", 7): ("B500/B590/B596", "7"),
    ("inventors", "Doe"): (f"B700/B720/B721/{OLD_PARTY}/SNM/STEXT", "Doe"),
    ("inventor_country", "KR"): ("B700/B720/B721/PARTY-US/ADR/CTRY", "KR"),
    ("assignee", "SMART"): (f"B700/B730/B731/{OLD_PARTY}/ONM/STEXT", "SMART"),
    ("cited", "USD0151600"): ("B500/B560/B561/PCIT/DOC/DNUM", "D151600"),
}


def document(path: str, said: str) -> bytes:
    """Elements within one another, and text in the innermost."""
    names = path.split("/")
    opening = "".join(f"<{name}>" for name in names)
    return (opening + said + "".join(f"</{name}>" for name in reversed(names))).encode()


def fields(path: str, said: str) -> dict[str, Any]:
    return read_grant(document(path, said), "x.XML").metadata


@pytest.mark.parametrize(("field", "place"), NEW_FIELDS.items(), ids=str)
@pytest.mark.parametrize("root", [US, APPLICATION])
def test_a_field_is_read_from_its_path(field: tuple[str, Any], place: tuple[str, str], root: str):
    assert fields(f"{root}/{place[0]}", place[1]) == dict([field])
    assert fields(f"{root}/{place[0]}", " ") == {}
    if field[0] not in ("applicant", "assignee"):  # these by the name of their element
        assert fields(f"{root}/elsewhere/{place[0]}", place[1]) == {}


@pytest.mark.parametrize(("field", "place"), OLD_FIELDS.items(), ids=str)
def test_a_field_of_an_old_grant_is_read_from_its_path(
    field: tuple[str, Any], place: tuple[str, str]
):
    assert fields(f"{OLD}/{place[0]}/PDAT", place[1]) == dict([field])
    assert fields(f"{OLD}/{place[0]}/PDAT", " ") == {}


def test_before_2012_inventors_are_the_applicants():
    person = "parties/applicants/applicant/addressbook"
    assert fields(f"{US}/{person}/last-name", "Doe") == {"inventors": "Doe", "applicant": "Doe"}
    assert fields(f"{US}/references-cited/citation/patcit/document-id/doc-number", "D9") == {
        "cited": "USD0000009"
    }


@pytest.mark.parametrize(("root", "key"), [(US, "granted"), (APPLICATION, "published")])
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("20250204", "2025-02-04"),
        ("20250200", "2025-02"),
        ("20250000", "2025"),
        *((said, None) for said in ("20251304", "20250230", "20250004", "00000000", "today")),
    ],
)
def test_a_day_that_is_none_is_absent(root: str, key: str, said: str, kept: str | None):
    found = fields(f"{root}/publication-reference/document-id/date", said)
    assert found == ({key: kept} if kept else {})


@pytest.mark.parametrize(
    ("path", "said", "kept"),
    [
        ("classification-locarno/main-classification", "06-01", {"locarno": "06-01"}),
        ("classification-locarno/main-classification", "601", {"locarno": "06-01"}),
        ("classification-locarno/main-classification", "9999999", {}),
        ("us-term-of-grant/length-of-grant", "fifteen", {}),
        ("us-term-of-grant/length-of-grant", "-15", {}),
        ("figures/number-of-figures", "9" * 5000, {}),
        ("us-parties/inventors/inventor/addressbook/address/country", "unknown", {}),
        ("us-parties/inventors/inventor/addressbook/address/country", "kr", "KR"),
        ("us-references-cited/us-citation/patcit/document-id/doc-number", "---", {}),
    ],
)
def test_what_is_malformed_is_absent(path: str, said: str, kept: dict[str, str] | str):
    expected = {"inventor_country": kept} if isinstance(kept, str) else kept
    assert fields(f"{US}/{path}", said) == expected


def test_the_number_of_a_patent_has_no_commas():
    path = f"{US}/publication-reference/document-id/doc-number"
    assert read_grant(document(path, "D1,060,001"), "x.XML").patent == "USD1060001"
    assert read_grant(document(path, "-"), "x.XML").patent is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{US}/invention-title", "Chair <i>for</i> <b>H<sub>2</sub>O</b>"),
        (
            f"{OLD}/B500/B540/STEXT",
            "<PDAT>Chair </PDAT><HIL><ITALIC><PDAT>for</PDAT></ITALIC></HIL><PDAT> H</PDAT><HIL>"
            "<SB><PDAT>2</PDAT></SB></HIL><PDAT>O</PDAT>",
        ),
    ],
)
def test_words_set_apart_in_a_title_stay(path: str, said: str):
    assert fields(path, said) == {"title": "Chair for H2O"}


def test_the_first_of_two_titles_counts():
    said = "</invention-title><invention-title>Chair</invention-title><invention-title>Stool"
    assert fields(f"{US}/invention-title", said) == {"title": "Chair"}


def test_citations_within_one_another_and_of_books():
    cited = "<document-id><country>US</country><doc-number>%s</doc-number></document-id>"
    inner = f"<patcit>{cited % 'D2'}</patcit>"
    book = "</patcit><nplcit><othercit>book</othercit></nplcit><patcit>"
    found = fields(
        f"{US}/us-references-cited/us-citation/patcit", cited % "D1" + inner + book + cited % "D3"
    )
    assert found == {"cited": "USD0000001, USD0000003"}


def test_five_hundred_inventors_are_all_kept():
    person = "<inventor><addressbook><last-name>N%d</last-name></addressbook></inventor>"
    found = fields(f"{US}/us-parties/inventors", "".join(person % at for at in range(500)))
    assert found["inventors"].split("; ") == [f"N{at}" for at in range(500)]
