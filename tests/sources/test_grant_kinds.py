"""Weekly archives of all kinds of grants: which files are drawings, and which are left out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from sheets import encoded, grant_files, grant_xml, lay, sheet, tarred, zipped

from patentzoo.images import SkippedPage
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources
from patentzoo.sources.grant_xml import read_grant

DRAWING = encoded(sheet(3, (300, 400)))


def utility(number: str = "11212345", pictures: str = "DCMT") -> dict[str, bytes]:
    name = f"US{number}-20220104"
    files = {f"{name}-{letter}00001.TIF": DRAWING for letter in pictures}
    return {f"{name}.XML": grant_xml(number, 0), **files}


def weekly(grants: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    return {
        f"I20220104/X/{name}.ZIP": zipped({f"{name}/{file}": data for file, data in files.items()})
        for name, files in grants.items()
    }


@pytest.fixture
def grants() -> dict[str, dict[str, bytes]]:
    design, files = grant_files("D0907292", 1)
    empty = {"USD0907299-20210105.XML": grant_xml("D0907299", 0)}
    return {
        design: files,
        "USD0907299-20210105": empty,
        "US11212345-20220104": utility(),
        "USPP033333-20220104": utility("PP033333", "D"),
        "USRE048877-20220104": utility("RE048877", "D"),
    }


def pack(grants, form: str, tmp_path: Path) -> Path:
    archive = tmp_path / f"I20220104.{form}"
    if form == "folder":
        flat = {f"{n}/{file}": data for n, files in grants.items() for file, data in files.items()}
        return lay(archive, flat)
    if form == "zips":
        return lay(archive, weekly(grants))
    archive.write_bytes(tarred(weekly(grants), "w:gz" if form == "tar.gz" else "w"))
    return archive


def read(path: Path, **options) -> tuple[set[str], Counter[str]]:
    """The files whose pages were read, and how many of each kind were left out."""
    given = ReadOptions(figures="whole", **options)
    events = [event for source in iter_sources(path, given) for _, event in source.events()]
    assert not [each for each in events if isinstance(each, Exception)]
    pages = {each.id.rsplit("/")[-1] for each in events if not isinstance(each, SkippedPage)}
    return pages, Counter(each.kind for each in events if isinstance(each, SkippedPage))


FORMS = ["tar", "tar.gz", "zips", "folder"]


@pytest.mark.parametrize("form", FORMS)
def test_only_drawings_are_taken(tmp_path, grants, form):
    pages, left_out = read(pack(grants, form, tmp_path))
    assert pages == {
        "USD0907292-20210105-D00000.TIF",
        "USD0907292-20210105-D00001.TIF",
        "US11212345-20220104-D00001.TIF",
        "USPP033333-20220104-D00001.TIF",
        "USRE048877-20220104-D00001.TIF",
    }
    assert left_out["pictures of formulas or tables"] == 3
    # A folder of plain files does not tell a grant without any.
    assert left_out["grants without drawings"] == (form != "folder")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "begins"),
    [("design", "USD"), ("utility", "US1"), ("plant", "USPP"), ("reissue", "USRE")],
)
def test_grants_of_other_kinds_are_left_out(tmp_path, grants, form, kind, begins):
    pages, left_out = read(pack(grants, form, tmp_path), kind=kind)
    assert pages
    assert all(page.startswith(begins) for page in pages)
    assert left_out["files of grants of other kinds"] >= 3


def test_what_is_no_grant_is_always_taken(tmp_path):
    root = lay(tmp_path, {"chair-C00001.png": encoded(sheet(1, (60, 80)), "PNG")})
    assert read(root, kind="design") == ({"chair-C00001.png"}, Counter())


def test_the_xml_tells_the_kind_where_the_name_does_not(tmp_path):
    files = {"g-D00001.TIF": DRAWING, "g.XML": grant_xml("11212345", 1)}
    assert read(lay(tmp_path, files), kind="utility")[0] == {"g-D00001.TIF"}
    assert read(tmp_path, kind="design") == (
        set(),
        Counter({"files of grants of other kinds": 1}),
    )


def test_an_archive_in_a_folder_may_hold_no_images(tmp_path):
    picture = encoded(sheet(1, (60, 80)), "PNG")
    root = lay(tmp_path, {"fonts.zip": zipped({"a.ttf": b"x"}), "a.png": picture})
    assert read(root) == ({"a.png"}, Counter({"archives without images": 1}))


def test_the_counts_stand_in_the_log(tmp_path, grants, caplog, model):
    import patentzoo as pz

    archive = pack(grants, "tar", tmp_path)
    with caplog.at_level(logging.WARNING):
        found = pz.embed(model, archive, figures="whole", kind="design")
    assert len(found) == 2
    assert "left out: 3 files of grants of other kinds, 1 grants without drawings" in caplog.text


def test_what_macos_adds_to_a_zip_is_no_image(tmp_path):
    picture = encoded(sheet(1, (60, 80)), "PNG")
    added = {"__MACOSX/s/._a.png": b"\0\5\x16\7", "__MACOSX/._in.zip": b"\0\5\x16\7"}
    files = {"s/a.png": picture, "s/.DS_Store": b"x", "s/._b.png": b"\0\5\x16\7", **added}
    for name, data in {"s.zip": zipped(files), "t.tar.gz": tarred(files, "w:gz")}.items():
        (tmp_path / name).write_bytes(data)
        assert read(tmp_path / name) == ({"a.png"}, Counter())


NDATA = b"""<?xml version="1.0"?>
<!DOCTYPE us-patent-grant SYSTEM "ST32-US-Grant-025xml.dtd" [
<!NOTATION TIF SYSTEM "">
<!ENTITY USD0452367-20020101-D00000.TIF SYSTEM "USD0452367-20020101-D00000.TIF" NDATA TIF>
%s]>"""


def with_declarations(more: bytes = b"") -> bytes:
    return NDATA % more + grant_xml("D0452367").split(b"[ ]>")[1]


def test_unparsed_entities_may_be_declared():
    assert read_grant(with_declarations(), "x.XML").patent == "USD0452367"


OLD = b"""<PATDOC DTD="2.5" STATUS="BUILD 20011121"><SDOBI><B100>
<B110><DNUM><PDAT>D0452367</PDAT></DNUM></B110><B140><DATE><PDAT>20020101</PDAT></DATE></B140>
<B190><PDAT>US</PDAT></B190></B100><B200><B220><DATE><PDAT>20010307</PDAT></DATE></B220></B200>
<B500><B510><B511><PDAT>0601</PDAT></B511><B516><PDAT>7</PDAT></B516></B510><B520><B521>
<PDAT>D 6334</PDAT></B521></B520><B540><STEXT><PDAT>Chair &amp; table</PDAT></STEXT></B540></B500>
<B700><B730><B731><PARTY-US><NAM><ONM><STEXT><PDAT>Sit Ltd.</PDAT></STEXT></ONM></NAM></PARTY-US>
</B731></B730></B700></SDOBI><SDODE><DRWDESC><BTEXT><PARA ID="P-1" LVL="0"><PTEXT><PDAT>
<FGREF>FIG. 1</FGREF> is a front view of a chair;</PDAT></PTEXT></PARA></BTEXT></DRWDESC></SDODE>
</PATDOC>"""


def test_a_grant_of_2002_fills_the_catalogue():
    declared = (NDATA % b"").replace(b"DOCTYPE us-patent-grant", b"DOCTYPE PATDOC")
    grant = read_grant(declared + OLD, "x.XML")
    assert grant.patent == "USD0452367"
    assert grant.metadata == {
        "title": "Chair & table",
        "locarno": "06-01",
        "locarno_edition": "7",
        "us_class": "D6/334",
        "filed": "2001-03-07",
        "granted": "2002-01-01",
        "assignee": "Sit Ltd.",
    }
    assert grant.views == {"1": "front view"}


@pytest.mark.parametrize(
    "declared",
    [b'<!ENTITY x "boom">', b'<!ENTITY x SYSTEM "x.txt">', b'<!ENTITY % x "boom">'],
)
def test_other_entities_are_refused_beside_them(declared):
    from patentzoo.errors import ImageDecodeError

    with pytest.raises(ImageDecodeError, match="declares the entity"):
        read_grant(with_declarations(declared), "x.XML")


def picture(seed: int) -> bytes:
    return encoded(sheet(seed, (60, 80)), "PNG")


def ids_of(root: Path) -> tuple[list[str], list[str]]:
    sources = list(iter_sources(root))
    left_out = [source.id for source in sources if source.left_out]
    taken = [source.id for source in sources if not source.left_out]
    assert len(set(taken)) == len(taken)
    return sorted(taken), left_out


def test_an_archive_beside_its_unpacked_folder_adds_only_what_differs(tmp_path):
    files = {"a.png": picture(1), "b/c.png": picture(2), "d.png": picture(3)}
    unpacked = {f"s/{name}": data for name, data in files.items() if name != "d.png"}
    unpacked["s/b/c.png"] = picture(9)
    root = lay(tmp_path / "root", {"s.zip": zipped(files), **unpacked})
    taken, left_out = ids_of(root)
    assert taken == ["s.zip/b/c.png", "s/a.png", "s/b/c.png", "s/d.png"]
    assert left_out == ["s.zip/a.png"]


def test_archives_of_one_stem_have_ids_of_their_own(tmp_path):
    first, second = {"a.png": picture(1)}, {"a.png": picture(2)}
    lay(tmp_path, {"s.tar": tarred(first), "s.zip": zipped(second), "t.zip": zipped(first)})
    assert ids_of(tmp_path)[0] == ["s.zip/a.png", "s/a.png", "t/a.png"]
    (tmp_path / "s.zip").write_bytes(zipped(first))
    assert ids_of(tmp_path) == (["s/a.png", "t/a.png"], ["s.zip/a.png"])


def test_within_an_archive_it_is_the_same(tmp_path):
    files = {"a.png": picture(1), "b.png": picture(2)}
    beside = {"x/s.zip": zipped(files), "x/s/a.png": files["a.png"], "x/s/b.png": picture(5)}
    (tmp_path / "w.tar").write_bytes(tarred(beside))
    taken, left_out = ids_of(tmp_path / "w.tar")
    assert taken == ["x/s.zip/b.png", "x/s/a.png", "x/s/b.png"]
    assert left_out == ["x/s.zip/a.png"]
