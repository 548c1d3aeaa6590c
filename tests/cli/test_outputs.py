"""Names as they are, outputs that cannot be written, and readers that have gone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import patentzoo
from patentzoo import cli
from patentzoo.cli import help_page
from patentzoo.cli.output import check_writable
from patentzoo.errors import OutputError

NAMES = ("[red]a[.png", "x[bold] y.png", "c:cat:.png", "-dash.png", "ünï 日本.png")
"""What rich, a shell or an encoding could take for something else."""


@pytest.fixture(autouse=True)
def _small_model(monkeypatch, model):
    monkeypatch.setattr(patentzoo, "load_model", lambda *_, **__: model, raising=False)


@pytest.fixture
def odd(run, draw, tmp_path, monkeypatch) -> Path:
    """An index "ix" of drawings with odd names, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd" / "[").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        draw(number).save(tmp_path / "odd" / name)
    draw(99).save(tmp_path / "odd" / "[" / "red].png")  # "[/red]" closes what nobody opened
    code, _, error = run("index", "odd", "-o", "ix")
    assert code == 0, error
    return tmp_path / "odd"


def test_hits_are_listed_by_the_names_they_have(run, odd):
    code, printed, error = run("search", "ix", "odd", "-k", 1)
    assert code == 0, error
    rows = [line.rstrip() for line in printed.splitlines()]
    for name in (*NAMES, "[/red].png"):
        assert f"Query {name}" in rows
        assert any(row.endswith(f" {name}") and "1.000" in row for row in rows), name
    code, _, error = run("search", "ix", "odd", "-k", 1, "--html", "[/h].html")
    assert (code, error) == (0, "Report: [/h].html\n")
    code, printed, error = run("search", "ix", "--", "odd/-dash.png")
    assert code == 0, error
    assert run("embed", "[/red].png", "-o", "e.npz")[2].startswith("Error: [/red].png: ")


def test_a_filter_that_leaves_nothing_says_so(run, odd):
    code, printed, _ = run("search", "ix", odd / "-dash.png", "--where", "patent=none")
    assert (code, printed) == (0, "Query -dash.png: no drawing fits.\n")


def test_the_command_that_goes_on_can_be_copied(run, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = run("index", folder, "-o", "my index")[1]
    assert "patentzoo search 'my index' QUERY" in printed
    printed = run("demo", folder, "-o", "my demo")[1]
    assert "patentzoo search 'my demo/index' DRAWING.png" in printed


@pytest.mark.parametrize(
    "words",
    [
        ("embed", "d", "-o", "file/e.npz"),
        ("embed", "d", "-o", "file/below/e.npz"),
        ("embed", "d", "-o", "folder.npz"),
        ("embed", "d", "-o", "e.npz", "--failures", "file/f.csv"),
        ("index", "d", "-o", "ix", "--failures", "folder.npz"),
        ("evaluate", "pixels", "-p", "folder", "--data", "d", "-o", "file/r.json"),
        ("evaluate", "pixels", "-p", "folder", "--data", "d", "--hardest-queries", "file/w.png"),
        ("evaluate", "pixels", "-p", "folder", "--data", "d", "--plots", "file"),
        ("search", "ix", "q.png", "--html", "folder.npz"),
        ("demo", "d", "-o", "file"),
    ],
)
def test_what_cannot_be_written_is_told_before_any_drawing_is_read(
    run, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine", encoding="utf-8")
    Path("folder.npz").mkdir()
    code, printed, error = run(*words)  # there is no folder "d", which would be the next error
    assert (code, printed) == (1, "")
    assert "cannot be written (" in error
    assert sorted(os.listdir()) == ["file", "folder.npz"]  # noqa: PTH208


def test_a_place_that_can_be_made_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_writable("e.npz", "new/e.npz", None, "-", str(tmp_path / "a" / "b"), folder="new/one")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="nothing may be written in"):
        check_writable(str(tmp_path / "e.npz"))


PIPES = [["--help"], ["--version"], ["models"], ["models", "--json"]]


def program(words: list[str], stdout: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "patentzoo", *words]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.skipif(os.name == "nt", reason="pipes there end otherwise")
@pytest.mark.parametrize("words", PIPES)
def test_a_reader_that_has_gone_is_no_error_to_speak_of(words):
    reader, writer = os.pipe()
    os.close(reader)
    done = program(words, writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (help_page.CLOSED, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.parametrize("words", PIPES[::2])
def test_a_full_disk_is_one_plain_message(words):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = program(words, full.fileno())
    assert done.returncode == 1
    assert done.stderr == "Error: the output cannot be written (No space left on device).\n"


def test_an_error_of_another_file_keeps_its_traceback(monkeypatch):
    def fails():
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/else")

    monkeypatch.setattr(cli, "_run", fails)
    with pytest.raises(OSError, match="somewhere"):
        cli.main()
