"""Every Python block of README and docs runs and prints what stands below it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import printed
import pytest
import steps
import typer

from patentzoo.cli.app import app
from patentzoo.evaluate.demo import run_demo

PLAIN = [path for path in printed.PAGES if not steps.has_steps(path.read_text(encoding="utf-8"))]
"""The others change a copy of the package: test_extending.py carries them out."""
WITH_CODE = [path for path in PLAIN if printed.examples(path.read_text(encoding="utf-8"))]
TRAINING = {"finetuning.md"}
"""Pages whose code trains a model: carried out in the slow run."""
RUN = [
    pytest.param(path, id=path.name, marks=[pytest.mark.slow] if path.name in TRAINING else [])
    for path in WITH_CODE
]
GROUP: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = {
    name: GROUP.get_command(None, name) for name in GROUP.list_commands(None)
}
ADVICE = "python -m docs.tools outputs writes what comes out now"


@pytest.mark.parametrize("path", RUN)
def test_code_prints_what_the_page_says(path: Path, tmp_path: Path):
    page = path.read_text(encoding="utf-8")
    folder = tmp_path / "examples"
    printed.lay_out(folder)
    outputs = printed.run(page, folder)
    for example, real in zip(printed.examples(page), outputs, strict=True):
        shown = example.output.text if example.output else ""
        assert printed.same(shown, real), f"{path.name} prints\n{shown}\nbut\n{real}\n{ADVICE}"


def test_the_sentence_about_the_demo(tmp_path: Path):
    summary = run_demo(out=tmp_path / "demo").summary
    for path in printed.PAGES:
        for found in re.findall(r"^> (\d+ of \d+ queries .*)$", path.read_text("utf-8"), re.M):
            # One query's rank may turn on another machine's rounding.
            (right, rest), (shown, shown_rest) = (s.split(" ", 1) for s in (summary, found))
            assert (abs(int(right) - int(shown)) <= 1, shown_rest) == (True, rest), ADVICE


def test_the_runner_sees_blocks_and_outputs(tmp_path: Path):
    page = (
        "```python\nx = 2\n```\n\nwords\n\n```text\nnot output\n```\n"
        "```python\nprint(x, 0.504)\n```\n\n```text\n2 0.50\n```\n"
    )
    found = printed.examples(page)
    assert [each.output and each.output.text for each in found] == [None, "2 0.50\n"]
    outputs = printed.run(page, tmp_path)
    assert outputs == ["", "2 0.504\n"]
    assert printed.with_outputs(page, outputs) == page.replace("2 0.50\n", "2 0.504\n")


@pytest.mark.parametrize(
    ("shown", "real", "equal"),
    [
        ("0.81 A a.png\n", "0.80 A a.png", True),
        ("0.81 A a.png", "0.71 A a.png", False),
        ("0.81 A a.png", "0.81 A b.png", False),
        ("0.81 A\n0.80 B", "0.81 A", False),
        ("0.81 A\n0.80 B", "0.81 B\n0.80 A", True),
        ("0.81 A\n0.40 B", "0.81 B\n0.40 A", False),
        ("3 drawings", "4 drawings", False),
    ],
)
def test_outputs_are_compared_but_for_last_digits(shown: str, real: str, equal: bool):
    assert printed.same(shown, real) is equal


def command_lines() -> list[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PLAIN)
    shell = "\n".join(block.text for block in printed.blocks(text) if block.language == "sh")
    parts = [part.strip() for line in shell.splitlines() for part in line.split("&&")]
    return sorted({part for part in parts if part.startswith("patentzoo ")})


def test_there_are_command_lines():
    assert len(command_lines()) >= 10


@pytest.mark.parametrize("line", command_lines())
def test_printed_command_lines_are_understood(line: str):
    name, *arguments = shlex.split(line)[1:]
    COMMANDS[name].make_context(name, arguments)
    for word in arguments:
        if word.startswith("recipes/"):
            assert (printed.ROOT / word).is_file()


def test_the_command_line_page_names_every_command_and_option():
    page = (printed.ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name, command in COMMANDS.items():
        assert f"| `{name}` |" in page
        for parameter in command.params:
            options = [word for word in parameter.opts if word.startswith("-")]
            missing = not any(re.search(rf"(?<![\w-]){word}\b", page) for word in options)
            assert not options or not missing, f"{name} {options}"
