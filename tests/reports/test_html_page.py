from __future__ import annotations

import base64
import io
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from contrast import contrast
from PIL import Image

import patentzoo as pz
import patentzoo.reports
from patentzoo.errors import OutputError
from patentzoo.hit import Hit
from patentzoo.index import build_index, search
from patentzoo.index.query.search_result import SearchResult
from patentzoo.reports import QueryPreview, notes_of, write_report


class Parsed(HTMLParser):
    """Checks that tags close in order, and keeps images and visible text."""

    VOID = ("meta", "img", "br", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text = ""
        self.addresses: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "a":  # followed by a person, not by the browser
            self.links += [v for k, v in attrs if k == "href" and v]
            attrs = [(k, v) for k, v in attrs if k != "href"]
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset") and v]
        if tag == "img":
            self.images.append(values)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
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
    note = QueryPreview(folder / "LD000001-D00001.png", None, "LD000001", "found at rank 1")
    write_report(result, target, title="A & B", summary=["1 < 2"], queries={result.query: note})
    return Parsed(target.read_text(encoding="utf-8"))


def test_every_drawing_is_there_and_nothing_is_fetched(written: Parsed):
    assert len(written.images) == 1 + 3
    assert all(address.startswith("data:image/png;base64,") for address in written.addresses)


def test_links_lead_to_the_file_on_demand(written: Parsed, folder: Path):
    paths = sorted(folder.glob("*.png"))[1:4]
    assert written.links == [path.as_uri() for path in paths]  # "LD000001" is at no office
    assert all(str(path) in written.text for path in paths)


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
        SearchResult(evil, hits), target, title=evil, queries={evil: QueryPreview(evil, note=evil)}
    )
    text = target.read_text(encoding="utf-8")
    assert text.count("<script>") == text.count("</script>") == 1
    assert "alert(1)<" not in text
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


def test_every_picture_has_words_and_headings_come_in_order(written: Parsed):
    assert all(image["alt"] for image in written.images)
    assert written.headings[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(written.headings))


def test_patents_found_twice_can_be_hidden(result: SearchResult, tmp_path: Path):
    write_report(result, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count('class="again"') == 1  # of two patents in three hits
    assert 'id="group"' in page
    write_report(SearchResult("q", result.hits[:2]), tmp_path / "s.html")
    assert 'id="group"' not in (tmp_path / "s.html").read_text(encoding="utf-8")


def test_a_search_by_patent_shows_the_figures_and_views(
    folder: Path, tmp_path: Path, model, make_model
):
    index = build_index(model, folder)
    views = sorted(folder.glob("LD000002*.png"))
    found = search(index, views, k=2, group_by="patent", views="max")
    found.save_html(tmp_path / "r.html")
    parsed = Parsed((tmp_path / "r.html").read_text(encoding="utf-8"))
    # Two views asked for, and both drawings of each patent.
    assert [str(image["alt"]).split(":")[0] for image in parsed.images] == [
        *("Query drawing " + found.query, "View 2"),
        *("Hit 1", "Also of this patent", "Hit 2", "Also of this patent"),
    ]


def test_the_query_is_shown_as_it_was_asked(folder: Path, tmp_path: Path, model):
    index = build_index(model, folder)
    path = sorted(folder.glob("*.png"))[3]
    pictures = []
    for query in (path, path.read_bytes(), Image.open(path), pz.embed(model, [path])):
        found = search(index, query, k=1)
        one = found[0] if isinstance(found, list) else found
        one.save_html(tmp_path / "r.html")
        parsed = Parsed((tmp_path / "r.html").read_text(encoding="utf-8"))
        pictures.append(parsed.images[0]["src"])
    assert len(set(pictures)) == 1
    vector = search(index, index.vectors[0], k=1)
    vector.save_html(tmp_path / "r.html")
    assert "no picture" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_text_contrast_is_at_least_that_of_wcag_aa():
    css = (Path(patentzoo.reports.__file__).parent / "report.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in css.split("@media")[:2])
    assert set(light) == set(dark)
    for colours in (light, dark):
        for ground in ("page", "card"):
            for text in ("ink", "soft", "same", "query"):
                assert contrast(colours[ground], colours[text]) >= 4.5, (ground, text)
    assert contrast("#ffffff", re.search(r"\.missing { color: (#\w+)", css)[1]) >= 4.5


def test_the_measure_of_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WCAG's known example
