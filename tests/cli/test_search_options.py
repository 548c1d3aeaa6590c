"""search --views, --figures, --min-score, --offset, --skip-errors; update and remove."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from patentzoo.cli.options import with_way
from patentzoo.index import build_index, load_index, search


@pytest.fixture
def index(model, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    built = build_index(model, folder, path=tmp_path / "index")
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: built)
    return built


def found(run, *arguments: object) -> list[dict[str, Any]]:
    code, printed, error = run("search", *arguments, "--json")
    assert code == 0, error
    results: list[dict[str, Any]] = json.loads(printed)
    return results


def ids(result: Any) -> list[str]:
    return [hit["id"] if isinstance(hit, dict) else hit.id for hit in result]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["i", "a.png", "--views"], ["i", "a.png", "--views", "max"]),
        (["i", "--views", "a.png", "b.png"], ["i", "--views", "max", "a.png", "b.png"]),
        (["i", "--views", "mean", "a.png"], ["i", "--views", "mean", "a.png"]),
        (["i", "--views", "-k", "3", "a"], ["i", "--views", "max", "-k", "3", "a"]),
        (["i", "--views=rrf", "a"], ["i", "--views=rrf", "a"]),
        (["i", "a"], ["i", "a"]),
    ],
)
def test_views_may_go_without_a_way(typed, meant):
    assert with_way(typed) == meant


def test_views_by_each_way(run, index, folder):
    queries = sorted(folder.glob("*.png"))[:2]
    place = [index.path, *queries]
    for typed, way in (([], "max"), (["mean"], "mean"), (["rrf"], "rrf")):
        (result,) = found(run, *place, "--views", *typed)
        expected = search(index, queries, views=way)
        assert ids(result["hits"]) == ids(expected)
        assert result["hits"][0]["score"] == round(expected[0].score, 4)
    (first,) = found(run, index.path, "--views", *queries)
    assert ids(first["hits"]) == ids(search(index, queries, views=True))
    assert len(found(run, *place)) == len(found(run, *place, "--views", "none")) == 2
    assert run("search", *place, "--views=maximum")[0] == 1


def test_a_window_of_the_hits(run, index, folder):
    query = sorted(folder.glob("*.png"))[0]
    (whole,) = found(run, index.path, query)
    (page,) = found(run, index.path, query, "-k", 2, "--offset", 2)
    assert page["hits"] == whole["hits"][2:4]
    least = whole["hits"][2]["score"]
    (high,) = found(run, index.path, query, "--min-score", least - 1e-4)
    assert all(hit["score"] >= least - 1e-4 for hit in high["hits"])
    assert 3 <= len(high["hits"]) <= 6
    code, _, error = run("search", index.path, query, "--offset", -1)
    assert (code, "offset" in error) == (1, True)


def test_queries_that_cannot_be_read(run, index, folder, tmp_path):
    good = sorted(folder.glob("*.png"))[0]
    (tmp_path / "broken.png").write_bytes(b"nothing")
    code, _, error = run("search", index.path, good, tmp_path / "broken.png", "--json")
    assert (code, "broken.png" in error) == (1, True)
    for how in ([], ["--orient", "any"]):
        command = ("search", index.path, good, tmp_path / "broken.png", "--skip-errors", *how)
        code, printed, _ = run(*command, "--json")
        assert code == 0
        assert [result["query"] for result in json.loads(printed)] == [good.name]


def test_skipped_queries_are_told_in_the_log(index, folder, caplog):
    good = sorted(folder.glob("*.png"))[0]
    assert len(search(index, [good, b"nothing"], on_error="skip")) == 1
    assert "Query left out: image-1" in caplog.text
    caplog.clear()
    assert len(search(index, [good, b"nothing"], on_error="skip", orient="any")) == 1
    assert "Query left out: image-1" in caplog.text


def test_update_and_remove(run, model, folder, tmp_path):
    place = tmp_path / "index"
    build_index(model, folder, path=place)
    (tmp_path / "t.csv").write_text("patent,owner\nLD000001,Acme\nLD000002,Bolt\n")
    code, printed, _ = run("update", place, tmp_path / "t.csv")
    assert (code, printed) == (0, f"4 drawings updated: {place}\n")
    index = load_index(place, model)
    assert len(search(index, index.vectors[0], k=None, where={"owner": "Acme"})) == 2
    code, printed, _ = run("remove", place, "--where", "owner=Acme", "--json")
    assert (code, json.loads(printed)) == (0, {"removed": 2, "index": str(place)})
    code, printed, _ = run("remove", place, "LD000003-D00001.png")
    assert (code, printed) == (0, f"1 drawing removed: {place}\n")
    assert index.ids == ["LD000002-D00001.png", "LD000002-D00002.png", "LD000003-D00002.png"]
    for wrong in ([], ["a", "--where", "owner=Bolt"], ["absent.png"], ["--where", "maker=Bolt"]):
        code, _, error = run("remove", place, *wrong)
        assert (code, error.startswith("Error: ")) == (1, True)
    assert len(load_index(place, model)) == 3
    assert run("update", place, tmp_path / "absent.csv")[0] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-k", "0"], "-k 0 must be a whole number from 1."),
        (["--min-score", "2"], "--min-score 2.0 must lie between"),
        (["--group-by", "owner"], "--group-by 'owner'. Known: patent."),
        (["--rerank", "yes"], "--rerank 'yes'. Known: k-reciprocal."),
        (["--where", "year=2019"], "--where names 'year', which no drawing has."),
        (["--offset", "-1"], "--offset -1"),
        (["--csv", "hits.xlsx"], "--csv hits.xlsx: no program opens such a file under '.xlsx'"),
        (["--xlsx", "hits.xls"], "Call it hits.xlsx."),
        (["--html", "hits.csv"], "Call it hits.html."),
    ],
)
def test_what_is_wrong_is_told_in_the_words_that_were_typed(
    run, model, folder, tmp_path, monkeypatch, words, told
):
    monkeypatch.chdir(tmp_path)
    index = build_index(model, folder)
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: index)
    code, _, error = run("search", "ix", folder / "LD000001-D00001.png", *words)
    assert (code, told in error) == (1, True), error
    assert not list(tmp_path.glob("hits.*"))


def test_no_hits_after_so_many_and_a_file_where_the_index_goes(
    run, model, folder, tmp_path, monkeypatch
):
    index, query = build_index(model, folder), folder / "LD000001-D00001.png"
    code, _, error = run("search", query, tmp_path)
    assert (code, "is a file, and an index is a folder. The index goes first" in error) == (1, True)
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: index)
    code, printed, _ = run("search", "ix", query, "--offset", 50)
    assert (code, "no hit after the first 50" in printed) == (0, True)
    code, _, error = run("search", "ix", query, "--gazette")
    assert (code, "--gazette means nothing without --group-by" in error) == (2, True)
