"""The front page without typer: the same letters as typer's, and nothing heavy behind it."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

from patentzoo.cli.help_page import COMMANDS, OPTIONS, page

LIBRARIES = {"torch", "timm", "numpy", "faiss", "cv2", "PIL", "requests", "rich"}

LISTED = """
import sys
sys.argv = ["patentzoo", *sys.argv[1:]]
from patentzoo.cli import main
try:
    main()
finally:
    sys.stderr.write(" ".join(sys.modules))
"""


def modules_of(*arguments: str, program: str = LISTED) -> set[str]:
    """Names of what a fresh interpreter has imported when the program ends."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_front_page_imports_next_to_nothing(option: str):
    ground = modules_of(program="import sys; sys.stderr.write(' '.join(sys.modules))")
    found = modules_of(option) - ground
    assert "patentzoo.cli.help_page" in found
    assert {name for name in found if not name.startswith("patentzoo")} <= {"__future__"}


@pytest.mark.parametrize("arguments", [("models", "--help"), ("--version",), ("train", "-h")])
def test_a_commands_help_imports_no_library(arguments: tuple[str, ...]):
    found = modules_of(*arguments)
    assert "typer" in found
    assert not found & LIBRARIES
    named = {f"patentzoo.cli.{module}" for module, _ in COMMANDS.values()}
    module = COMMANDS[arguments[0]][0] if arguments[0] in COMMANDS else None
    assert found & named == ({f"patentzoo.cli.{module}"} if module else set())


def test_it_is_what_typer_prints(monkeypatch: pytest.MonkeyPatch, capsys):
    from patentzoo.cli.app import app

    for columns in ("80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        with pytest.raises(SystemExit) as end:
            app(["--help"], prog_name="patentzoo")
        assert end.value.code == 0
        assert capsys.readouterr().out == page("patentzoo")


def test_a_narrow_terminal_gets_typers_own(monkeypatch: pytest.MonkeyPatch, capsys):
    from patentzoo.cli import main

    monkeypatch.setattr(sys, "argv", ["patentzoo", "--help"])
    monkeypatch.setattr(sys.modules["__main__"], "__package__", "")
    texts = []
    for columns in ("60", "80"):
        monkeypatch.setenv("COLUMNS", columns)
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0
        texts.append(capsys.readouterr().out)
    narrow, wide = texts
    assert max(map(len, narrow.splitlines())) <= 60 < max(map(len, wide.splitlines()))
    assert "".join(narrow.split()) == "".join(wide.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str):
    module, summary = COMMANDS[name]
    command = getattr(importlib.import_module(f"patentzoo.cli.{module}"), name)
    assert (inspect.getdoc(command) or "").splitlines()[0] == summary, "in cli/front.py"


def test_every_option_of_the_program_is_on_the_page():
    from typer.main import get_command

    from patentzoo.cli.app import app

    declared = {name for each in get_command(app).params for name in each.opts}
    assert declared | {"-h", "--help"} == {name for row in OPTIONS for name in row.split(", ")}


def test_a_near_miss_is_named_though_no_command_was_loaded(monkeypatch, capsys):
    from patentzoo.cli import main

    monkeypatch.setattr(sys, "argv", ["patentzoo", "serch"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "No such command 'serch'. Did you mean 'search'" in capsys.readouterr().err
