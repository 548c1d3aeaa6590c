"""No command and no call replaces a result in silence."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from patentzoo.embedding import embed
from patentzoo.embedding.failures import write_failures
from patentzoo.embedding.vector_files import save_embeddings
from patentzoo.errors import OutputError
from patentzoo.evaluate import evaluate, write_json
from patentzoo.index import build_index, load_index, search
from patentzoo.reports import write_plots, write_report
from patentzoo.results import Failure
from patentzoo.system.overwrite import check_free

MINE = "what took an afternoon"


def writers(model, draw, folder):
    """Every call that writes a result to a file, by name: one that takes its path and options."""
    vectors = embed(model, [draw(1), draw(2)])
    measured = evaluate("pixels", "folder", folder)
    return {
        "e.npz": lambda path, **options: save_embeddings(vectors, path, **options),
        "e.safetensors": lambda path, **options: save_embeddings(vectors, path, **options),
        "scores.json": lambda path, **options: write_json([measured], path, **options),
        "worst.png": lambda path, **options: evaluate(
            "pixels", "folder", folder, hardest_queries=path, **options
        ),
        "ranks.png": lambda path, **options: write_plots(
            {"results": [measured.to_dict()]}, path.parent, **options
        ),
    }


def test_a_result_is_replaced_only_where_that_is_asked_for(model, draw, folder, tmp_path):
    for name, write in writers(model, draw, folder).items():
        path = tmp_path / "results" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(MINE, encoding="utf-8")
        with pytest.raises(OutputError, match=r"exists; nothing was changed.*overwrite=True"):
            write(path)
        assert path.read_text(encoding="utf-8") == MINE
        write(path, overwrite=True)
        assert path.read_bytes() != MINE.encode()
        for file in path.parent.iterdir():
            file.unlink()
        path.touch()
        write(path)  # an empty file, as mktemp makes one
        assert path.stat().st_size
        for file in path.parent.iterdir():
            file.unlink()


def test_what_holds_nothing_is_free(tmp_path):
    for path in ("/dev/null", tmp_path / "absent"):
        check_free(path)
    (tmp_path / "taken").write_text(MINE, encoding="utf-8")
    with pytest.raises(OutputError, match="exists"):
        check_free(tmp_path / "taken")
    check_free(tmp_path / "taken", overwrite=True)


def test_training_anew_begins_at_the_beginning(tmp_path):
    from patentzoo.train.loop import Run

    run, waited = Run.__new__(Run), []
    run.out = tmp_path
    run.engine = SimpleNamespace(is_main=True, wait=lambda: waited.append(1))
    for name in ("checkpoint.pt", "best.pt", "log.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    run.begin_anew()
    assert waited == [1]
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_report_is_written_again_but_over_nothing_else(model, draw, tmp_path):
    found = search(build_index(model, [draw(1)]), draw(1), k=1)
    path = tmp_path / "hits.html"
    write_report(found, path, title="First")
    write_report(found, path, title="Second")
    assert "Second" in path.read_text(encoding="utf-8")
    path.write_text(f"<!DOCTYPE html>\n<html>{MINE}</html>", encoding="utf-8")
    for write in (found.save_html, lambda path: write_report(found, path)):
        with pytest.raises(OutputError, match="is no report of patentzoo; nothing was changed"):
            write(path)
    assert MINE in path.read_text(encoding="utf-8")


def test_a_list_of_what_was_left_out_is_written_again_but_over_nothing_else(tmp_path):
    path = tmp_path / "left-out.csv"
    write_failures([], path)
    write_failures([Failure("a.png", "no image")], path)
    assert "a.png" in path.read_text(encoding="utf-8")
    path.write_text(f"file,patent\n{MINE},D1\n", encoding="utf-8")
    with pytest.raises(OutputError, match="is no list of what was left out"):
        write_failures([], path)
    assert MINE in path.read_text(encoding="utf-8")


COMMANDS = {
    "index": (["index", "{folder}", "-o", "taken"], "taken"),
    "embed": (["embed", "{folder}", "-o", "taken.npz"], "taken.npz"),
    "embed failures": (["embed", "{folder}", "-o", "e.npz", "--failures", "t.csv"], "t.csv"),
    "index failures": (["index", "{folder}", "-o", "ix", "--failures", "t.csv"], "t.csv"),
    "search": (["search", "taken", "{folder}", "--html", "hits.html"], "hits.html"),
    "evaluate": (["evaluate", "pixels", "-p", "folder", "--data", "{folder}", "-o", "r"], "r"),
    "worst": (
        ["evaluate", "pixels", "-p", "folder", "--data", "{folder}", "--hardest-queries", "r"],
        "r",
    ),
    "plots": (
        ["evaluate", "pixels", "-p", "folder", "--data", "{folder}", "--plots", "plots"],
        "plots/ranks.png",
    ),
    "demo": (["demo", "{folder}", "-o", "."], "index"),
    "train": (["train", "{recipe}", "-o", "run", "--tiny"], "run/model"),
    "convert": (["convert", "{recipe}", "--card", "swinv2-arcface-dpat", "-o", "m"], "m"),
}
"""What is typed, and what is there already."""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_stops_before_it_begins(run, model, folder, draw, tmp_path, monkeypatch, command):
    """In the words of the command line; what was there stays byte for byte."""
    monkeypatch.chdir(tmp_path)
    words, taken = COMMANDS[command]
    recipe = Path(__file__).resolve().parents[2] / "recipes" / "resnet10t-arcface-linedraw.toml"
    place = tmp_path / taken
    place.parent.mkdir(parents=True, exist_ok=True)
    if command in {"index", "demo"}:
        build_index(model, [draw(1)], path=place).store.close()
    elif command in {"train", "convert"}:
        place.mkdir()
        (place / "card.toml").write_text(MINE, encoding="utf-8")
    else:
        place.write_text(MINE, encoding="utf-8")

    def loaded(*_, **__):
        raise AssertionError("the work has begun")

    import patentzoo

    monkeypatch.setattr(patentzoo, "load_model", loaded, raising=False)
    monkeypatch.setattr("patentzoo.zoo.load.load_model", loaded)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    code, printed, error = run(*(w.format(folder=folder, recipe=recipe) for w in words))
    assert (code, printed) == (1, "")
    assert "nothing was changed" in error
    assert "overwrite=True" not in error
    if command not in {"embed failures", "index failures", "search"}:
        assert "--overwrite" in error
    assert ("--add" in error) == (command in {"index", "demo"})
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_the_command_line_replaces_where_that_is_asked_for(
    run, model, folder, draw, tmp_path, monkeypatch
):
    import patentzoo

    monkeypatch.setattr(patentzoo, "load_model", lambda *_, **__: model, raising=False)
    monkeypatch.chdir(tmp_path)
    build_index(model, [draw(1)], path="ix").store.close()
    code, printed, error = run("index", folder, "-o", "ix", "--overwrite", "--json")
    assert (code, json.loads(printed)["drawings"]) == (0, 6), error
    assert len(load_index("ix")) == 6
    for _ in range(2):
        assert run("embed", folder, "-o", "e.npz", "--overwrite")[0] == 0
