"""Results as CSV, JSON, data frames and workbooks, and back from JSON."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

import patentzoo as pz
from patentzoo.errors import ConfigError, OutputError
from patentzoo.hit import Hit, SearchInfo, Treatment
from patentzoo.index.query.search_result import SearchResult
from patentzoo.reports import read_json, write_csv, write_json, write_report
from patentzoo.reports.facts import Facts, facts_of, patent_links

CHAIR = {
    **{"title": "=SUM(A1)", "granted": "2021-01-26", "locarno": "06-01", "us_class": "D6/371"},
    **{"assignee": "Acme", "applicant": "Somebody", "label": "FIG. 3", "view": "front view"},
    **{"box": [1, 2, 3, 4], "tags": ["a", "b"]},
}
INFO = SearchInfo("m", 7, "2026-01-02T03:04:05+00:00", "my.index", "year is 2019", "re-ranked")


@pytest.fixture
def result() -> SearchResult:
    figure = Hit(1, 0.987654321, "a.png", "USD0889851", "/x/a.png", 2, CHAIR)
    first = Hit(1, 0.987654321, "a.png", "USD0889851", "/x/a.png", 2, CHAIR, (figure,))
    hits = (first, Hit(2, 0.5, 'b,"\n.png'))
    return SearchResult("q.png", hits, ("q.png",), (Treatment("lines", 90, True),), info=INFO)


def test_ids_scores_and_titles(result: SearchResult):
    assert result.ids == ["a.png", 'b,"\n.png']
    assert result.scores == [0.987654321, 0.5]
    assert (result[0].title, result[1].title) == ("=SUM(A1)", None)


def test_a_csv_is_what_a_reader_of_csv_reads(result: SearchResult, tmp_path: Path):
    text = result.to_csv(tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text(encoding="utf-8") == text
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["query"], first["rank"], first["score"]) == ("q.png", "1", "0.9877")
    assert (first["owner"], first["granted"], first["view"]) == ("Acme", "2021-01-26", "front view")
    assert first["url"] == "https://patents.google.com/patent/USD889851S1/en"
    assert (first["path"], first["page"], json.loads(first["tags"])) == (
        "/x/a.png",
        "2",
        ["a", "b"],
    )
    assert (second["id"], second["patent"], second["owner"]) == ('b,"\n.png', "", "")
    assert len(write_csv([result, result]).splitlines()) == 2 * len(text.splitlines()) - 1


def test_json_comes_back_as_it_went(result: SearchResult, tmp_path: Path):
    result.to_json(tmp_path / "r.json")
    (back,) = read_json(tmp_path / "r.json")
    assert (back.query, back.info, back.treatment) == ("q.png", INFO, Treatment("lines", 90, True))
    assert [hit.score for hit in back] == [0.9877, 0.5]
    assert dict(back[0].metadata) == CHAIR
    assert [figure.page for figure in back[0].figures] == [2]
    assert write_csv(back) == result.to_csv()
    write_json([result, result], tmp_path / "two.json")
    assert len(read_json(tmp_path / "two.json")) == 2
    write_json([result], tmp_path / "two.json")  # may be written again
    assert len(read_json(tmp_path / "two.json")) == 1


@pytest.mark.parametrize("text", ["", "{}", "7", '[{"query": "q"}]', '{"query": 1, "hits": [1]}'])
def test_what_is_no_saved_result_is_said(text: str, tmp_path: Path):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(ConfigError, match=r"r\.json holds no search results"):
        read_json(tmp_path / "r.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_json(tmp_path / "none.json")


@pytest.mark.parametrize("write", ["to_csv", "to_json", "to_excel", "save_html"])
def test_only_files_of_their_kind_are_written_again(
    result: SearchResult, tmp_path: Path, write: str
):
    if write == "to_excel":
        pytest.importorskip("openpyxl")
    file = tmp_path / "file"
    getattr(result, write)(file)
    content = file.stat().st_size
    getattr(result, write)(file)
    assert abs(file.stat().st_size - content) < 100
    file.write_text("dear to somebody")
    with pytest.raises(OutputError, match="nothing was changed"):
        getattr(result, write)(file)
    assert file.read_text() == "dear to somebody"


def test_a_data_frame(result: SearchResult):
    pytest.importorskip("pandas")
    frame = result.to_pandas()
    assert list(frame["id"]) == result.ids
    assert frame["owner"][0] == "Acme"
    assert list(frame.columns) == result.to_csv().splitlines()[0].split(",")


def test_a_workbook_has_links_and_pictures_and_no_formula(folder: Path, model, tmp_path: Path):
    openpyxl = pytest.importorskip("openpyxl")
    names = sorted(path.name for path in folder.glob("*.png"))
    index = pz.build_index(model, folder, metadata={name: {"title": "=1+1\x07"} for name in names})
    found = index.search(folder / names[0], k=3)
    found.to_excel(tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, sheet[2], strict=True))
    assert (row["title"].value, row["title"].data_type) == ("=1+1\ufffd", "s")
    assert row["id"].value == found[0].id
    assert row["score"].value == pytest.approx(found[0].score, abs=1e-4)
    assert len(sheet._images) == 3
    with zipfile.ZipFile(tmp_path / "r.xlsx") as opened:
        assert b"<f>" not in opened.read("xl/worksheets/sheet1.xml")
    found.to_excel(tmp_path / "r.xlsx", pictures=False)
    assert not openpyxl.load_workbook(tmp_path / "r.xlsx").active._images


@pytest.mark.parametrize(
    ("patent", "page", "office"),
    [
        ("USD0889851", "patents.google.com/patent/USD889851S1/en", "downloadPdf/D889851"),
        ("D889,851", "patents.google.com/patent/USD889851S1/en", "downloadPdf/D889851"),
        ("USD0426073", "patents.google.com/patent/USD426073S/en", "downloadPdf/D426073"),
        ("US10123456B2", "patents.google.com/patent/US10123456B2/en", "downloadPdf/10123456"),
        ("EM015014861-0001", "designs/015014861-0001", "designs/015014861-0001"),
        ("LD000001", "", ""),
        ("javascript:alert(1)", "", ""),
        (None, "", ""),
    ],
)
def test_links_of_a_patent(patent: str | None, page: str, office: str):
    first, second = patent_links(patent)
    assert first.endswith(page)
    assert second.endswith(office)
    assert bool(first) == bool(page)


def test_an_address_in_the_metadata_is_the_page_unless_it_would_run():
    kept = Hit(1, 0.5, "a", "USD0889851", None, None, {"url": "https://example.org/1"})
    assert facts_of(kept).page_url == "https://example.org/1"
    evil = Hit(1, 0.5, "a", None, None, None, {"url": "javascript:alert(1)"})
    assert facts_of(evil) == Facts()


def test_a_report_says_what_was_searched_and_of_whom_a_hit_is(result: SearchResult, tmp_path: Path):
    write_report(result, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    for words in ("my.index", "2026-01-02 03:04:05 UTC", "year is 2019", "re-ranked"):
        assert f"<dd>{words}</dd>" in page
    for words in ("2021-01-26 · Locarno 06-01 · US D6/371", "Acme", "FIG. 3 · front view"):
        assert f'<p class="fact">{words}</p>' in page
    assert 'href="https://patents.google.com/patent/USD889851S1/en"' in page
    assert "turned 90° clockwise" in page
    before = page.partition("<details>")[0]
    assert "/x/a.png" not in before
    shown = result._repr_html_()
    assert all(each in shown for each in ("Acme", "FIG. 3", "2021-01-26", "year is 2019"))


def test_two_searches_of_different_indexes_have_no_common_head(
    result: SearchResult, tmp_path: Path
):
    other = SearchResult("p", (), info=SearchInfo("m", 8, INFO.searched_at))
    write_report([result, other], tmp_path / "r.html")
    assert "<dl>" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_what_a_score_means_is_said_wherever_it_is_known(result: SearchResult, tmp_path: Path):
    meaning = {"percentile": 99.54321, "closeness": "very like"}
    known = Hit(1, 0.91, "a.png", metadata={"year": 2019}, **meaning)
    asked = SearchResult("q.png", (known,))
    header, row = asked.to_csv(tmp_path / "r.csv").splitlines()
    assert header.startswith("query,rank,score,percentile,closeness,patent,")
    assert row.startswith("q.png,1,0.91,99.5,very like,,")
    asked.to_csv(tmp_path / "r.csv")  # a file of its kind
    assert "closeness" not in result.to_csv()
    asked.to_json(tmp_path / "r.json")
    (back,) = read_json(tmp_path / "r.json")
    assert (back[0].percentile, back[0].closeness) == (99.5, "very like")
    assert back[0].metadata == {"year": 2019}
    asked.save_html(tmp_path / "r.html")
    assert "0.910 · very\N{NO-BREAK SPACE}like (99.5 %)" in (tmp_path / "r.html").read_text(
        encoding="utf-8"
    )
    assert "0.910 · very like (99.5 %)" in asked._repr_html_()
    assert "(99" not in result._repr_html_()


@pytest.mark.parametrize("wrong", [".csv", ".json", ".html", ".xlsx", ".XLS"])
def test_a_name_that_tells_of_another_kind_of_file_is_refused(
    result: SearchResult, tmp_path: Path, wrong: str
):
    """A workbook called .csv opens in no program as what its name says."""
    target = tmp_path / f"hits{wrong}"
    writers = {
        ".csv": result.to_csv,
        ".json": result.to_json,
        ".html": result.save_html,
        ".xlsx": result.to_excel,
    }
    for right, write in writers.items():
        if right == wrong:
            continue
        with pytest.raises(OutputError, match=rf"is no {wrong[1:].lower()} file.*ends in {right}"):
            write(target)
        assert not target.exists()
        write(tmp_path / f"hits{right.upper()}")
        write(tmp_path / f"of-{right[1:]}")  # without an ending it tells of none
