"""Names of files that are no UTF-8, lone surrogates and formulas, in all that is written."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import zipfile

import pytest

import patentzoo as pz
from patentzoo.embedding.failures import write_failures
from patentzoo.index import build_index, repair_index, search
from patentzoo.reports import read_json
from patentzoo.results import Embeddings, Failure

if sys.platform in ("darwin", "win32"):  # their file systems know no such names
    pytest.skip("names of files are Unicode here", allow_module_level=True)

HALVES = {"title": "half \ud83d", "owner \udcff": "Ac\udce9me", "list": ["\udfff"]}


@pytest.fixture
def bytes_folder(draw, tmp_path):
    """A folder and a file in it whose names are no UTF-8."""
    folder = tmp_path / os.fsdecode(b"dr\xff")
    folder.mkdir()
    draw(1).save(folder / os.fsdecode(b"a\xfe.png"))
    draw(2).save(folder / "b.png")
    return folder


@pytest.fixture
def index(model, bytes_folder, tmp_path):
    return build_index(model, bytes_folder, path=tmp_path / "index")


def test_a_path_that_is_no_utf8_is_opened_again(index, bytes_folder, model):
    """By the picture of a hit, in a report, as a query and in a repair."""
    result = search(index, index[r"a\xfe.png"])
    assert result[0].path.endswith(r"dr\xff/a\xfe.png")
    assert result[0].image().mode == "L"
    assert "no picture" not in result._repr_html_()
    given = search(index, result[0].path, k=1)
    assert given.query == given[0].id == r"a\xfe.png"
    assert given[0].score > 0.999
    raw = search(index, bytes_folder / os.fsdecode(b"a\xfe.png"), k=1)
    assert (raw.query, raw[0].id) == (r"a\xfe.png", r"a\xfe.png")
    for file in index.path.glob("*.seg"):
        file.write_bytes(b"")
    changes = repair_index(index.path, model)
    assert (changes.added + changes.replaced, changes.failures) == (2, ())


def test_a_member_of_an_archive_in_such_a_folder(model, draw, bytes_folder):
    stream = io.BytesIO()
    draw(5).save(stream, "PNG")
    archive = bytes_folder / os.fsdecode(b"z\xfc.zip")
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("c/d.png", stream.getvalue())
    index = build_index(model, archive)
    assert search(index, draw(5))[0].image().size == index[index.ids[0]].image().size


def test_a_file_that_is_called_like_the_escapes_is_meant_first(model, draw, tmp_path):
    draw(3).save(tmp_path / r"c\xff.png")
    draw(4).save(tmp_path / os.fsdecode(b"c\xff.png"))
    index = build_index(model, tmp_path / r"c\xff.png")
    assert search(index, draw(3), k=1)[0].score > 0.999


@pytest.fixture
def odd(model, index, bytes_folder):
    """A result of odd names, with halves of characters in its metadata."""
    index.update({r"a\xfe.png": HALVES | {"patent": "D\udc80"}})
    return search(index, bytes_folder / os.fsdecode(b"a\xfe.png"))


def test_everything_that_is_written_is_utf8(odd, bytes_folder, tmp_path):
    for folder in (tmp_path, bytes_folder):
        for name, write in {
            "r.csv": odd.to_csv,
            "r.json": odd.to_json,
            "r.html": odd.save_html,
            "r.xlsx": odd.to_excel,
        }.items():
            text = write(folder / name)
            written = (folder / name).read_bytes()
            assert text is None or written.decode("utf-8") == text
    assert r"half \ud83d" in (tmp_path / "r.html").read_text(encoding="utf-8")
    (row, *_) = csv.DictReader(io.StringIO(odd.to_csv()))
    assert (row["patent"], row["title"], row[r"owner \xff"]) == (
        r"D\x80",
        r"half \ud83d",
        r"Ac\xe9me",
    )
    assert json.loads((tmp_path / "r.json").read_bytes())["hits"][0]["title"] == HALVES["title"]
    (again,) = read_json(tmp_path / "r.json")
    assert again[0].metadata["title"] == HALVES["title"]
    odd._repr_html_().encode()
    odd.to_pandas()
    odd.plot().savefig(tmp_path / "r.png")


def test_what_a_watch_and_a_list_of_failures_write(odd, index, model, tmp_path):
    vectors = Embeddings(
        index.vectors[:1],
        ["new \ud83d"],
        [{"patent": "N\udcff"}],
        index.model_name,
        index.fingerprint,
    )
    memory = tmp_path / "told.csv"
    found = pz.watch(index, vectors, min_score=0.9, memory=memory)
    assert len(found.rows()) == 1
    found.save_csv(tmp_path / "w.csv")
    found.save_html(tmp_path / "w.html")
    found.remember()
    assert not pz.watch(index, vectors, min_score=0.9, memory=memory)
    for name in ("w.csv", "w.html", "told.csv"):
        assert (tmp_path / name).read_text(encoding="utf-8")
    write_failures([Failure("\ud83d", "\udcff")], tmp_path / "f.csv")
    assert r"\ud83d,\udcff" in (tmp_path / "f.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("engine", ["flat", "hnsw"])
def test_an_index_may_lie_in_such_a_folder(model, draw, bytes_folder, engine):
    path = bytes_folder / "index"
    build_index(model, [draw(n) for n in range(8)], path=path, engine=engine)
    index = pz.load_index(path, model)
    index.add([("more", draw(9))])
    result = pz.search(index, draw(9), k=1)
    assert result[0].id == "more"
    result.save_html(bytes_folder / "r.html")
    result.to_json(bytes_folder / "r.json")


def test_on_the_command_line(run, model, index, bytes_folder, monkeypatch):
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: index)
    query = bytes_folder / os.fsdecode(b"a\xfe.png")
    code, printed, error = run("search", "index", query)
    assert (code, r"a\xfe.png" in printed) == (0, True), error
    printed.encode()
    code, printed, _ = run("search", "index", query, "--json")
    printed.encode()
    assert json.loads(printed)[0]["query"] == r"a\xfe.png"


FORMULAS = ("=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1")


def test_no_cell_of_a_table_is_a_formula(model, draw, tmp_path):
    """Titles come from strangers; what a spreadsheet opens computes nothing (CSV injection)."""
    images = [
        (f"={n}", draw(n), {"title": text, "patent": text, "=name": text})
        for n, text in enumerate(FORMULAS)
    ]
    index = build_index(model, images)
    result = search(index, draw(1))
    rows = list(csv.reader(io.StringIO(result.to_csv())))
    assert rows[0][-1] == "'=name"
    texts = [cell for row in rows for cell in row if cell.strip("-0123456789.e")]
    assert not [text for text in texts if text[0] in "=+-@\t\r"]
    assert {f"'{text}" for text in FORMULAS} <= set(texts)
    memory = tmp_path / "told.csv"
    found = pz.watch(index, [("n", draw(1), {"patent": "=new"})], min_score=0.99, memory=memory)
    found.save_csv(tmp_path / "w.csv")
    found.remember()
    assert not pz.watch(index, [("n", draw(1), {"patent": "=new"})], min_score=0.99, memory=memory)
    write_failures([Failure("=a", "=b")], tmp_path / "f.csv")
    for name in ("w.csv", "told.csv", "f.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert [cell for cell in cells if cell.startswith("'=")]
        assert not [cell for cell in cells if cell.startswith("=")]


def test_negative_scores_stay_numbers(model, draw):
    index = build_index(model, [draw(n) for n in range(6)])
    rows = list(csv.DictReader(io.StringIO(search(index, -index.vectors[0]).to_csv())))
    assert min(float(row["score"]) for row in rows) < 0


def test_a_printed_result_keeps_to_a_line_a_hit(model, draw):
    images = [("a\n   2  +0.999", draw(1), {"patent": "P\x1b[2J"}), ("b", draw(2))]
    lines = str(search(build_index(model, images), draw(1))).splitlines()
    assert len(lines) == 3
    assert r"P\x1b[2J  a\n   2  +0.999" in lines[1]
