"""The XML of a grant: what is read, and what is refused."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from sheets import grant_files, grant_xml, lay

from patentzoo.errors import ImageDecodeError
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, read_pages
from patentzoo.sources.grant_forms import Grant
from patentzoo.sources.grant_xml import read_grant
from patentzoo.sources.view_names import view_names


def test_the_catalogue_is_filled():
    grant = read_grant(grant_xml(landscape=[2]), "x.XML")
    assert grant.patent == "USD0907292"
    assert grant.metadata == {
        "title": "Chair & table",
        "locarno": "06-01",
        "locarno_edition": "13",
        "us_class": "D6/334",
        "filed": "2019-02-20",
        "granted": "2021-01-05",
        "inventors": "Doe, Ann",
        "inventor_country": "GB",
        "applicant": "Sit Ltd.",
        "applicant_country": "GB",
        "assignee": "Sit Holding",
    }
    assert grant.views == {
        "1": "front perspective view",
        "2": "left side view",
        "3": "top plan view",
    }
    assert [name for name, lying in grant.landscape.items() if lying] == [
        "USD0907292-20210105-D00002.TIF"
    ]


def test_kind_term_and_figure_count_are_read_where_they_are_given():
    bibliography = (
        b"<publication-reference><document-id><country>US</country><doc-number>D0907292"
        b"</doc-number><kind>S1</kind></document-id></publication-reference>"
        b"<us-term-of-grant><length-of-grant>%s</length-of-grant></us-term-of-grant>"
        b"<figures><number-of-figures>8</number-of-figures></figures>"
    )
    whole = (
        b"<us-patent-grant><us-bibliographic-data-grant>%s</us-bibliographic-data-grant>"
        b"</us-patent-grant>"
    )
    known = read_grant(whole % (bibliography % b"15"), "x.XML").metadata
    assert known == {"kind": "S1", "term_years": 15, "figure_count": 8}
    odd = read_grant(whole % (bibliography % b"fifteen"), "x.XML").metadata
    assert "term_years" not in odd


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("FIG. 1 is a front perspective view of a chair;", {"1": "front perspective view"}),
        ("FIG. 3A is left side view of the cap.", {"3A": "left side view"}),
        ("FIGS. 2 and 4 are side views thereof;", {"2": "side views", "4": "side views"}),
        ("FIGS. 1-3 show perspective views", {str(n): "perspective views" for n in (1, 2, 3)}),
        ("FIG. 5 is a front elevational of the housing", {"5": "front elevational"}),
        ("FIG. 6 is a front elevational view of it", {"6": "front elevational view"}),
        ("The FIGURE is a front view of a screen", {"1": "front view"}),
        ("1.2 : Front", {"1.2": "Front"}),
        ("The broken lines form no part of the design.", {}),
        ("FIG. 4 a perspective view thereof.", {"4": "perspective view"}),
        ("1.8 is an enlarged partial view; and", {"1.8": "enlarged partial view"}),
        ("FIG. 7", {}),
        ("FIG. 7, like the others, has no verb", {}),
        ("", {}),
        ("FIGS. 1-999 are views", {"1": "views", "999": "views"}),  # no range of that length
    ],
)
def test_names_of_views(sentence, names):
    assert view_names([sentence]) == names


def test_the_first_name_of_a_figure_stays():
    assert view_names(["FIG. 1 is a top view;", "FIG. 1 is a side view."]) == {"1": "top view"}


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE us-patent-grant [%s]>
<us-patent-grant><us-bibliographic-data-grant><invention-title>&x;</invention-title>
</us-bibliographic-data-grant></us-patent-grant>"""


@pytest.mark.parametrize(
    "declared",
    [
        b'<!ENTITY x "boom">',
        b'<!ENTITY x SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!ENTITY a "aaaaaaaaaa"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
    ],
)
def test_a_file_that_declares_entities_is_refused(declared):
    with pytest.raises(ImageDecodeError, match=r"x\.XML: declares the entity"):
        read_grant(ENTITY % declared, "x.XML")


def test_an_entity_that_is_not_declared_is_not_looked_for(tmp_path):
    (tmp_path / "x.dtd").write_text('<!ENTITY x "from outside">')
    data = ENTITY % b""
    data = data.replace(
        b"us-patent-grant []", b'us-patent-grant SYSTEM "%s/x.dtd"' % bytes(tmp_path)
    )
    with suppress(ImageDecodeError):
        assert "title" not in read_grant(data, "x.XML").metadata


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<html/>",
        grant_xml()[:800],
        b"<us-patent-grant>" + b"<a>" * 500,
        b"\xff\xfe\x00<",
        b'<?xml version="1.0" encoding="nonsense"?><us-patent-grant/>',
    ],
)
def test_other_files_are_refused(data):
    with pytest.raises(ImageDecodeError, match=r"^x\.XML: "):
        read_grant(data, "x.XML")


def test_a_grant_without_details_is_a_grant():
    grant = read_grant(b"<us-patent-grant/>", "x.XML")
    assert (grant.patent, grant.metadata, grant.views) == (None, {}, {})


def test_sheets_are_read_although_their_xml_is_refused(tmp_path):
    name, files = grant_files()
    files[f"{name}.XML"] = ENTITY % b'<!ENTITY x "boom">'
    sources = list(iter_sources(lay(tmp_path, files), ReadOptions(figures="whole")))
    assert [source.id for source in sources] == [
        f"{name}.XML",
        *(f"{name}-D0000{n}.TIF" for n in range(3)),
    ]
    with pytest.raises(ImageDecodeError, match="declares the entity"):
        sources[0].read()
    assert [source.read()[0].patent for source in sources[1:]] == ["USD0907292"] * 3


def test_sheets_given_one_by_one_share_one_reading_of_their_grant(tmp_path, monkeypatch):
    """It takes as long as half of a sheet, and stood in the way of each one."""
    read: list[str] = []

    def reading(data: bytes, name: str) -> Grant:
        read.append(name)
        return read_grant(data, name)

    monkeypatch.setattr("patentzoo.sources.paths.read_grant", reading)
    name, files = grant_files()
    lay(tmp_path, files)
    sheets = sorted(tmp_path.glob("*.TIF"))

    def views() -> set[str]:
        found = iter_sources([str(each) for each in sheets], ReadOptions(figures="whole"))
        return {source.views["1"] for source in found}

    assert views() == views() == {"front perspective view"}
    assert read == [f"{name}.XML"]
    xml = tmp_path / f"{name}.XML"
    xml.write_bytes(xml.read_bytes().replace(b"front perspective", b"upper rear"))
    assert views() == {"upper rear view"}
    assert len(read) == 2


def test_what_the_user_says_comes_before_the_xml(tmp_path):
    _, files = grant_files()
    options = ReadOptions(figures="whole", label=lambda *_: None)
    assert read_pages(lay(tmp_path, files), options)[0].metadata["locarno"] == "06-01"


@pytest.mark.realdata
def test_every_real_grant_is_read(shared: Path):
    files = sorted((shared / "data" / "uspto-sample").glob("*/*.XML"))
    assert len(files) == 50
    for file in files:
        grant = read_grant(file.read_bytes(), file.name)
        assert grant.patent == file.name[:10]
        assert {"title", "locarno", "us_class", "filed", "granted"} <= set(grant.metadata)
        sheets = {path.name for path in file.parent.glob("*.TIF")}
        assert sheets <= set(grant.landscape)
        described = file.read_text(encoding="utf-8").split("description-of-drawings>")[1]
        leads = re.findall(r"<p [^>]*><figref[^>]*>(?:FIGS?\. )?([^<]+)</figref>", described)
        alone = ["1"] if "The FIGURE is" in described else []
        assert set(grant.views) == {*map(str.strip, leads), *alone}
