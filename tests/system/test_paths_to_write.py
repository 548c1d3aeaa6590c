"""A path that is none is told in words by everything that writes."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

import patentzoo as pz
from patentzoo.embedding.failures import write_failures
from patentzoo.embedding.vector_files import save_embeddings
from patentzoo.evaluate.demo import run_demo
from patentzoo.evaluate.examples import write_examples
from patentzoo.index import build_index, search
from patentzoo.reports import write_csv, write_json, write_plots, write_report
from patentzoo.system.files import file_to_write, replacing, write_text
from patentzoo.system.overwrite import check_free


def writers(model, draw):
    index = build_index(model, [draw(1), draw(2)])
    found = search(index, draw(1))
    told = pz.watch(index, [("new", draw(1))], min_score=0.1)
    return {
        "to_csv": found.to_csv,
        "to_json": found.to_json,
        "to_excel": found.to_excel,
        "save_html": found.save_html,
        "write_csv": lambda path: write_csv([found], path),
        "write_json": lambda path: write_json([found], path),
        "write_report": lambda path: write_report([found], path),
        "write_plots": lambda path: write_plots({"results": []}, path),
        "save": index.save,
        "build_index": lambda path: build_index(model, [draw(1)], path=path),
        "watch csv": told.save_csv,
        "watch html": told.save_html,
        "memory": lambda path: pz.watch(index, [("new", draw(1))], min_score=0.1, memory=path),
        "save_embeddings": lambda path: save_embeddings(pz.embed(model, [draw(1)]), path),
        "write_failures": lambda path: write_failures([], path),
        "examples": write_examples,
        "demo": lambda path: run_demo(out=path, model=model),
        "finetune": lambda path: pz.finetune(None, None, out=path, tiny=True),
        "check_free": check_free,
        "write_text": lambda path: write_text(path, "x"),
    }


@pytest.mark.parametrize("path", ["", "a\0b.csv", "a\0"])
def test_no_path_is_an_error_in_words(model, draw, tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    faults = []
    for name, write in writers(model, draw).items():
        try:
            write(path)
            faults.append(f"{name}: accepted")
        except pz.PatentZooError as error:
            if not str(error):
                faults.append(f"{name}: says nothing")
        except Exception as error:
            faults.append(f"{name}: {type(error).__name__}: {error}")
    assert not faults, "\n".join(faults)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", [".", "..", "/", "folder", "folder/"])
def test_a_folder_is_no_file(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(pz.OutputError, match="cannot be written"), replacing(path) as unfinished:
        unfinished.write_text("x")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
    assert file_to_write(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_into_a_pipe_is_written_and_it_stays(run, model, draw, tmp_path, monkeypatch):
    """A device is not replaced by a file, which root's ``--html /dev/null`` would do."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    index = build_index(model, [("USD0000001", draw(1))])
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: index)
    draw(1).save(tmp_path / "a.png")
    for option, begins in (("--csv", b"query,rank"), ("--html", b"<!DOCTYPE html>")):
        with ThreadPoolExecutor(1) as beside:
            read = beside.submit(pipe.read_bytes)
            code, _, error = run("search", "ix", tmp_path / "a.png", option, pipe)
            assert (code, read.result(timeout=60).startswith(begins)) == (0, True), error
        assert stat.S_ISFIFO(pipe.stat().st_mode)


READERS = {
    "load_index": pz.load_index,
    "read_json": pz.reports.read_json,
    "finetune": lambda path: pz.finetune(None, path),
    "search": lambda path: pz.search(path, "a.png"),
    "load_model": pz.load_model,
    "write_plots": lambda path: write_plots(path, "plots"),
}


@pytest.mark.parametrize("path", ["", "a\0b"])
@pytest.mark.parametrize("name", READERS)
def test_nothing_is_read_from_no_path(name, path):
    with pytest.raises(pz.PatentZooError):
        READERS[name](path)


def test_one_name_for_two_files(run, model, draw, tmp_path, monkeypatch):
    """Else the second would replace the first, or be refused when the search is over."""
    monkeypatch.chdir(tmp_path)
    index = build_index(model, [("USD0000001", draw(1))], path="ix")
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: index)
    draw(1).save("a.png")
    (tmp_path / "link.html").symlink_to("r.html")
    for words in (
        ["search", "ix", "a.png", "--html", "r.html", "--csv", "./r.html"],
        ["search", "ix", "a.png", "--html", "link.html", "--xlsx", "r.html"],
        ["watch", "ix", "--new", "a.png", "--csv", "r.csv", "--memory", "r.csv"],
        ["embed", "a.png", "--out", "e.npz", "--failures", "e.npz"],
        ["evaluate", "pixels", "-p", "folder", "--out", "r", "--hardest-queries", "r"],
    ):
        code, printed, error = run(*words)
        assert (code, printed, "is named for two files" in error) == (1, "", True), error
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.png", "ix", "link.html"]
