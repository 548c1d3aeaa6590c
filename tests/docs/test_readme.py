"""What README promises: two commands, links that lead somewhere, nothing about one machine."""

from __future__ import annotations

import re
from pathlib import Path

import printed
import pytest
from PIL import Image

README = (printed.ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [block.text.strip() for block in printed.blocks(README) if block.language == "sh"][:2]


def test_the_two_commands():
    assert COMMANDS == [
        "pip install . && patentzoo demo",
        "pip install -e '.[dev]' && python -m pytest",
    ]


def test_continuous_integration_runs_the_second_command():
    script = printed.ROOT / ".ci" / "test"
    if not script.is_file():
        pytest.skip("a source distribution has no .ci")
    lines = script.read_text(encoding="utf-8").splitlines()
    steps = [line.replace("--quiet ", "") for line in lines if re.match(r"pip|python", line)]
    assert " && ".join(steps) == COMMANDS[1]


def test_links_lead_to_files():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert len(links) > 10
    missing = [link for link in links if not (printed.ROOT / link).is_file()]
    assert not missing


def test_the_picture_is_one():
    with Image.open(printed.ROOT / "docs" / "images" / "demo.png") as picture:
        picture.load()
        assert picture.width > 1000


@pytest.mark.parametrize("path", printed.PAGES, ids=lambda path: path.name)
def test_pages_hold_nothing_of_one_machine(path: Path):
    assert not re.search(r"/(?:work|root|home|Users)/", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", printed.PAGES, ids=lambda path: path.name)
def test_pages_carry_no_unfinished_stretch(path: Path):
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"TODO|FIXME|XXX", page)
