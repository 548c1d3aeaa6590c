"""Models in repositories: fetched once, verified, and from one commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import FIRST, SECOND

from patentzoo.errors import (
    ConfigError,
    DownloadError,
    ModelNotFoundError,
    OutputError,
    WeightsError,
)
from patentzoo.system.files import sha256_of
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.card import Card
from patentzoo.zoo.doctor import examine
from patentzoo.zoo.hub import Repository
from patentzoo.zoo.resolve import Request, find

REPO = "org/small"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """A model of no use, but whole: what fetching looks at."""
    weights = tmp_path / "w"
    weights.write_bytes(bytes(range(256)) * 500)
    table = {
        "name": "small",
        "summary": "A test.",
        "dim": 8,
        "licence": "Apache-2.0",
        "weights": {
            "file": "model.safetensors",
            "sha256": sha256_of(weights),
            "size_bytes": weights.stat().st_size,
        },
        "network": {"backbone": "resnet10t", "dim": 8},
        "preprocess": {"size_px": 32},
    }
    card = Card.from_dict(table).to_toml()
    return {"card.toml": card.encode(), "model.safetensors": weights.read_bytes()}


def test_a_repository_is_fetched_once(hub, files, cache):
    hub.put(REPO, files)
    found = find(f"hf://{REPO}", Request(cache, offline=False))
    assert found.card.name == "small"
    assert found.weights.read_bytes() == files["model.safetensors"]
    assert cache.hub in found.weights.parents
    asked = len(hub.asked)
    for revision in (None, "main", FIRST):
        again = find(f"hf://{REPO}", Request(cache, offline=False), revision)
        assert again.weights == found.weights
    assert find(f"hf://{REPO}@main", Request(cache, offline=True)).weights == found.weights
    assert len(hub.asked) == asked  # a cached model does not call home


def test_fetching_again_asks_where_the_branch_points_now(hub, files, cache):
    hub.put(REPO, files)
    find(f"hf://{REPO}", Request(cache, offline=False))
    newer = files["card.toml"].replace(b"A test.", b"Newer.")
    hub.put(REPO, files | {"card.toml": newer}, SECOND)
    assert find(f"hf://{REPO}", Request(cache, False)).card.summary == "A test."
    assert find(f"hf://{REPO}", Request(cache, False, again=True)).card.summary == "Newer."
    assert find(f"hf://{REPO}@{FIRST}", Request(cache, False)).card.summary == "A test."
    assert find(f"hf://{REPO}", Request(cache, offline=True)).card.summary == "Newer."


def test_card_and_weights_come_from_one_commit(hub, files, cache):
    """Between the two requests the branch moves on."""
    hub.put(REPO, files)
    resolve = hub.commits[REPO, FIRST]

    class Moving(dict):
        def __getitem__(self, name):
            if name == "card.toml" and hub.main[REPO] == FIRST and hub.asked[-1].startswith("GET"):
                hub.put(REPO, {"card.toml": b"", "model.safetensors": b"another"}, SECOND)
            return super().__getitem__(name)

    hub.commits[REPO, FIRST] = Moving(resolve)
    found = find(f"hf://{REPO}", Request(cache, offline=False))
    assert hub.main[REPO] == SECOND
    assert found.weights.read_bytes() == files["model.safetensors"]


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("hf://org/absent", ModelNotFoundError, "no such repository"),
        (f"hf://{REPO}@nosuch", ModelNotFoundError, "no such revision"),
        ("hf://org/empty", ModelNotFoundError, r"no card\.toml in it"),
        ("hf://org/closed", DownloadError, "HF_TOKEN"),
        ("hf://org/name/more", ConfigError, "no hub address"),
        ("hf://", ConfigError, "no hub address"),
        ("hf://org/na..me", ConfigError, "org/na..me"),
    ],
)
def test_what_the_hub_refuses_is_explained(hub, files, cache, name, error, says):
    hub.put(REPO, files)
    hub.put("org/empty", {"README.md": b""})
    hub.put("org/closed", files)
    hub.gated.add("org/closed")
    with pytest.raises(error, match=says):
        find(name, Request(cache, offline=False))


def test_a_token_opens_a_gated_repository(hub, files, cache, monkeypatch):
    hub.put(REPO, files)
    hub.gated.add(REPO)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert find(f"hf://{REPO}", Request(cache, offline=False)).weights.is_file()


def test_a_hub_that_cannot_be_reached(hub, cache, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.file_download._ETAG_RETRY_TIMEOUT", 0.1)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    with pytest.raises(DownloadError, match=r"cannot be reached|could not be fetched"):
        find(f"hf://{REPO}", Request(cache, offline=False))


def test_weights_other_than_the_cards_are_refused(hub, files, cache):
    wrong = bytearray(files["model.safetensors"])
    wrong[1000] ^= 1
    hub.put(REPO, files | {"model.safetensors": bytes(wrong)})
    with pytest.raises(WeightsError, match="SHA-256"):
        find(f"hf://{REPO}", Request(cache, offline=False))


def test_a_damaged_copy_is_fetched_anew_but_not_offline(hub, files, cache):
    hub.put(REPO, files)
    weights = find(f"hf://{REPO}", Request(cache, offline=False)).weights
    weights.resolve().write_bytes(bytes(len(files["model.safetensors"])))
    with pytest.raises(WeightsError, match="SHA-256"):
        find(f"hf://{REPO}", Request(cache, offline=True))
    mended = find(f"hf://{REPO}", Request(cache, offline=False)).weights
    assert mended.read_bytes() == files["model.safetensors"]


def test_a_cards_hub_source_is_pinned_and_verified(hub, files, cache, tmp_path):
    hub.put(REPO, {"model.safetensors": files["model.safetensors"]})
    folder = tmp_path / "mine"
    folder.mkdir()
    source = f'\n[[sources]]\nkind = "hub"\nrepo = "{REPO}"\nrevision = "{FIRST}"\n'
    text = files["card.toml"].decode().replace("sources = []\n", "") + source
    (folder / "card.toml").write_text(text)
    found = find(str(folder), Request(cache, offline=False))
    assert found.weights.read_bytes() == files["model.safetensors"]
    assert found.card.origin == f"hub: {REPO}"


def test_a_cache_that_cannot_be_written(hub, files, tmp_path):
    hub.put(REPO, files)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="HF_HOME"):
        find(f"hf://{REPO}", Request(Cache.at(tmp_path / "file"), offline=False))


def test_two_revisions_are_one_too_many():
    assert Repository.parse("hf://a/b@v1").revision == "v1"
    assert Repository.parse("hf://a/b", "v1") == Repository.parse("hf://a/b@v1", "v1")
    with pytest.raises(ConfigError, match="another one"):
        Repository.parse("hf://a/b@v1", "v2")


PROGRAM = """
import sys
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.resolve import Request, find
if sys.argv[2] == "closed":
    def refuse(event, _):
        if event.startswith("socket."):
            raise SystemExit(f"{event}: no sockets here")
    import huggingface_hub
    sys.addaudithook(refuse)
print(find(sys.argv[1], Request(Cache.at(), offline=None or sys.argv[2] == "closed")).weights)
"""


def test_the_hubs_own_variables_are_followed(hub, files, tmp_path):
    """HF_HOME is the cache, HF_ENDPOINT the hub; offline, not one socket is opened."""
    hub.put(REPO, files)
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "PATENTZOO"))}
    environment = plain | {
        "HF_HOME": str(tmp_path / "home"),
        "HF_ENDPOINT": hub.address,
        "XDG_CACHE_HOME": str(tmp_path / "xdg"),
    }

    def run(mode: str) -> str:
        command = [sys.executable, "-c", PROGRAM, f"hf://{REPO}", mode]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    first = run("open")
    assert Path(first).is_relative_to(tmp_path / "home" / "hub")
    asked = len(hub.asked)
    assert run("closed") == first
    assert len(hub.asked) == asked


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_a_carried_cache_serves_where_there_is_no_network(hub, files, cache, tmp_path, links):
    hub.put(REPO, files)
    find(f"hf://{REPO}@{FIRST}", Request(cache, offline=False))
    asked = len(hub.asked)
    shutil.copytree(cache.root, tmp_path / "carried", symlinks=links)
    shutil.rmtree(cache.root)
    there = Request(Cache.at(tmp_path / "carried"), offline=True)
    found = find(f"hf://{REPO}@{FIRST}", there)
    assert found.weights.is_relative_to(tmp_path / "carried")
    assert found.weights.read_bytes() == files["model.safetensors"]
    (checked,) = (each for each in examine(tmp_path / "carried") if each.subject.startswith("hf:"))
    assert checked.state == "ok"
    assert len(hub.asked) == asked


def test_a_hub_that_does_not_answer_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    import logging

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("HF_HUB_OFFLINE", "PATENTZOO_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    waited: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", waited.append)
    hub = logging.getLogger("huggingface_hub.utils._http")
    hub.addHandler(caplog.handler)  # huggingface_hub's loggers do not propagate
    try:
        with pytest.raises(DownloadError, match="the hub cannot be reached"):
            find(f"hf://{REPO}", Request(Cache.at(tmp_path), offline=False))
        said = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
        hub.warning("Something else")
    finally:
        hub.removeHandler(caplog.handler)
    assert len(waited) > 1  # it was tried again and again
    assert said == [f"hf://{REPO}@main: the hub does not answer; trying again for half a minute."]
    assert caplog.records[-1].getMessage() == "Something else"
