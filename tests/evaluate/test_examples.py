"""The files the pages name can be made by anybody, with one command."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from PIL import Image

import patentzoo as pz
from patentzoo.evaluate.examples import CONTENTS, write_examples

DOCS = Path(__file__).resolve().parents[2] / "docs"
_NAMED = re.compile(r"(?<![\w./-])((?:[\w.-]+/)*[\w-]+(?:/|\.png|\.tif|\.csv))(?![\w/*-])")
WRITTEN = {"hits.html", "wrong.csv", "list.csv", "left-out.csv", "worst.png", "hits.png"}
"""What an example writes itself."""


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> Path:
    return write_examples(tmp_path_factory.mktemp("examples") / "here")


def test_all_of_them_are_made(examples):
    assert {each.name for each in examples.iterdir()} == set(CONTENTS)
    assert len(list((examples / "drawings").iterdir())) == 99
    with Image.open(examples / "scans" / "fan.tif") as pages:
        assert pages.n_frames == 2
        assert pages.mode == "1"
    with (examples / "designs.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    patents = {path.name.partition("-")[0] for path in (examples / "drawings").iterdir()}
    assert {row["patent"] for row in rows} == patents


def named_by(page: Path) -> set[str]:
    """Files and folders that the Python examples of a page read."""
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
    texts = re.findall(r'"([^"\n]+)"', "\n".join(blocks))
    return {text for text in texts if _NAMED.fullmatch(text)}


@pytest.mark.parametrize("name", ["index", "drawings", "index-guide", "errors", "evaluation"])
def test_what_a_page_reads_is_there(examples, name):
    found = {text for text in named_by(DOCS / f"{name}.md") if text.split("/")[-1] not in WRITTEN}
    assert found
    opened = {text for text in found if (examples / text).exists()}
    own = {text for text in found - opened if "/" not in text.rstrip("/")}
    assert opened
    assert found - opened <= own | {"missing/"}, "patentzoo examples makes none of these"


def test_commands_of_the_command_line_page_read_only_what_is_there(examples):
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    words = re.findall(r"^patentzoo (?:index|search|demo|embed) (.*)$", page, re.M)
    drawings = {word for line in words for word in line.split() if word.endswith(".png")}
    assert {"query.png", "front.png", "side.png", "other.png"} <= drawings
    assert [word for word in drawings if not (examples / word).exists()] == []
    for folder in ("drawings", "new-drawings", "collection"):
        assert any(folder in line.split() for line in words)
        assert (examples / folder).is_dir()


def test_what_is_there_is_not_replaced_unasked(tmp_path):
    (tmp_path / "patents.csv").write_text("mine")
    with pytest.raises(pz.OutputError, match=r"patents\.csv exists; nothing was changed"):
        write_examples(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["patents.csv"]
    write_examples(tmp_path, overwrite=True)
    assert (tmp_path / "patents.csv").read_text().startswith("file,patent,title")
    (tmp_path / "mine.txt").write_text("mine")
    write_examples(tmp_path, overwrite=True)
    assert (tmp_path / "mine.txt").exists()


def test_making_them_anew_leaves_every_other_file(tmp_path):
    """Also those a user has put, in the meantime, below folders that the examples share."""
    target = write_examples(tmp_path / "here")
    own = ("drawings/USD0907292-D00001.png", "collection/mine/fig1.png", "scans/notes/a.txt")
    for name in (*own, "new-drawings/mine.png"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("mine")
    (target / "drawings" / "LD000001-D00001.png").unlink()
    (target / "patents.csv").write_text("spoilt")
    before = {file for file in target.rglob("*") if file.is_file()}
    write_examples(target, overwrite=True)
    assert {file for file in target.rglob("*") if file.is_file()} - before == {
        target / "drawings" / "LD000001-D00001.png"
    }
    assert all((target / name).read_text() == "mine" for name in (*own, "new-drawings/mine.png"))
    assert (target / "patents.csv").read_text().startswith("file,patent,title")


def test_a_file_where_a_folder_is_wanted_stays(tmp_path):
    (tmp_path / "drawings").write_text("mine")
    for target in (tmp_path, tmp_path / "drawings"):
        with pytest.raises(pz.OutputError, match="drawings is a file, and a folder is wanted"):
            write_examples(target, overwrite=True)
    assert (tmp_path / "drawings").read_text() == "mine"


def test_the_command_says_what_it_made(run, tmp_path, monkeypatch):
    code, printed, _ = run("examples", tmp_path / "made")
    assert code == 0
    assert all(name in printed for name in CONTENTS)
    assert printed.rstrip().endswith(f"To go there: cd {tmp_path / 'made'}")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("examples", ".")[1].rstrip().endswith("Made here.")
    code, _, error = run("examples", tmp_path / "made")
    assert code == 1
    assert "--overwrite" in error
    assert "overwrite=True" not in error
