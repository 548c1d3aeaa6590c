"""The command lines of a page, typed one after the other in the folder of examples, end well."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path
from typing import Any

import printed
import pytest
import typer

from patentzoo.cli.app import app
from patentzoo.evaluate.examples import CONTENTS

TYPED = (
    "index",
    "search",
    "report",
    "update",
    "remove",
    "duplicates",
    "calibrate",
    "embed",
    "demo",
)
"""Commands that need no network, no training and no server."""
WRITES = {"--out", "--html", "--csv", "--xlsx", ">"}
"""What comes before the name of a file that need not be there."""
LINES = {"search.md": 2, "cli.md": 14, "app.md": 1}
"""How many lines of a page can be typed, at least."""
GROUP: Any = typer.main.get_command(app)


def typed_lines(page: str) -> list[list[str]]:
    shell = [block.text for block in printed.blocks(page) if block.language == "sh"]
    lines = [shlex.split(line) for text in shell for line in text.splitlines()]
    return [words[1:] for words in lines if words[:1] == ["patentzoo"] and words[1] in TYPED]


def is_possible(words: list[str], folder: Path) -> bool:
    """Whether all files that a line reads are there: others stand for files of the reader's."""
    read = [
        word
        for last, word in itertools.pairwise(words)
        if last not in WRITES and not last.startswith("--m")
    ]
    files = [word for word in read if word.endswith((".png", ".index", ".csv", ".json", ".tar"))]
    folders = [word for word in words[1:] if word.isupper() or word in CONTENTS]
    return all((folder / name).exists() or name.startswith("LD0") for name in files + folders)


def type_in(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = words.index(">") if ">" in words else len(words)
    command = GROUP.get_command(None, words[0])
    assert not command.main(words[1:written], standalone_mode=False)
    printed_out = capsys.readouterr().out
    if written < len(words):
        (folder / words[written + 1]).write_text(printed_out, encoding="utf-8")


@pytest.mark.parametrize("name", LINES)
def test_the_lines_of_a_page_end_well(name: str, tmp_path: Path, monkeypatch, capsys):
    folder = tmp_path / "examples"
    printed.lay_out(folder)
    monkeypatch.chdir(folder)
    done = 0
    for words in typed_lines((printed.ROOT / "docs" / name).read_text(encoding="utf-8")):
        if is_possible(words, folder):
            type_in(words, folder, capsys)
            done += 1
    assert done >= LINES[name]


def test_a_line_whose_files_are_not_there_is_passed_over(tmp_path: Path):
    (tmp_path / "query.png").touch()
    (tmp_path / "a.index").mkdir()
    for line, possible in (
        ("search a.index query.png --html hits.html", True),
        ("search a.index LD000001-D00001.png", True),
        ("search b.index query.png", False),
        ("index FOLDER --out c.index", False),
        ("index drawings --out c.index", False),
        ("watch a.index --new I20260106.tar", False),
    ):
        assert is_possible(line.split(), tmp_path) is possible, line
