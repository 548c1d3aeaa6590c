"""The fields of grants of 2002, 2009 and 2025, and of an application, as their XML has them."""

from __future__ import annotations

import pytest

from patentzoo.sources.grant_sgml import as_xml
from patentzoo.sources.grant_xml import read_grant

# In the order, and with the open tags and named characters, of a grant in SGML (DTD 2.4).
GRANT_2002 = b"""<PATDOC DTD="2.4" STATUS="BUILD 20010518"><SDOBI><B100>
<B110><DNUM><PDAT>D0450001</PDAT></DNUM></B110><B130><PDAT>S1</PDAT></B130>
<B140><DATE><PDAT>20020129</PDAT></DATE></B140><B190><PDAT>US</PDAT></B190></B100>
<B200><B220><DATE><PDAT>20000613</PDAT></DATE></B220></B200>
<B400><B472><B474><PDAT>14</PDAT></B474></B472></B400>
<B500><B510><B511><PDAT>0601</PDAT></B511><B516><PDAT>7</PDAT></B516></B510>
<B520><B521><PDAT>D 6334</PDAT></B521></B520><B540><STEXT><PDAT>Chair</PDAT></STEXT></B540>
<B560><B561><PCIT><DOC><DNUM><PDAT>D164485</PDAT></DNUM></DOC><PARTY-US><NAM><SNM><STEXT>
<PDAT>Cited</PDAT></STEXT></SNM></NAM></PARTY-US></PCIT><CITED-BY-EXAMINER></B561>
<B562><NCIT><STEXT><PDAT>A catalogue; p. 37&mdash;chair.</PDAT></STEXT></NCIT><CITED-BY-OTHER>
</B562></B560><B590><B595><PDAT>5</PDAT></B595><B596><PDAT>7</PDAT></B596><B597US></B590></B500>
<B700><B720><B721><PARTY-US><NAM><FNM><PDAT>Ann</PDAT></FNM><SNM><STEXT><PDAT>Doe</PDAT></STEXT>
</SNM></NAM><ADR><CITY><PDAT>Seoul</PDAT></CITY><CTRY><PDAT>KR</PDAT></CTRY></ADR></PARTY-US></B721>
</B720><B730><B731><PARTY-US><NAM><ONM><STEXT><PDAT>Sit Ltd.</PDAT></STEXT></ONM></NAM><ADR><CTRY>
<PDAT>GB</PDAT></CTRY></ADR></PARTY-US></B731></B730><B740><B741><PARTY-US><NAM><ONM><STEXT>
<PDAT>Agents LLC</PDAT></STEXT></ONM></NAM></PARTY-US></B741></B740><B745><B746><PARTY-US><NAM>
<FNM><PDAT>An</PDAT></FNM><SNM><STEXT><PDAT>Examiner</PDAT></STEXT></SNM></NAM></PARTY-US></B746>
</B745></B700></SDOBI><SDODE><DRWDESC><BTEXT><PARA ID="P-1" LVL="7"><PTEXT><PDAT>FIG. 1 is a front
view of a chair;</PDAT></PTEXT></PARA></BTEXT></DRWDESC></SDODE><SDOCL><CL><CLM ID="CLM-00001">
<PARA ID="P-9" LVL="7"><PTEXT><PDAT>The ornamental design for a chair, as shown.</PDAT></PTEXT>
</PARA></CLM></CL></SDOCL><SDODR ID="DRAWINGS">
<EMI ID="EMI-D00001" FILE="USD0450001-20020129-D00001.TIF"></SDODR></PATDOC>"""

COMMON = b"""<publication-reference><document-id><country>US</country>
<doc-number>%s</doc-number><kind>S1</kind><date>%s</date></document-id></publication-reference>
<application-reference appl-type="design"><document-id><country>US</country>
<doc-number>29300001</doc-number><date>20071108</date></document-id></application-reference>
<us-term-of-grant><length-of-grant>%s</length-of-grant></us-term-of-grant>
<classification-locarno><edition>8</edition><main-classification>0601</main-classification>
</classification-locarno><classification-national><country>US</country>
<main-classification>D 6334</main-classification></classification-national>
<invention-title id="d0e61">Chair</invention-title>"""

CLAIM = b"""<claims id="claims"><claim id="CLM-00001" num="00001"><claim-text>The ornamental design
for <b>a chair</b>, as shown.</claim-text></claim></claims>"""

GRANT_2009 = (
    b"""<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v42-2006-08-23.dtd" [ ]>
<us-patent-grant><us-bibliographic-data-grant>"""
    + COMMON % (b"D0590001", b"20090414", b"14")
    + b"""<references-cited><citation><patcit num="00001"><document-id><country>US</country>
<doc-number>D164485</doc-number><kind>S</kind></document-id></patcit></citation></references-cited>
<figures><number-of-drawing-sheets>5</number-of-drawing-sheets><number-of-figures>7
</number-of-figures></figures><parties><applicants><applicant sequence="001"
app-type="applicant-inventor"><addressbook><last-name>Doe</last-name><first-name>Ann</first-name>
<address><city>Seoul</city><country>KR</country></address></addressbook><nationality><country>omitted
</country></nationality></applicant></applicants><agents><agent><addressbook><orgname>Agents LLC
</orgname><address><country>unknown</country></address></addressbook></agent></agents></parties>
<assignees><assignee><addressbook><orgname>Sit Ltd.</orgname><address><country>GB</country>
</address></addressbook></assignee></assignees></us-bibliographic-data-grant>"""
    + CLAIM
    + b"</us-patent-grant>"
)

GRANT_2025 = (
    b"""<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v47-2022-02-17.dtd" [ ]>
<us-patent-grant><us-bibliographic-data-grant>"""
    + COMMON % (b"D1060001", b"20250204", b"15")
    + b"""<us-references-cited><us-citation><patcit num="00001"><document-id><country>US</country>
<doc-number>D164485</doc-number></document-id></patcit></us-citation></us-references-cited>
<figures><number-of-figures>7</number-of-figures></figures><us-parties><us-applicants>
<us-applicant><addressbook><orgname>Sit Ltd.</orgname><address><country>GB</country></address>
</addressbook><residence><country>FR</country></residence></us-applicant></us-applicants><inventors>
<inventor><addressbook><last-name>Doe</last-name><first-name>Ann</first-name><address>
<country>KR</country></address></addressbook></inventor><inventor><addressbook>
<last-name>Roe</last-name><first-name>Bo</first-name><address><country>GB</country></address>
</addressbook></inventor></inventors></us-parties><hague-agreement-data>
<international-registration-number>DM/204232</international-registration-number>
</hague-agreement-data></us-bibliographic-data-grant>"""
    + CLAIM
    + b"</us-patent-grant>"
)

SHARED = {
    "kind": "S1",
    "title": "Chair",
    "locarno": "06-01",
    "us_class": "D6/334",
    "figure_count": 7,
    "cited": "USD0164485",
}


def test_the_fields_of_a_grant_of_2002_in_sgml():
    grant = read_grant(GRANT_2002, "x.XML")
    assert grant.patent == "USD0450001"
    assert grant.metadata == SHARED | {
        "locarno_edition": "7",
        "filed": "2000-06-13",
        "granted": "2002-01-29",
        "term_years": 14,
        "inventors": "Doe, Ann",
        "inventor_country": "KR",
        "assignee": "Sit Ltd.",
        "claim": "The ornamental design for a chair, as shown.",
    }
    assert grant.views == {"1": "front view"}


def test_the_fields_of_a_grant_of_2009():
    grant = read_grant(GRANT_2009, "x.XML")
    assert grant.patent == "USD0590001"
    assert grant.metadata == SHARED | {
        "locarno_edition": "8",
        "filed": "2007-11-08",
        "granted": "2009-04-14",
        "term_years": 14,
        "inventors": "Doe, Ann",
        "inventor_country": "KR",
        "applicant": "Doe, Ann",
        "assignee": "Sit Ltd.",
        "claim": "The ornamental design for a chair, as shown.",
    }


def test_the_fields_of_a_grant_of_2025():
    grant = read_grant(GRANT_2025, "x.XML")
    assert grant.patent == "USD1060001"
    assert grant.metadata == SHARED | {
        "locarno_edition": "8",
        "filed": "2007-11-08",
        "granted": "2025-02-04",
        "term_years": 15,
        "inventors": "Doe, Ann; Roe, Bo",
        "inventor_country": "KR, GB",
        "applicant": "Sit Ltd.",
        "applicant_country": "GB",
        "hague": "DM/204232",
        "claim": "The ornamental design for a chair, as shown.",
    }


def test_a_published_application_has_a_day_of_publication():
    data = GRANT_2025.replace(b"patent-grant", b"patent-application")
    data = data.replace(b"data-grant>", b"data-application>").replace(b"D1060001", b"20250012345")
    data = data.replace(b"<kind>S1", b"<kind>A1")
    grant = read_grant(data, "x.XML")
    assert grant.patent == "US20250012345"
    assert grant.metadata["published"] == "2025-02-04"
    assert "granted" not in grant.metadata
    assert grant.metadata["inventors"] == "Doe, Ann; Roe, Bo"


@pytest.mark.parametrize("grant", [GRANT_2002, GRANT_2009, GRANT_2025])
def test_what_is_empty_is_absent(grant):
    import re

    emptied = re.sub(rb">[^<>]+<", b"><", grant)
    assert read_grant(emptied, "x.XML").metadata == {}


def test_xml_stays_byte_for_byte():
    data = b'<PATDOC><B597US/><EMI ID="a" FILE="b.TIF"/><X>&amp;&#8212;&nonsense;</X></PATDOC>'
    assert as_xml(data) == data
    assert as_xml(b'<EMI FILE="b">&mdash;<B597US>') == b'<EMI FILE="b"/>&#8212;<B597US/>'


@pytest.mark.realdata
def test_every_real_grant_names_inventors_claim_and_term(shared):
    files = sorted((shared / "data" / "uspto-sample").glob("*/*.XML"))
    assert len(files) == 50
    for file in files:
        data = file.read_bytes()
        known = read_grant(data, file.name).metadata
        assert "ornamental design" in known["claim"], file.name
        assert known["term_years"] == 15, file.name
        assert known["inventors"].count("; ") == data.count(b"<inventor ") - 1, file.name
        assert ("hague" in known) == (b"<hague-agreement-data>" in data), file.name
        assert all(value != "" for value in known.values()), file.name
