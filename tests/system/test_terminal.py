"""Names that steer terminals, outputs that are not in Unicode, programs without a console."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import patentzoo as pz
from patentzoo.embedding.failures import failures_csv
from patentzoo.results import Failure
from patentzoo.system.terminal import visible, visible_lines

NASTY = "a\x1b[31m\nb\x9b2J\r\u202ec\x7f"
CONTROLS = [chr(code) for code in (*range(32), *range(127, 160), 0x202E)]


def test_a_name_is_one_line_without_controls():
    assert visible(NASTY) == "a\\x1b[31m\\nb\\x9b2J\\r\\u202ec\\x7f"
    assert visible("Möbel 図面.png") == "Möbel 図面.png"
    assert visible_lines("a\n\tb\x1b") == "a\n\tb\\x1b"


def test_the_table_of_what_is_left_out_has_a_line_a_row():
    failures = [Failure(NASTY, f"{NASTY}: broken", 3), Failure("b", "plain", None)]
    lines = failures_csv(failures).split("\n")
    assert len(lines) == 4  # header, two rows, the end
    assert len(list(csv.reader(io.StringIO("\n".join(lines))))) == 3
    assert not [each for each in CONTROLS if each in "".join(lines)]


@pytest.fixture
def nasty(tmp_path, draw) -> Path:
    root = tmp_path / "drawings"
    root.mkdir()
    try:
        draw().save(root / "a\x1b[31m\nb.png")
        (root / "c\x1b[31m\nd.png").write_bytes(b"no picture")
    except OSError:
        pytest.skip("this file system wants other names")
    draw(1).save(root / "e.png")
    return root


def test_nothing_of_a_name_reaches_the_terminal(tmp_path, nasty, run):
    """Every command that prints ids; what JSON holds is the name itself."""
    index = tmp_path / "an.index"
    outputs = [run("index", nasty, "-o", index, "--skip-errors")]
    outputs.append(run("search", index, nasty / "a\x1b[31m\nb.png", "-k", 2))
    outputs.append(run("search", index, nasty / "e.png", "-k", 2, "--json"))
    outputs.append(run("index", "-o", index, "--failures", "-"))
    outputs.append(run("embed", nasty, "-o", tmp_path / "x.npz"))
    assert [code for code, _, _ in outputs] == [0, 0, 0, 0, 1]
    for _, printed, error in outputs:
        assert "\x1b[31m" not in printed + error
    rows = [line for line in outputs[1][1].splitlines() if line.strip()[:2] in ("1 ", "2 ")]
    assert len(rows) == 2
    assert sum("\\nb.png" in row for row in rows) == 1
    assert "a\x1b[31m\nb.png" in [hit["id"] for hit in json.loads(outputs[2][1])[0]["hits"]]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_output_that_is_not_in_unicode_holds_every_name(encoding):
    code = (
        "import sys; from patentzoo.cli.output import *\n"
        "from patentzoo.cli.help_page import _prepare_streams; _prepare_streams()\n"
        "name = sys.argv[1]; t = table('>rank', 'drawing', title='Query ' + name)\n"
        "t.add_row('1', name); print_table(t); print_json({'id': name}); errors().print(name)\n"
    )
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code, "図面 é.png"], env=env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(encoding)
    printed = done.stdout.decode(encoding)
    assert "\\u56f3" in printed
    assert json.loads(printed[printed.index("{") :]) == {"id": "図面 é.png"}


def test_without_a_console_everything_works(monkeypatch, model, draw):
    """As under pythonw or in an application with windows."""
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "stdout", None)
    assert pz.load_model() is not None
    assert len(pz.embed(model, [draw()], progress=True)) == 1


def test_the_program_runs_without_streams():
    code = (
        "import sys; sys.stdout = sys.stderr = None; sys.argv = ['patentzoo', 'models']\n"
        "from patentzoo.cli import main; main()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
