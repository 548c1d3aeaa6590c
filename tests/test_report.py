from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from patentzoo.errors import OutputError
from patentzoo.report import QueryNote, notes_of, write_report
from patentzoo.results import Hit, SearchResult


class Parsed(HTMLParser):
    """Checks that tags close in order, and keeps images and visible text."""

    VOID = ("meta", "img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text = ""
        self.addresses: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset") and v]
        if tag == "img":
            self.images.append(values)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


@pytest.fixture
def result(folder: Path) -> SearchResult:
    paths = sorted(folder.glob("*.png"))[1:4]
    hits = tuple(
        Hit(n, 1 - n / 10, path.name, path.name.split("-")[0], str(path))
        for n, path in enumerate(paths, start=1)
    )
    return SearchResult("LD000001-D00001.png", hits)


@pytest.fixture
def written(result: SearchResult, folder: Path, tmp_path: Path) -> Parsed:
    target = tmp_path / "new" / "report.html"
    note = QueryNote(folder / "LD000001-D00001.png", None, "LD000001", "found at rank 1")
    write_report(result, target, title="A & B", summary=["1 < 2"], queries={result.query: note})
    return Parsed(target.read_text(encoding="utf-8"))


def test_every_drawing_is_there_and_nothing_is_fetched(written: Parsed):
    assert len(written.images) == 1 + 3
    assert all(address.startswith("data:image/png;base64,") for address in written.addresses)


def test_pictures_are_the_drawings(written: Parsed, folder: Path):
    import numpy as np

    data = base64.b64decode(str(written.images[0]["src"]).partition(",")[2])
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    page = np.asarray(Image.open(folder / "LD000001-D00001.png").convert("L"))
    rows, columns = np.nonzero(page == 0)
    cut = page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert np.array_equal(shown, cut)


def test_the_right_patent_is_marked_in_words(written: Parsed):
    assert written.text.count("✓ same patent") == 1
    alts = [image["alt"] for image in written.images]
    assert alts[0] == "Query drawing LD000001-D00001.png"
    assert alts[1] == "Hit 1: drawing LD000001-D00002.png, same patent as the query"
    assert alts[2] == "Hit 2: drawing LD000002-D00001.png"


def test_text_is_escaped(written: Parsed):
    assert "A & B" in written.text
    assert "1 < 2" in written.text


def test_names_cannot_smuggle_markup_in(tmp_path: Path):
    evil = "<script>alert(1)</script>\"'"
    target = tmp_path / "r.html"
    hits = (Hit(1, 0.5, evil, evil, evil),)
    write_report(
        SearchResult(evil, hits), target, title=evil, queries={evil: QueryNote(evil, note=evil)}
    )
    text = target.read_text(encoding="utf-8")
    assert "<script" not in text
    Parsed(text)


def test_a_picture_that_is_gone_leaves_the_hit(result: SearchResult, folder: Path, tmp_path: Path):
    (folder / result[0].id).unlink()
    target = tmp_path / "r.html"
    write_report([result], target)
    parsed = Parsed(target.read_text(encoding="utf-8"))
    assert len(parsed.images) == 2
    assert parsed.text.count("no picture") == 2  # the hit's, and the query's that was not given
    assert result[0].id in parsed.text


def test_no_hits_and_no_queries_are_said(tmp_path: Path):
    write_report([SearchResult("q", ())], tmp_path / "a.html")
    assert "No hits." in Parsed((tmp_path / "a.html").read_text(encoding="utf-8")).text
    write_report([], tmp_path / "b.html")
    assert "No queries." in Parsed((tmp_path / "b.html").read_text(encoding="utf-8")).text


def test_a_place_that_cannot_be_written(result: SearchResult, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(result, tmp_path / "file" / "r.html")


def test_notes_follow_the_pages_of_a_file(tmp_path: Path, draw):
    stack = tmp_path / "USD0900000-20210105-D00001.tif"
    draw(1).save(stack, save_all=True, append_images=[draw(2)])
    notes = notes_of([stack])
    assert list(notes) == [stack.name, f"{stack.name}#2"]
    second = notes[f"{stack.name}#2"]
    assert (second.image, second.page, second.patent) == (str(stack), 2, "USD0900000")


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_contrast_is_at_least_that_of_wcag_aa():
    import patentzoo.data

    css = Path(patentzoo.data.__file__).with_name("report.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in css.split("@media")[:2])
    for colours in (light, dark):
        for ground in ("page", "card"):
            for text in ("ink", "soft", "same", "query"):
                one, two = sorted((_luminance(colours[ground]), _luminance(colours[text])))
                assert (two + 0.05) / (one + 0.05) >= 4.5, (ground, text)
