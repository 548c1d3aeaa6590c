"""Tables on narrow terminals, wide ones, and where nobody looks: nothing is cut."""

from __future__ import annotations

import os
import re
import sys

import pytest

from patentzoo.cli import output

HEADERS = ("model", ">mAP", "licence of the weights", "score")
ROWS = [
    (
        "resnet10t-arcface-linedraw",
        "0.446 [0.380, 0.513]",
        "not stated by its authors",
        "[/a] :cat:",
    ),
    ("  k-reciprocal", "0.478 [0.409, 0.551]", "the same", "mAP 0.856 (DeepPatent test)"),
]


@pytest.fixture
def shown(monkeypatch, capsys):
    """A function (columns, on a terminal, blocks) -> the lines of the table of these rows."""

    def call(columns: int, terminal: bool, blocks: bool) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
        output.out.cache_clear()
        made = output.table(*HEADERS, title="the title of a table; 12 queries")
        for row in ROWS:
            made.add_row(*row)
        output.print_table(made, blocks=blocks)
        output.out.cache_clear()
        printed = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)
        return [line.rstrip() for line in printed.splitlines() if line.strip()]

    return call


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
def test_in_a_pipe_a_row_is_a_line(shown, columns):
    lines = shown(columns, False, True)
    assert shown(columns, False, False) == lines
    assert lines[0] == "the title of a table; 12 queries"
    for row, line in zip(ROWS, lines[-2:], strict=True):
        assert [cell for cell in row if cell.strip() not in line] == []
    assert len(lines) == 5


@pytest.mark.parametrize("columns", [60, 80])
def test_on_a_narrow_terminal_a_row_is_a_block(shown, columns):
    lines = shown(columns, True, True)
    assert max(map(len, lines)) <= columns
    title, first, *facts = lines
    assert title == "the title of a table; 12 queries"
    assert first == ROWS[0][0]
    assert facts == [
        "  mAP                     0.446 [0.380, 0.513]",
        "  licence of the weights  not stated by its authors",
        "  score                   [/a] :cat:",
        "  k-reciprocal",
        "    mAP                     0.478 [0.409, 0.551]",
        "    licence of the weights  the same",
        "    score                   mAP 0.856 (DeepPatent test)",
    ]


def test_on_a_wide_terminal_it_is_a_table(shown):
    lines = shown(160, True, True)
    assert len(lines) == 5
    assert all(header.lstrip(">") in lines[1] for header in HEADERS)


def test_what_may_break_is_folded_on_a_narrow_terminal(shown):
    lines = shown(100, True, False)
    assert max(map(len, lines)) <= 100
    assert len(lines) > 5


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminal")
@pytest.mark.parametrize("columns", [80, 100])
def test_models_on_a_terminal_are_never_cut(columns, tmp_path):
    import pty
    import subprocess

    from patentzoo.zoo.registry import list_models

    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "dumb"}
    command = [sys.executable, "-m", "patentzoo", "models"]
    done = subprocess.run(command, stdout=theirs, env=environment, check=True)
    printed = os.read(ours, 65536).decode().replace("\r", "")
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0
    for card in list_models():
        assert card.name in printed
        assert card.origin in printed
