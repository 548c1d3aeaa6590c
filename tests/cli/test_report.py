"""Tables, workbooks and reports of the command line, at once and from saved JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import patentzoo as pz

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def index(folder: Path, tmp_path: Path) -> Path:
    lines = ["file,patent,title,granted,assignee,view"]
    for path in sorted(folder.glob("*.png")):
        lines.append(f"{path.name},{path.name[:8]},Chair,2021-05-01,Acme,front view")
    (tmp_path / "patents.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    model = pz.load_model(backend="torch")
    pz.build_index(model, folder, path=tmp_path / "i", patent=str(tmp_path / "patents.csv"))
    return tmp_path / "i"


def test_files_beside_the_table_and_again_from_json(
    run: Run, index: Path, folder: Path, tmp_path: Path
):
    query = folder / "LD000002-D00001.png"
    code, printed, error = run("search", index, query, "--csv", tmp_path / "a.csv", "--json")
    assert code == 0, error
    (found,) = json.loads(printed)
    assert (found["search"]["drawings"], found["query_images"]) == (6, [str(query)])
    assert all(hit["score"] == round(hit["score"], 4) for hit in found["hits"])
    (tmp_path / "hits.json").write_text(printed, encoding="utf-8")
    again = ("--csv", tmp_path / "b.csv", "--html", tmp_path / "b.html")
    code, printed, error = run("report", tmp_path / "hits.json", *again)
    assert (code, printed) == (0, ""), error
    assert (tmp_path / "b.csv").read_text() == (tmp_path / "a.csv").read_text()
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["owner"], row["title"]) for row in rows] == [("Acme", "Chair")] * 6
    page = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 7
    assert "2021-05-01" in page


def test_the_table_says_what_is_known_and_an_id_is_a_query(run: Run, index: Path, tmp_path: Path):
    code, printed, error = run("search", index, "LD000002-D00001.png", "-k", 2)
    assert code == 0, error
    for words in ("title", "granted", "owner", "view", "Chair", "2021-05-01", "Acme"):
        assert words in printed
    assert printed.count("LD000002-D00001.png") == 1  # the query; view and patent tell the hits
    code, printed, error = run("search", index, "LD000002-D00001.png", "--csv", tmp_path / "i")
    assert code == 1
    assert "it is a folder" in error


def test_a_file_that_holds_no_results(run: Run, tmp_path: Path):
    (tmp_path / "a.json").write_text("{}")
    code, _, error = run("report", tmp_path / "a.json")
    assert code == 1
    assert "holds no search results" in error
