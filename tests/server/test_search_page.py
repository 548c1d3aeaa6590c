"""What the page asks of the server, without a browser."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from contrast import contrast
from fastapi.testclient import TestClient
from PIL import Image
from served import built_of

import patentzoo as pz
from patentzoo.server import create_app


@pytest.fixture
def client(folder: Path, model) -> Iterator[TestClient]:
    with TestClient(create_app(built_of(folder, model))) as opened:
        yield opened


def drawing(folder: Path, patent: int = 2, figure: int = 1) -> tuple[str, tuple[str, bytes]]:
    path = folder / f"LD{patent:06d}-D{figure:05d}.png"
    return "drawings", (path.name, path.read_bytes())


def test_patents_with_their_figures(client: TestClient, folder: Path):
    hits = client.post("/search", files=[drawing(folder)]).json()["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert hits[0]["patent"] == "LD000002"
    assert hits[0]["score"] == pytest.approx(1)
    assert hits[0]["said"] == "1.000"  # and what it means, of a calibrated index
    assert (hits[0]["title"], hits[0]["granted"]) == ("Chair 2", "2022-05-01")
    assert {figure["id"] for figure in hits[0]["figures"]} == {
        "LD000002-D00001.png",
        "LD000002-D00002.png",
    }
    assert all(f["picture"].startswith("data:image/png") for h in hits for f in h["figures"])


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_what_a_browser_cannot_show_is_searched_and_not_promised_to_be_shown(
    client: TestClient, folder: Path, kind: str
):
    sent = io.BytesIO()
    with Image.open(folder / "LD000002-D00001.png") as image:
        image.convert("L").save(sent, format=kind)
    upload = ("drawings", (f"sheet.{kind.lower()}", sent.getvalue()))
    answer = client.post("/search", files=[upload]).json()
    assert answer["hits"][0]["patent"] == "LD000002"
    assert answer["views"][0].startswith("data:image/png;base64,")
    page = client.get("/").text
    assert ".pdf" in page
    assert "after the search" not in page


def test_two_views_are_one_query(client: TestClient, folder: Path, model):
    files = [drawing(folder, 3, 1), drawing(folder, 3, 2)]
    hits = client.post("/search", files=files).json()["hits"]
    index = pz.build_index(model, folder)
    paths = [folder / "LD000003-D00001.png", folder / "LD000003-D00002.png"]
    own = pz.search(index, paths, views=True, group_by="patent")
    assert [hit["patent"] for hit in hits] == [hit.patent for hit in own]
    assert [hit["score"] for hit in hits] == pytest.approx([hit.score for hit in own])


def test_a_rectangle_is_cut_out(client: TestClient, folder: Path):
    wanted = Image.open(folder / "LD000001-D00002.png").convert("L")
    sheet = Image.new("L", (4 * wanted.width, 2 * wanted.height), 255)
    sheet.paste(wanted, (0, 0))
    sheet.paste(0, (3 * wanted.width, wanted.height, sheet.width, sheet.height))
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    files = [("drawings", ("sheet.png", stream.getvalue()))]
    cut = {"crops": json.dumps([[0, 0, 0.25, 0.5]])}
    best = client.post("/search", files=files, data=cut).json()["hits"][0]
    assert best["patent"] == "LD000001"
    assert best["score"] == pytest.approx(1, abs=1e-4)
    whole = client.post("/search", files=files).json()["hits"][0]
    assert whole["score"] < 0.99


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"locarno": "03"}, ["LD000003"]),
        ({"since": "2022-01-01"}, ["LD000002", "LD000003"]),
        ({"until": "2022-05-01"}, ["LD000001", "LD000002"]),
        ({"since": "2022-01-01", "until": "2022-12-31"}, ["LD000002"]),
        ({"locarno": "99"}, []),
    ],
)
def test_filters(client: TestClient, folder: Path, asked: dict[str, str], found: list[str]):
    answer = client.post("/search", files=[drawing(folder)], data=asked)
    assert answer.status_code == 200, answer.text
    hits = answer.json()["hits"]
    assert sorted(hit["patent"] for hit in hits) == found


def test_what_cannot_be_used_comes_back_as_a_sentence(client: TestClient, folder: Path):
    broken = ("drawings", ("broken.png", b"no picture at all"))
    answer = client.post("/search", files=[broken])
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("broken.png: ")
    cut = client.post("/search", files=[broken], data={"crops": "[[0, 0, 1, 1]]"})
    assert (cut.status_code, cut.json()["detail"][:29]) == (400, "broken.png: cannot be cut (ca")
    for crops in ("[[0, 0, 2, 2]]", "nonsense", "[[0, 0]]", "7", '[["a", "b", "c", "d"]]'):
        answer = client.post("/search", files=[drawing(folder)], data={"crops": crops})
        assert answer.status_code == 400
        assert "crops" in answer.json()["detail"]
    five = [drawing(folder)] * 5
    assert client.post("/search", files=five).status_code == 400


def test_too_large_a_file_and_too_many_pixels(client: TestClient):
    large = ("drawings", ("large.png", b"\0" * 20_000_001))
    assert client.post("/search", files=[large]).status_code == 413
    stream = io.BytesIO()
    Image.fromarray(np.zeros((8000, 8000), bool)).save(stream, "PNG")
    wide = ("drawings", ("wide.png", stream.getvalue()))
    whole = client.post("/search", files=[wide])
    assert (whole.status_code, "max_pixels" in whole.json()["detail"]) == (400, True)
    cut = client.post("/search", files=[wide], data={"crops": "[[0, 0, 0.1, 0.1]]"})
    assert cut.status_code == 413


def test_what_is_said_of_a_patent_and_of_the_search(client: TestClient, folder: Path):
    answer = client.post("/search", files=[drawing(folder)]).json()
    assert (answer["model"], answer["drawings"], answer["treatment"]) == ("tiny", 6, "")
    assert [view[:14] for view in answer["views"]] == ["data:image/png"]
    best = answer["hits"][0]
    assert (best["classes"], best["owner"], best["page"]) == ("Locarno 02-01", "", "")


def test_a_drawing_is_turned_before_it_is_cut(client: TestClient, folder: Path):
    name = "LD000003-D00002.png"
    stream = io.BytesIO()
    Image.open(folder / name).convert("L").rotate(90, expand=True).save(stream, "PNG")
    files = [("drawings", (name, stream.getvalue()))]
    lying = client.post("/search", files=files).json()["hits"][0]
    turned = client.post("/search", files=files, data={"turns": "[90]"}).json()["hits"][0]
    assert (turned["patent"], turned["score"]) == ("LD000003", pytest.approx(1, abs=1e-4))
    assert lying["score"] < 0.99
    whole = {"turns": "[90]", "crops": "[[0, 0, 1, 1]]"}
    assert client.post("/search", files=files, data=whole).json()["hits"][0] == turned
    found = client.post("/search", files=files, data={"all_turns": "true"}).json()
    assert found["treatment"] == "turned 90° clockwise"
    assert found["hits"][0]["score"] == pytest.approx(1, abs=1e-4)
    for turns in ("[45]", "7", "x", '["a"]'):
        answer = client.post("/search", files=files, data={"turns": turns})
        assert (answer.status_code, "turns" in answer.json()["detail"]) == (400, True)


def test_the_result_is_saved_as_a_file(client: TestClient, folder: Path):
    table = client.post("/save/csv", files=[drawing(folder)], data={"locarno": "03"})
    assert "patents.csv" in table.headers["content-disposition"]
    assert table.text.splitlines()[0].startswith("query,rank,score,patent,title")
    assert "LD000003" in table.text.splitlines()[1]
    assert len(table.text.splitlines()) == 2
    page = client.post("/save/html", files=[drawing(folder)]).text
    assert page.count("<li") == 3
    assert client.post("/save/exe", files=[drawing(folder)]).status_code == 404


def test_a_drawing_of_the_index_is_served_large_and_nothing_else(client: TestClient, folder: Path):
    name = "LD000001-D00002.png"
    served = Image.open(io.BytesIO(client.get("/drawing", params={"id": name}).content))
    assert np.array_equal(served, Image.open(folder / name).convert("L"))
    for path in (str(folder / name), "../patents.csv", ""):
        assert client.get("/drawing", params={"id": path}).status_code == 400


def test_a_model_that_explains_nothing_says_so_and_another_explains(
    client: TestClient, folder: Path
):
    data = {"drawing": "LD000002-D00002.png"}
    answer = client.post("/explain", files=[drawing(folder)], data=data)
    assert (answer.status_code, "feature map" in answer.json()["detail"]) == (400, True)
    built = pz.build_index(pz.load_model(backend="torch"), folder)
    client = TestClient(create_app(built))
    answer = client.post("/explain", files=[drawing(folder)], data=data)
    assert answer.json()["picture"].startswith("data:image/png;base64,")
    unknown = client.post("/explain", files=[drawing(folder)], data={"drawing": "other"})
    assert (unknown.status_code, "no such" in unknown.json()["detail"]) == (400, True)


class Outline(HTMLParser):
    """Headings, pictures and fields of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.inside_label = 0
        self.unlabelled: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        self.inside_label += tag == "label"
        if tag in ("input", "select") and not self.inside_label:
            self.unlabelled.append(str(attrs))
        self.addresses += [value for key, value in attrs if key in ("src", "href") and value]

    def handle_endtag(self, tag):
        self.inside_label -= tag == "label"


def test_the_page_can_be_read_by_everybody_and_fetches_nothing(client: TestClient):
    answer = client.get("/")
    outline = Outline(answer.text)
    assert outline.headings == ["h1", "h2"]
    assert outline.unlabelled == []
    assert outline.addresses == []
    assert "http" not in answer.text.replace("http-equiv", "")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert 'lang="en"' in answer.text
    assert re.search(r'make\("img", "", \{ src: [^}]*alt: ', answer.text)


def test_the_page_has_contrast(client: TestClient):
    text = client.get("/").text
    themes = [
        dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in re.findall(r":root \{.*?\}", text)
    ]
    assert len(themes) == 2
    for colours in themes:
        for ground in ("page", "card"):
            for words in ("ink", "soft", "bad"):
                assert contrast(colours[ground], colours[words]) >= 4.5, (ground, words)
            assert contrast(colours[ground], colours["line"]) >= 3  # edges of fields
        assert contrast(colours["mark"], colours["on"]) >= 4.5
