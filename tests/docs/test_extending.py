"""The pages about adding something: every change and command is carried out in a copy."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import printed
import pytest
import steps
from test_architecture import ROOMS, arrows

PAGES = [path for path in printed.PAGES if steps.has_steps(path.read_text(encoding="utf-8"))]
CARRIED_OUT = [
    pytest.param(path, id=path.name, marks=() if path.stem == "engine" else pytest.mark.slow)
    for path in PAGES
]
"""Each page starts several processes; of the others the default run makes the changes alone."""


def test_each_way_to_extend_has_its_page():
    assert {path.stem for path in PAGES} == {"model", "loss", "engine", "backend"}


def test_the_rooms_are_those_the_imports_are_held_to():
    page = (printed.DOCS / "extending.md").read_text(encoding="utf-8")
    table = page[page.index("| room |") : page.index("```text")]
    rows = re.findall(r"^\| `([\w.]+)` \|", table, re.M)
    assert rows == [name for name in reversed(ROOMS) if name != "__main__"]


def test_the_arrows_are_those_of_the_imports():
    page = (printed.DOCS / "extending.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^([\w.]+) +→ (.*)$", page, re.M)
    real = {name: rooms for name, rooms in arrows().items() if name != "__main__"}
    assert {name: set(rooms.split(", ")) for name, rooms in drawn} == real


def test_the_files_that_the_words_name_are_there():
    page = (printed.DOCS / "extending.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w -]+) \| [^|]* \| `([\w/]+\.py)` \|$", page, re.M)
    assert len({word for word, _ in rows}) == len(rows) >= 40
    for word, file in rows:
        assert (printed.ROOT / "patentzoo" / file).is_file(), f"{word}: {file}"


def test_a_query_goes_through_six_files_as_they_are_quoted():
    page = (printed.DOCS / "extending.md").read_text(encoding="utf-8")
    walk = page[page.index("### One query") : page.index("### Words")]
    parts = re.split(r"^`([\w/]+\.py)` ", walk, flags=re.M)[1:]
    quotes = dict(zip(parts[::2], parts[1::2], strict=True))
    assert len(quotes) == 6
    for file, words in quotes.items():
        lines = iter((printed.ROOT / "patentzoo" / file).read_text("utf-8").splitlines())
        (quoted,) = printed.blocks(words)
        for line in quoted.text.splitlines():  # in this order, others between them left out
            assert line in lines, f"{file}: {line}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_changes_of_a_page_fit_the_code(path: Path, tmp_path: Path):
    """Every old line stands where the page has it, and what comes out is Python or TOML."""
    changes = steps.changes(path.read_text(encoding="utf-8"))
    named = [re.findall(r"^\+\+\+ (\S+)", diff, re.M) for diff in changes]
    files = sorted({name for names in named for name in names})
    assert files
    for name in files:
        if (printed.ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((printed.ROOT / name).read_bytes())
    for diff in changes:
        steps.change(diff, tmp_path)
    for name in files:
        text = (tmp_path / name).read_text(encoding="utf-8")
        tomllib.loads(text) if name.endswith(".toml") else ast.parse(text)


@pytest.mark.parametrize("path", CARRIED_OUT)
def test_what_a_page_says_can_be_done(path: Path, tmp_path: Path):
    page = path.read_text(encoding="utf-8")
    steps.lay_out(tmp_path / "copy")
    outputs = steps.run(page, tmp_path / "copy")
    for example, real in zip(printed.examples(page), outputs, strict=True):
        shown = example.output.text if example.output else ""
        assert printed.same(shown, real), f"{path.name} prints\n{shown}\nbut\n{real}"


def write(folder: Path) -> None:
    (folder / "a.py").write_text("one = 1\ntwo = 2\none = 1\n", "utf-8")


def test_a_change_is_made_where_it_says(tmp_path: Path):
    write(tmp_path)
    steps.change("--- a.py\n+++ a.py\n@@\n one = 1\n-two = 2\n+two = 3\n+three = 3\n", tmp_path)
    assert (tmp_path / "a.py").read_text("utf-8") == "one = 1\ntwo = 3\nthree = 3\none = 1\n"
    steps.change("--- /dev/null\n+++ new/b.py\n@@\n+x = 1\n+\n+y = 2\n", tmp_path)
    assert (tmp_path / "new" / "b.py").read_text("utf-8") == "x = 1\n\ny = 2\n"


@pytest.mark.parametrize("old", ["four = 4", "one = 1"])
def test_a_change_that_no_longer_fits_is_told(tmp_path: Path, old: str):
    write(tmp_path)
    with pytest.raises(steps.StepError, match=r"these lines stand there [02] times"):
        steps.change(f"--- a.py\n+++ a.py\n@@\n-{old}\n+x\n", tmp_path)


def test_a_command_that_fails_is_told(tmp_path: Path):
    with pytest.raises(steps.StepError, match="no such thing"):
        steps.run("```sh\necho no such thing\nfalse\n```\n", tmp_path)
