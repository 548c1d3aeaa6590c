"""Every result that a page or a program names is there, or is said not to be measured."""

from __future__ import annotations

import re
from pathlib import Path

import printed
import pytest

_RESULT = re.compile(r"docs/results/[\w./-]+\.(?:jsonl|json|txt)")
UNMEASURED = "Not measured yet"
PROGRAMS = ("tests/benchmarks", "tests/gpu", "docs/tools", "patentzoo", "recipes")
NEEDS_A_GPU = {"docs/results/speed/gpu.json"}
"""Written by programs that nobody has run yet: speed.md says so in the table's place."""


def named(text: str) -> set[str]:
    """Results a text names, but for those it says are not measured yet."""
    lines = [line for line in text.splitlines() if UNMEASURED not in line]
    return set(_RESULT.findall("\n".join(lines)))


@pytest.mark.parametrize("page", printed.PAGES, ids=lambda path: path.name)
def test_a_page_names_results_that_are_there(page: Path):
    found = named(page.read_text(encoding="utf-8"))
    assert [name for name in sorted(found) if not (printed.ROOT / name).is_file()] == []


@pytest.mark.parametrize("folder", PROGRAMS)
def test_a_program_names_results_that_are_there(folder: str):
    missing = {}
    for file in sorted((printed.ROOT / folder).rglob("*")):
        if file.suffix in (".py", ".toml"):
            found = named(file.read_text(encoding="utf-8")) - NEEDS_A_GPU
            absent = {name for name in found if not (printed.ROOT / name).is_file()}
            missing |= {f"{folder}/{file.name}": absent} if absent else {}
    assert missing == {}


def test_what_needs_a_gpu_is_not_there_yet():
    page = (printed.DOCS / "speed.md").read_text(encoding="utf-8")
    for name in NEEDS_A_GPU:
        assert (printed.ROOT / name).is_file() or re.search(f"{UNMEASURED}.*{name}", page)
