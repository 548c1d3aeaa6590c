"""Every error has its place on the troubleshooting page, and every message there is a real one."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from pathlib import Path

import printed
import pytest

import patentzoo.errors
from patentzoo.errors import PatentZooError

PAGE = (printed.ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROWS = [row for row in re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE) if " " in row]
ERRORS = [
    name
    for name, found in inspect.getmembers(patentzoo.errors, inspect.isclass)
    if issubclass(found, PatentZooError)
]


@functools.cache
def texts() -> tuple[str, ...]:
    """Every string of the package, what is filled in written as "…"."""
    package = Path(inspect.getfile(patentzoo)).parent
    found = []
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(getattr(part, "value", "…")) for part in node.values)
                constants = (isinstance(part, ast.Constant) for part in node.values)
                pairs = zip(parts, constants, strict=True)
                found.append("".join(part if constant else "…" for part, constant in pairs))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return tuple(found)


def said(message: str) -> bool:
    """Whether some string of the package holds the fixed parts of the message, in order."""
    parts = [re.escape(part) for part in message.split("…") if part]
    pattern = re.compile(".*?".join(parts), re.DOTALL)
    return any(pattern.search(text) for text in texts())


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_has_a_heading(name: str):
    assert f"\n### {name}\n" in PAGE


@pytest.mark.parametrize("message", ROWS)
def test_every_message_is_one_that_is_printed(message: str):
    assert said(message), "no string of the package reads so"


def test_there_are_messages_and_invented_ones_are_found_out():
    assert len(ROWS) > 50
    assert not said("… is a message that nobody ever wrote.")
    assert not said("make room … The checkpoint could not be written")
