"""models, fetch, convert, publish and doctor, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from patentzoo.zoo import doctor
from patentzoo.zoo.doctor import Finding
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, zoo_folder

Run = Callable[..., tuple[int, str, str]]
REFERENCE = "swinv2-arcface-dpat"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATENTZOO_CACHE", str(tmp_path / "cache"))


def test_models_says_where_the_weights_come_from(run: Run):
    code, printed, _ = run("models")
    assert code == 0
    lines = printed.splitlines()
    (bundled,) = (line for line in lines if DEFAULT_MODEL in line)
    (reference,) = (line for line in lines if REFERENCE in line)
    assert "package" in bundled
    assert "Apache-2.0" in bundled
    assert "dropbox.com" in reference
    assert "not stated by its authors" in reference
    assert 'kind = "archive"' in run("models", REFERENCE)[1]
    (card,) = json.loads(run("models", REFERENCE, "--json")[1])
    assert card["sources"][0]["kind"] == "archive"


def test_models_prints_the_card_of_a_folder(run: Run, tmp_path: Path):
    card = run("models", REFERENCE)[1]
    model = tmp_path / "run" / "model"
    model.mkdir(parents=True)
    (model / "card.toml").write_text(card, encoding="utf-8")
    assert run("models", model)[:2] == (0, card)
    code, _, error = run("models", tmp_path / "run")
    assert code == 1
    assert f"there is no model in it. The model of this run is {model}." in " ".join(error.split())


def test_fetch_verifies_what_is_here(run: Run):
    code, printed, error = run("fetch", DEFAULT_MODEL)
    assert (code, error) == (0, "")
    assert f"SHA-256 {find_card(DEFAULT_MODEL).weights.sha256}, verified" in printed
    (fact,) = json.loads(run("fetch", DEFAULT_MODEL, "--json")[1])
    assert fact["licence"] == "Apache-2.0"


def test_fetch_offline_says_how_else(run: Run, monkeypatch):
    monkeypatch.setenv("PATENTZOO_OFFLINE", "1")
    code, printed, error = run("fetch", REFERENCE)
    assert (code, printed) == (1, "")
    assert "patentzoo convert FILE --card swinv2-arcface-dpat" in " ".join(error.split())


def test_convert_explains_a_file_that_is_none(run: Run, tmp_path: Path):
    assert "no such file" in run("convert", "absent.zip", "--card", DEFAULT_MODEL)[2]
    page = tmp_path / "page.zip"
    page.write_bytes(b"<!doctype html><html>")
    code, _, error = run("convert", page, "--card", DEFAULT_MODEL)
    assert code == 1
    assert "a web page" in error


def test_convert_writes_a_folder(run: Run, tmp_path: Path):
    """The bundled weights, as if somebody had sent them."""
    source = zoo_folder() / "weights" / find_card(DEFAULT_MODEL).weights.file
    arguments = ["convert", source, "--card", DEFAULT_MODEL, "--out", tmp_path / "mine"]
    code, printed, error = run(*arguments)
    assert (code, error) == (0, "")
    assert "noted from now on" in printed
    assert (tmp_path / "mine" / "card.toml").is_file()
    facts = json.loads(run(*arguments[:-1], tmp_path / "again", "--json")[1])
    assert facts["first"] is False


def test_publish_as_a_dry_run(run: Run, tmp_path: Path):
    card = find_card(DEFAULT_MODEL)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "card.toml").write_text(card.to_toml().replace('kind = "package"', 'kind = "local"'))
    data = (zoo_folder() / "weights" / card.weights.file).read_bytes()
    (folder / card.weights.file).write_bytes(data)
    out = tmp_path / "hub"
    code, printed, error = run("publish", folder, "org/name", "--dry-run", "--out", out)
    assert (code, error) == (0, "")
    assert str(out) in printed.replace("\n", "")
    assert (out / "README.md").read_text(encoding="utf-8").startswith("---\n")


def test_the_doctor_is_well(run: Run):
    code, printed, _ = run("doctor", "--json")
    findings = json.loads(printed)
    failed = [finding for finding in findings if finding["state"] == "failed"]
    assert code == bool(failed), failed
    assert {"faiss", "cv2", "cache", DEFAULT_MODEL} <= {finding["subject"] for finding in findings}


def test_the_doctors_alarm_is_loud(run: Run, monkeypatch):
    bad = Finding("cv2", "failed", "two have overwritten", "pip uninstall -y a b && pip install a")
    monkeypatch.setattr(doctor, "examine", lambda _: [bad])
    code, printed, error = run("doctor")
    assert code == 1
    assert "failed" in printed
    assert "pip uninstall -y a b && pip install a" in error
