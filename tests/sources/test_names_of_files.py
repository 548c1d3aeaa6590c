"""The names that law firms, offices and downloads give files: the right patent, or none."""

from __future__ import annotations

import pytest

from patentzoo.sources.patent_numbers import find_number

NUMBERED = {
    "USD0907292": """
        USD907292S.pdf
        USD907292S1.pdf
        US D907292 S1.pdf
        US_D907292_S1.pdf
        US-D907,292-S.pdf
        U.S. Patent D907,292.pdf
        U.S. Pat. No. D907,292.pdf
        US Patent D907292.pdf
        D907292 S1.pdf
        D907,292 S.PDF
        Des. 907,292.pdf
        Des.907292.pdf
        USDES907292.pdf
        Exhibit A - D907292.pdf
        Ex. 1001 - US D907,292 S1.pdf
        US0D0907292S.pdf
        US00D907292S120210105.pdf
        USD0907292-20210105.pdf
        USD0907292-20210105-D00001.TIF
        usd907292s1.pdf
        pat_D907292.pdf
        D907292_original.pdf
        D907292(S1).pdf
        [D907292] razor.pdf
        USD0907292S1_I.pdf
        USD907292 - Shaving blade cartridge.pdf
        US D907 292 S.pdf
        US.D907292.S1.pdf
        2021-01-05 USD907292S1.pdf
        12345-0001-US D907292.pdf
        EP_USD907292.pdf
        pdf-usd907292.pdf
        US%20D907292.pdf
        US+D907292+S1.pdf
    """,
    "USD1012345": """
        US D1,012,345 S1.pdf
        D1012345.pdf
        US-D1012345-S.pdf
        D 1,012,345.pdf
    """,
    "USRE049123": """
        USRE49123.pdf
        USRE049123E1.pdf
        US RE49,123 E.pdf
        US-RE49123-E.pdf
        RE 49123 E1.pdf
        USRE49123E1_en.pdf
        US00RE49123E1.pdf
    """,
    "US09876543": """
        US9876543.pdf
        US 9,876,543 B2.pdf
    """,
    "US10123456": """
        US_10123456_B1.pdf
    """,
    "US20180123456": """
        US-2018-0123456-A1.pdf
        US2018/0123456.pdf
        US 2018/0123456 A1.pdf
    """,
    "DM/204123": """
        DM204123.pdf
        DM 204123.pdf
        DM_204123.pdf
        WO DM 204123.pdf
        hague_DM204123.pdf
        WODM204123.pdf
    """,
    "DM/204123-001": """
        DM-204123-001.pdf
    """,
    "USD0204123": """
        D204123.pdf
    """,
    "DM/098765": """
        DM/098765.pdf
    """,
    "015014861-0001": """
        015014861-0001.pdf
        EM015014861-0001.pdf
        RCD 015014861-0001.pdf
        EM 015014861 0001.pdf
        EM0150148610001.pdf
        EM015014861-0001S.pdf
        EUIPO 015014861-0001.pdf
        EU015014861_0001.pdf
        EM0150148610001S.pdf
        RCD_015014861-0001_certificate.pdf
        REUD 015014861-0001.pdf
    """,
    "002345678-0012": """
        002345678-0012.pdf
    """,
    "CN305123456": """
        CN305123456S.pdf
        CN 305123456 S.pdf
        CN305123456.pdf
        CN-305123456-S.pdf
        CN305123456S_chair.pdf
    """,
    "CN2019301234567": """
        ZL201930123456.7.pdf
        ZL 2019 3 0123456.7.pdf
    """,
    "CN202130123456X": """
        CN202130123456.X.pdf
    """,
    "JP1654321": """
        JP1654321S.pdf
        JPD1654321.pdf
        JP D1654321 S.pdf
        JP-D1654321.pdf
        JP1654321.pdf
        JP 1654321 S.pdf
    """,
    "KR30-1012345": """
        KR30-1012345.pdf
        KR 30-1012345.pdf
        30-1012345.pdf
        KR301012345S.pdf
        KR3010123450000S1.pdf
        KR 30-1012345-0000 S.pdf
        KR301012345.pdf
    """,
    "WO2019123456": """
        WO2019123456A1.pdf
        WO 2019/123456 A1.pdf
        WO2019-123456.pdf
    """,
    "CA187654": """
        CA187654S.pdf
        CA 187654 S.pdf
    """,
    "AU201912345": """
        AU201912345S.pdf
        AU 201912345 S.pdf
    """,
    "GB6012345": """
        GB6012345S.pdf
        GB 6012345 S.pdf
    """,
    "GB90123456780001": """
        GB90123456780001S.pdf
    """,
}

NUMBERLESS = """
    D-907292.pdf
    D 907292.pdf
    Des 907292.pdf
    DES907292.pdf
    patentD907292.pdf
    USD12345.pdf
    D907.292.pdf
    D907_292.pdf
    RE49123.pdf
    Re. 49,123.pdf
    DM 204 123.pdf
    JPS1654321.pdf
    KR30-2019-0012345.pdf
    30-2019-0012345.pdf
    CA187654.pdf
    GB6012345.pdf
    scan_20210105_0001.pdf
    IMG_4711.pdf
    IMG_20210105_123456.pdf
    1920x1080.png
    screen 3840x2160.pdf
    v1.2.3.pdf
    report-v2.0.1.pdf
    chair_rev3_final.pdf
    +49 30 1234567.pdf
    030-1234567.pdf
    +49 (0)30-1234567.pdf
    Fax 0049 30-1234567.pdf
    Tel 30-1234567.pdf
    +1-202-555-0123.pdf
    (703) 308-4357.pdf
    703-308-4357.pdf
    invoice 2021-0001234.pdf
    invoice-012345678-0001.pdf
    INV-20210105-0001.pdf
    Rechnung 30-1234567.pdf
    RE12345.pdf
    RE-12345.pdf
    RE 2021-12345.pdf
    RE-2021-12345.pdf
    Rechnung RE20210012.pdf
    RE: 123456 chair.pdf
    Re 12345 our call.pdf
    order DM-123456.pdf
    D20210105.pdf
    D-00001.pdf
    D00001.pdf
    D012345.pdf
    US20210105.pdf
    US 20210105.pdf
    US-2021-01-05.pdf
    US_20210105_0001.pdf
    US20210105_1234567.pdf
    CN20210105.pdf
    JP20210105.pdf
    JP2021015.pdf
    KR20210105.pdf
    WO20210105.pdf
    CN2021.pdf
    20210105-0001.pdf
    012345678-0001.pdf
    0123456789.pdf
    0800-1234567.pdf
    30-6543210 phone.pdf
    ISBN 978-3-16-148410-0.pdf
    9783161484100.pdf
    ISO 9001-2015.pdf
    DIN 4711.pdf
    A4_300dpi.pdf
    300dpi_0001.pdf
    page 12 of 44.pdf
    12-345678.pdf
    29-123456.pdf
    29_123456 application.pdf
    Serial No. 29-907,292.pdf
    29/907,292.pdf
    29,907,292.pdf
    DSC_0001.pdf
    DSC01234.pdf
    PXL_20210105_123456789.pdf
    WhatsApp Image 2021-01-05 at 12.34.56.pdf
    Screenshot 2021-01-05 at 12.34.56.png
    Screenshot_20210105-123456.png
    2021_01_05_12_34_56.pdf
    1609804800.pdf
    1609804800123.pdf
    d41d8cd98f00b204e9800998ecf8427e.pdf
    a3f2-d907292b.pdf
    550e8400-e29b-41d4-a716-446655440000.pdf
    part 4711-0815.pdf
    SN123456789-0001.pdf
    P123456789-0001.pdf
    case_12345_US.pdf
    USB 1234567.pdf
    USA1234567.pdf
    US letter 850x1100.pdf
    US10.pdf
    USD 123456.pdf
    USD 12,500 invoice.pdf
    USD 1,250,000.pdf
    payment USD 50000.pdf
    USD-50000-offer.pdf
    US$ 907,292.pdf
    quote USD 907,292.00.pdf
    ED123456.pdf
    MOD907292.pdf
    CAD907292.pdf
    3D907292.pdf
    3D123456.pdf
    2D 123456.pdf
    R&D123456.pdf
    D1,2.pdf
    D1,23,456.pdf
    JP2-1234567.pdf
    Box 30-1234567 archive.pdf
    chair 30-0000000.pdf
    CAT123456S.pdf
    CAMERA_123456S.pdf
    AU123.pdf
    GB12345.pdf
    SA80 GB.pdf
    KR-30.pdf
    30-1012345678.pdf
    EM-1234.pdf
    EU 2016-679.pdf
    WO12345.pdf
    ZL123.pdf
    PP12345.pdf
    USD 907,292.00.pdf
    US19990105.pdf
    order DM-204123.pdf
    d1f2345-29b4.pdf
"""


def names(lines: str) -> list[str]:
    return [line.strip() for line in lines.strip().splitlines()]


@pytest.mark.parametrize(
    ("name", "patent"), [(name, each) for each, lines in NUMBERED.items() for name in names(lines)]
)
def test_a_name_says_its_patent(name: str, patent: str):
    found = find_number(name)
    assert found is not None
    assert found.id == patent


@pytest.mark.parametrize("name", names(NUMBERLESS))
def test_a_name_without_a_number_says_none(name: str):
    assert find_number(name) is None
