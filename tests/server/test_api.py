"""The HTTP API: searches as ``search`` answers them, changes behind the token, health, metrics."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from served import AUTHORIZED, TOKEN, built_of

import patentzoo as pz
from patentzoo.errors import ConfigError
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.server import ServerOptions, create_app

ROOT = Path(__file__).resolve().parents[2]


def sent(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("drawings", each) for each in files]


def test_hits_are_those_of_search(client: TestClient, saved: pz.Index, picture):
    name, data = picture(3, 2)
    asked = {"where": '{"granted": {"<": "2023-01-01"}}', "k": "3", "group_by": "drawing"}
    found = client.post("/search", files=sent((name, data)), data=asked).json()
    own = pz.search(saved, data, k=3, where={"granted": {"<": "2023-01-01"}})
    assert [hit["figures"][0]["id"] for hit in found["hits"]] == [hit.id for hit in own]
    assert [hit["score"] for hit in found["hits"]] == pytest.approx([hit.score for hit in own])
    assert [hit["metadata"] for hit in found["hits"]] == [dict(hit.metadata) for hit in own]


def test_a_page_further_down(client: TestClient, picture):
    asked = {"k": "1", "offset": "1", "pictures": "false"}
    found = client.post("/search", files=sent(picture()), data=asked).json()
    assert [hit["rank"] for hit in found["hits"]] == [2]
    assert found["views"] == []
    assert {each["picture"] for hit in found["hits"] for each in hit["figures"]} == {None}


def test_the_page_s_filters_and_a_written_one_have_to_hold_together(client: TestClient, picture):
    asked = {"where": '[{"title": "Chair 1"}, {"title": "Chair 3"}]', "since": "2022-01-01"}
    found = client.post("/search", files=sent(picture()), data=asked).json()
    assert [hit["patent"] for hit in found["hits"]] == ["LD000003"]


SENSELESS = [
    ("where", "[" * 9000),
    ("where", '{"title": ' * 2000),
    ("where", "7"),
    ("where", '{"nothing": 1}'),
    ("where", '{"title": {"near": 1}}'),
    ("where", '{"title": NaN}'),
    ("where", json.dumps([{"title": "x"}] * 1500)),
    ("where", '{"title": "' + "x" * 30_000 + '"}'),
    ("crops", "[" * 9000),
    ("crops", '{"a": 1}'),
    ("turns", '"0"'),
    ("k", "0"),
    ("k", "201"),
    ("offset", "-1"),
]


def test_fields_that_make_no_sense_are_refused_by_name(client: TestClient, picture):
    for field, value in SENSELESS:
        answer = client.post("/search", files=sent(picture()), data={field: value})
        assert answer.status_code == 400, (field, value[:40], answer.text)
        assert answer.json()["detail"].startswith(field)


def test_a_type_that_does_not_fit_is_a_sentence_too(client: TestClient, picture):
    answer = client.post("/search", files=sent(picture()), data={"k": "many"})
    assert (answer.status_code, answer.json()["detail"][:3]) == (422, "k: ")
    assert client.post("/search", data={"k": "1"}).status_code == 400
    assert client.get("/nowhere").json() == {"detail": "Not Found"}


def test_words_are_refused_by_a_model_that_reads_none(client: TestClient, picture):
    answer = client.post("/search", data={"text": "a kettle"})
    assert (answer.status_code, "'tiny' reads no words" in answer.json()["detail"]) == (400, True)
    assert client.get("/index").json()["text"] is False


def test_words_reach_a_search_that_takes_them(client: TestClient, picture, monkeypatch):
    asked, real = [], pz.search

    def search(index, query=None, *, text=None, **options):
        asked.append((query is not None, text))
        return real(index, picture()[1] if query is None else query, **options)

    monkeypatch.setattr("patentzoo.search", search)
    monkeypatch.setattr(RetrievalModel, "takes_words", True, raising=False)
    assert client.get("/index").json()["text"] is True
    alone = client.post("/search", data={"text": "a kettle", "k": "1"})
    beside = client.post("/search", files=sent(picture()), data={"text": "a kettle"})
    assert asked == [(False, "a kettle"), (True, "a kettle")]
    assert [len(each.json()["hits"]) for each in (alone, beside)] == [1, 3]
    assert client.post("/search", data={"text": "  "}).status_code == 400


def test_a_photograph_is_cut_as_people_see_it(client: TestClient, folder: Path):
    """Cameras store a picture on its side and say so; browsers show it upright."""
    upright = Image.open(folder / "LD000001-D00002.png").convert("L")
    sheet = Image.new("L", (2 * upright.width, upright.height), 255)
    sheet.paste(upright, (0, 0))
    exif = Image.Exif()
    exif[274] = 6  # to be turned by 90 degrees clockwise
    stream = io.BytesIO()
    sheet.rotate(90, expand=True).save(stream, "PNG", exif=exif)
    cut = {"crops": "[[0, 0, 0.5, 1]]"}
    found = client.post("/search", files=sent(("p.png", stream.getvalue())), data=cut).json()
    assert found["hits"][0]["score"] == pytest.approx(1, abs=1e-4)


def test_a_rectangle_thinner_than_a_pixel(client: TestClient, picture):
    cut = {"crops": "[[0.99999, 0.99999, 1, 1]]"}
    answer = client.post("/search", files=sent(picture()), data=cut)
    assert answer.status_code in (200, 400)
    assert "detail" in answer.json() or answer.json()["hits"]


def test_drawings_are_added_replaced_and_removed(open_client, saved, picture, draw, tmp_path):
    client = open_client(uploads=tmp_path / "uploads")
    stream = io.BytesIO()
    draw(77).save(stream, "PNG")
    new = ("../../new.png", stream.getvalue())
    told = {"metadata": '[{"patent": "LD000009", "title": "Stool"}]'}
    added = client.post("/drawings", files=sent(new), data=told, headers=AUTHORIZED)
    assert added.json() == {"added": 1, "replaced": 0, "removed": 0, "unchanged": 0}
    best = client.post("/search", files=sent(new)).json()["hits"][0]
    assert (best["patent"], best["title"], best["figures"][0]["id"]) == (
        "LD000009",
        "Stool",
        "new.png",
    )
    shown = client.get("/drawing", params={"id": "new.png"})
    assert Image.open(io.BytesIO(shown.content)).size == (96, 64)
    assert [each.parent for each in tmp_path.rglob("*.png") if len(each.stem) == 64] == [
        tmp_path / "uploads"
    ]
    again = client.post("/drawings", files=sent(new), data=told, headers=AUTHORIZED)
    assert again.json()["unchanged"] == 1
    other = {"ids": '["new.png"]'}
    replaced = client.post("/drawings", files=sent(picture()), data=other, headers=AUTHORIZED)
    assert (replaced.json()["added"], replaced.json()["replaced"]) == (0, 1)
    gone = client.delete("/drawings", params={"id": ["new.png"]}, headers=AUTHORIZED)
    assert gone.json()["removed"] == 1
    fitting = client.delete(
        "/drawings", params={"where": '{"patent": "LD000001"}'}, headers=AUTHORIZED
    )
    assert fitting.json()["removed"] == 2
    assert len(pz.load_index(saved.path)) == 4


def test_one_broken_drawing_and_none_is_added(client: TestClient, saved, picture):
    files = sent(("a.png", picture()[1]), ("b.png", b"no picture"))
    answer = client.post("/drawings", files=files, headers=AUTHORIZED)
    assert (answer.status_code, answer.json()["detail"][:6]) == (400, "b.png:")
    assert len(saved) == 6


def test_what_is_said_of_an_addition_is_checked(client: TestClient, saved, picture):
    for told in (
        {"metadata": '[{"path": "/etc/hostname"}]'},
        {"metadata": "[{}, {}]"},
        {"metadata": '["x"]'},
        {"ids": '["a", "b"]'},
        {"ids": "[7]"},
    ):
        answer = client.post("/drawings", files=sent(picture()), data=told, headers=AUTHORIZED)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith(next(iter(told)))
    assert len(saved) == 6


def test_nobody_changes_anything_without_the_token(client: TestClient, saved, picture):
    for header in (None, "Bearer", "Bearer another-token-of-mine", f"Basic {TOKEN}"):
        headers = {} if header is None else {"Authorization": header}
        for answer in (
            client.post("/drawings", files=sent(picture()), headers=headers),
            client.delete("/drawings", params={"where": "{}"}, headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
    assert len(saved) == 6


def test_a_server_without_a_token_takes_no_changes(open_client: Callable, saved, picture):
    client = open_client(token=None)
    assert client.post("/drawings", files=sent(picture()), headers=AUTHORIZED).status_code == 403
    assert client.get("/index").json()["changes"] is False


@pytest.mark.parametrize("token", ["short", "with spaces in between", "é" * 20])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token):
    with pytest.raises(ConfigError, match="token"):
        ServerOptions(token=token)
    assert TOKEN not in repr(ServerOptions(token=TOKEN))


def test_what_is_said_of_the_index(client: TestClient, saved: pz.Index):
    facts = client.get("/index").json()
    assert (facts["model"], facts["drawings"], facts["patents"]) == ("tiny", 6, 3)
    assert {"title", "locarno", "granted"} <= set(facts["fields"])
    assert client.get("/health").json() == {"status": "ok", "drawings": 6}


def test_requests_and_drawings_are_counted(client: TestClient, picture):
    client.post("/search", files=sent(picture()))
    client.post("/search", files=sent(("x.png", b"x")))
    client.get("/a/path/nobody/knows")
    client.delete("/drawings", params={"id": picture()[0]}, headers=AUTHORIZED)
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = set(answer.text.splitlines())
    assert {
        'patentzoo_requests_total{method="POST",route="/search",status="200"} 1.0',
        'patentzoo_requests_total{method="POST",route="/search",status="400"} 1.0',
        'patentzoo_requests_total{method="other",route="other",status="404"} 1.0',
        'patentzoo_request_seconds_count{method="POST",route="/search"} 2.0',
        'patentzoo_changed_drawings_total{change="removed"} 1.0',
        "patentzoo_drawings 5.0",
        "patentzoo_searches_held 0.0",
    } <= lines
    assert "nobody" not in answer.text


def test_every_route_is_described(client: TestClient):
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        *("/search", "/explain", "/save/{kind}", "/drawing"),
        *("/drawings", "/index", "/health", "/metrics"),
    }
    for path in described["paths"].values():
        for each in path.values():
            assert each["description"] or each["summary"]
            assert "200" in each["responses"]
    add = described["paths"]["/drawings"]["post"]
    assert add["security"] == [{"HTTPBearer": []}]


def test_a_damaged_index_is_the_servers_fault_and_its_folder_stays_unsaid(client, saved, picture):
    (saved.path / "catalogue.sqlite").write_bytes(b"nothing" * 1000)
    answer = client.post("/search", files=sent(picture()))
    assert answer.status_code == 503
    assert str(saved.path) not in answer.text
    assert client.get("/health").status_code == 503
    assert "patentzoo_drawings NaN" in client.get("/metrics").text


def test_the_file_of_a_drawing_is_gone(client: TestClient, folder: Path, picture):
    name, _ = picture()
    (folder / name).unlink()
    answer = client.get("/drawing", params={"id": name})
    assert answer.status_code == 404
    assert str(folder) not in answer.text
    assert client.get("/drawing", params={"id": picture(1)[0], "size": "small"}).status_code == 200


def test_the_index_given_is_read_as_before(saved: pz.Index):
    before = dict(saved.read_settings)
    create_app(saved, ServerOptions(max_pages=3))
    assert saved.read_settings == before


def test_ten_lines_put_it_into_an_application_of_ones_own(saved, model, picture, monkeypatch):
    code = (ROOT / "docs" / "examples" / "app.py").read_text(encoding="utf-8")
    assert len(code.split('"""')[2].strip().splitlines()) <= 10
    monkeypatch.setenv("PATENTZOO_INDEX", str(saved.path))
    names: dict[str, object] = {}
    exec(compile(code, "app.py", "exec"), names)
    app = names["app"]
    assert isinstance(app, FastAPI)
    with TestClient(app) as client:
        assert "Find a design" in client.get("/designs/").text
        assert client.get("/designs/health").json()["drawings"] == 6
        assert client.get("/designs").url.path == "/designs/"
        assert "/search" in client.get("/designs/openapi.json").text


def test_only_its_own_names_are_answered(folder: Path, model):
    app = create_app(built_of(folder, model), ServerOptions(allowed_hosts=("localhost",)))
    with TestClient(app) as client:
        assert client.get("/health", headers={"Host": "localhost:8000"}).status_code == 200
        assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400


def test_the_page_loads_only_what_the_policy_allows(client: TestClient):
    policy = client.get("/").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?:", policy)
