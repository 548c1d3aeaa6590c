"""One right, one id, however its number is written."""

from __future__ import annotations

import pytest

from patentzoo.sources.patent_numbers import find_date, find_number

DESIGN = ("USD0889851", "US")


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [
        ("171-USD889851.pdf", DESIGN, "S"),
        ("US-D889851-S1.pdf", DESIGN, "S1"),
        ("D889,851.pdf", DESIGN, "S"),
        ("US00D889851S1.pdf", DESIGN, "S1"),
        ("USD889851.pdf", DESIGN, "S"),
        ("USD0889851S1.pdf", DESIGN, "S1"),
        ("d889851.pdf", DESIGN, "S"),
        ("US D889,851 S", DESIGN, "S"),
        ("chair US_D889851_S1 (2).pdf", DESIGN, "S1"),
        ("Des. 345,678", ("USD0345678", "US"), "S"),
        ("USD1012345S1.pdf", ("USD1012345", "US"), "S1"),
        ("D1,012,345", ("USD1012345", "US"), "S"),
        ("USRE49123.pdf", ("USRE049123", "US"), "E"),
        ("US-RE49123-E1.pdf", ("USRE049123", "US"), "E1"),
        ("RE49,123", ("USRE049123", "US"), "E"),
        ("USPP31234P2.pdf", ("USPP031234", "US"), "P2"),
        ("US9876543B2.pdf", ("US09876543", "US"), "B2"),
        ("US10123456B1", ("US10123456", "US"), "B1"),
        ("US20180123456A1.pdf", ("US20180123456", "US"), "A1"),
        ("DM-204123.pdf", ("DM/204123", "WO"), "S"),
        ("DM/204123", ("DM/204123", "WO"), "S"),
        ("DM204123-002.pdf", ("DM/204123-002", "WO"), "S"),
        ("WOD204123-001.pdf", ("DM/204123-001", "WO"), "S"),
        ("015012345-0001.pdf", ("015012345-0001", "EM"), "S"),
        ("RCD-002345678-0012.tif", ("002345678-0012", "EM"), "S"),
        ("CN305123456S.pdf", ("CN305123456", "CN"), "S"),
        ("ZL201930123456.7.pdf", ("CN2019301234567", "CN"), "S"),
        ("JPD1654321S.pdf", ("JP1654321", "JP"), "S"),
        ("JP1654321S", ("JP1654321", "JP"), "S"),
        ("KR30-1012345.pdf", ("KR30-1012345", "KR"), "S"),
        ("KR3010123450000S.pdf", ("KR30-1012345", "KR"), "S"),
        ("30-1012345-0000.pdf", ("KR30-1012345", "KR"), "S"),
        ("WO2019123456A1.pdf", ("WO2019123456", "WO"), "A1"),
        ("WO 2019/123456", ("WO2019123456", "WO"), ""),
    ],
)
def test_a_number_has_one_id(text: str, expected: tuple[str, str], kind: str):
    found = find_number(text)
    assert found is not None
    assert (found.id, found.country) == expected
    assert found.kind == kind
    assert found.metadata == {"country": expected[1]} | ({"kind": kind} if kind else {})


@pytest.mark.parametrize(
    "text",
    [
        *("1.pdf", "scan 2021-04-03.pdf", "20210105.pdf", "IMG_20210105_123456.jpg"),
        *("LD000012-D00003.png", "chair-D000011.png", "WhatsApp Image 2024-01-02 at 10.11.12.jpeg"),
        *("D12.pdf", "USB1234567.png", "DSC01234.JPG", "DM12.pdf", "ID889851.png", "123456.pdf"),
        *("30-12.pdf", "AUSD889851.pdf", "D889851x.png", "FIG. 123", "US.pdf"),
        *("+49 030 1234567-0001.pdf", "order-123456789-0001.pdf"),
    ],
)
def test_what_is_no_number_is_none(text: str):
    assert find_number(text) is None


def test_of_two_numbers_the_first_counts():
    found = find_number("US D889,851 S cites D123,456")
    assert found is not None
    assert found.id == "USD0889851"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("U.S. Patent  Jun. 16, 2020  Sheet 1 of 4", "2020-06-16"),
        ("(45) Date of Patent: ** Sept. 1,2015", "2015-09-01"),
        ("May 5, 2009", "2009-05-05"),
        ("Sheet 1 of 4", None),
        ("Foo. 12, 2020", None),
    ],
)
def test_dates_are_read_as_the_office_prints_them(text: str, iso: str | None):
    assert find_date(text) == iso
