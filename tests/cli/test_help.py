"""What --help prints on a terminal of 80 columns: whole words, every option explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from patentzoo.cli.app import app
from patentzoo.cli.help_page import COMMANDS

CLI_PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


@pytest.fixture
def page(monkeypatch, capsys):
    """A function from words of the command line to what --help prints after them."""

    def call(*words: str) -> str:
        monkeypatch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as end:
            app([*words, "--help"], prog_name="patentzoo")
        assert end.value.code == 0
        return str(capsys.readouterr().out)

    return call


def parameters(name: str) -> list:
    return get_command(app).get_command(None, name).params


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_fits_and_breaks_between_words(page, name):
    lines = page(name).splitlines()
    assert max(map(len, lines)) <= 80
    # Names with hyphens, such as uspto-sample, stay in one piece.
    assert [line for line in lines if line.endswith("-")] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_and_every_default_is_shown(page, name):
    printed = " ".join(page(name).split())
    for each in parameters(name):
        assert each.help, each.name
        assert " ".join(each.help.split()) in printed
        plain = isinstance(each.default, str | int) and not isinstance(each.default, bool)
        if plain and each.opts[0].startswith("-"):
            assert f"default: {each.default}]" in printed, each.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_kind_of_a_value_is_a_word(page, name):
    options = page(name).partition("\nOptions:\n")[2]
    assert not re.search(r"--[a-z-]+ <", options)
    usage = page(name).splitlines()[0]
    assert "......" not in usage
    assert "[[" not in usage


def test_the_page_on_the_command_line_names_every_option():
    text = CLI_PAGE.read_text(encoding="utf-8")
    names = {max(each.opts, key=len) for name in COMMANDS for each in parameters(name)}
    missing = {name for name in names if name.startswith("--") and name not in text}
    assert missing <= {"--help"}
