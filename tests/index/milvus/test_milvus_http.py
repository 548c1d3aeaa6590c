"""The HTTP server over an index that a Milvus server keeps: answers, changes, and its end."""

from __future__ import annotations

import pytest

import patentzoo as pz

testing = pytest.importorskip("fastapi.testclient")
pytestmark = pytest.mark.milvus
TOKEN = "a-token-for-these-tests"


def test_searches_changes_and_the_end_of_the_server_behind(mortal, model, folder):
    from patentzoo.server import ServerOptions, create_app

    there = {"engine": "milvus", "uri": mortal.address("http", timeout=20)}
    app = create_app(pz.build_index(model, folder, **there), ServerOptions(token=TOKEN))
    drawing = folder / "LD000002-D00001.png"
    sent = {"files": {"drawings": (drawing.name, drawing.read_bytes())}}
    allowed = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
    with testing.TestClient(app, raise_server_exceptions=False) as client:
        facts = client.get("/index").json()
        assert (facts["drawings"], facts["patents"], facts["engine"]) == (6, 3, "milvus")
        found = client.post("/search", **sent).json()
        assert [found["hits"][0]["patent"], len(found["hits"])] == ["LD000002", 3]
        assert client.get("/drawing", params={"id": drawing.name}).status_code == 200
        removed = client.delete("/drawings", params={"id": drawing.name}, **allowed)
        assert removed.json()["removed"] == 1
        assert client.post("/drawings", **sent, **allowed).json()["added"] == 1
        assert client.get("/health").json() == {"status": "ok", "drawings": 6}
        app.state.service.index._server.address = pz.load_index(
            mortal.address("http", timeout=2), model
        ).address
        mortal.kill()
        for answer in (client.post("/search", **sent), client.get("/health")):
            assert answer.status_code == 503
            assert "127.0.0.1" not in answer.text  # that is for the log
        mortal.start()
        app.state.service.index._server.address = pz.load_index(
            mortal.address("http", timeout=60), model
        ).address
        assert client.post("/search", **sent).json()["hits"][0]["patent"] == "LD000002"
