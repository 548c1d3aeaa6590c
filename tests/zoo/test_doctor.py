"""The doctor sees doubled packages, damaged models and switches, and opens no socket."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from patentzoo.zoo import doctor
from patentzoo.zoo.doctor import examine, provider
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, zoo_folder


def install(folder: Path, *names: str) -> None:
    """What pip writes down of an installed distribution."""
    for name in names:
        info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")


@pytest.mark.parametrize(
    ("module", "names", "repair"),
    [
        (
            "faiss",
            ("faiss-cpu", "faiss-gpu"),
            "pip uninstall -y faiss-gpu faiss-cpu && pip install",
        ),
        (
            "cv2",
            ("opencv-python", "opencv-python-headless"),
            "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python",
        ),
        ("cv2", ("opencv-python", "opencv-contrib-python"), "pip install opencv-contrib-python"),
        ("faiss", (), "pip install faiss-"),
    ],
)
def test_two_providers_or_none_are_a_failure_with_its_repair(
    module, names, repair, tmp_path, monkeypatch
):
    install(tmp_path, *names)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    found = provider(module)
    assert found.state == "failed"
    assert repair in found.repair
    assert all(name in found.detail for name in names)


def test_one_provider_is_well(tmp_path, monkeypatch):
    install(tmp_path, "opencv-python-headless")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert provider("cv2") == doctor.Finding("cv2", "ok", "opencv-python-headless 1.2")


def test_it_says_what_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("PATENTZOO_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "file").write_bytes(bytes(2_500_000))
    found = {finding.subject: finding for finding in examine()}
    assert {"torch", "timm", "faiss", "cv2", "cpu", "threads", "mps"} <= found.keys()
    assert found["cache"].detail == f"{tmp_path} (PATENTZOO_CACHE), 2.5 MB"
    assert found["network"].detail == "offline; HF_HUB_OFFLINE=1"
    assert "OMP_NUM_THREADS=1" in found["threads"].detail
    assert found[DEFAULT_MODEL].state == "ok"


def test_it_says_what_runs_the_network(tmp_path, monkeypatch):
    monkeypatch.setenv("PATENTZOO_BACKEND", "torch-channels-last")
    found = {finding.subject: finding for finding in examine(tmp_path)}
    assert found["backend"].detail.startswith("auto tries torch-channels-last on the CPU")
    monkeypatch.delenv("PATENTZOO_BACKEND")
    monkeypatch.setattr("patentzoo.backends.registry.importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("patentzoo.backends.registry.has_bf16", lambda: False)
    found = {finding.subject: finding for finding in examine(tmp_path)}
    assert found["backend"].detail.startswith("auto tries torch on the CPU")
    assert (found["onnx"].state, found["onnx"].repair) == ("note", "pip install 'patentzoo[onnx]'")
    monkeypatch.setenv("PATENTZOO_BACKEND", "tork")
    (bad,) = (each for each in examine(tmp_path) if each.subject == "backend")
    assert bad.state == "failed"
    assert not list(tmp_path.iterdir())


def test_a_damaged_cached_model_is_found(tmp_path):
    card = find_card(DEFAULT_MODEL)
    weights = bytearray((zoo_folder() / "weights" / card.weights.file).read_bytes())
    for name in ("good", "bad", "odd"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "card.toml").write_text(card.to_toml())
        if name == "bad":
            weights[1000] ^= 1
        (folder / card.weights.file).write_bytes(weights)
    (tmp_path / "models" / "odd" / "card.toml").write_text("name = 3")
    found = {finding.subject: finding for finding in examine(tmp_path)}
    assert found["good"].state == "ok"
    assert (found["bad"].state, found["odd"].state) == ("failed", "failed")
    assert found["bad"].repair == "patentzoo fetch bad"


def test_models_in_the_hubs_cache_are_verified_too(tmp_path):
    card = find_card(DEFAULT_MODEL)
    commit = "c" * 40
    folder = tmp_path / "hub" / "models--org--my--model" / "snapshots" / commit
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(card.to_toml())
    (bad,) = (each for each in examine(tmp_path) if each.subject.startswith("hf://"))
    assert (bad.subject, bad.state) == (f"hf://org/my--model@{commit}", "failed")
    assert bad.repair == f"patentzoo fetch hf://org/my--model@{commit}"
    weights = (zoo_folder() / "weights" / card.weights.file).read_bytes()
    (folder / card.weights.file).write_bytes(weights)
    (good,) = (each for each in examine(tmp_path) if each.subject.startswith("hf://"))
    assert good.state == "ok"


def test_no_socket_is_opened(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a socket")

    monkeypatch.setattr("socket.socket", refuse)
    assert json.dumps([finding.subject for finding in examine(tmp_path)])
