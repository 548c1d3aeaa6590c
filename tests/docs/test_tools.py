"""What makes the pages has one entry, and CONTRIBUTING lists it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import count_house
import make_images
import printed

TOOLS = printed.DOCS / "tools"


def listed() -> dict[str, str]:
    """Names and words that the entry prints."""
    command = [sys.executable, "-m", "docs.tools"]
    done = subprocess.run(command, cwd=printed.ROOT, capture_output=True, text=True, check=True)
    return dict(re.findall(r"^(\S+)  +(.*)$", done.stdout, re.M))


def test_every_program_of_the_folder_has_a_name_and_is_in_contributing():
    programs = {
        path.stem
        for path in TOOLS.glob("*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "main"
            for node in ast.parse(path.read_text("utf-8")).body
        )
    } - {"__main__"}
    called = {"make_plots", "make_way"}  # by make_tables and make_outputs
    names = {name.replace("-", "_") for name in listed()} - {"all"}
    assert {program.removeprefix("make_") for program in programs - called} == names
    contributing = (printed.ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| `python -m docs\.tools ([\w-]+)[^`]*` \|", contributing, re.M)
    assert set(rows) == set(listed())


def test_a_name_passes_on_what_stands_behind_it():
    command = [sys.executable, "-m", "docs.tools", "splits", "--help"]
    done = subprocess.run(command, cwd=printed.ROOT, capture_output=True, text=True, check=True)
    assert "--sheets" in done.stdout
    wrong = [sys.executable, "-m", "docs.tools", "tabels"]
    told = subprocess.run(wrong, cwd=printed.ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, "tables" in told.stdout) == (2, True)


def test_words_in_sentences_are_those_outside_tables_code_and_output():
    code = "```python\nprint(5)\n```\n\n```text\n5\n```\n"
    rows = "| a | b |\n|---|---|\n| c | d |\n"
    written = "<!-- table:x -->\nby a script\n<!-- /table:x -->\n"
    page = f"One two\n\n{code}\n{rows}\nthree\n{written}four | five\n"
    assert count_house.prose(page) == 6  # the stroke is one
    assert count_house.prose("| a |\nb c\n") == 2


def test_the_tests_that_photograph_pages_are_there():
    for named in make_images.TESTS:
        path, _, function = named.partition("::")
        tree = ast.parse((printed.ROOT / path).read_text("utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert not function or function in names
