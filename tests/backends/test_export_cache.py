"""Exported graphs: kept by fingerprint, written whole, made again when damaged, safe to share."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from agreeing_model import MODEL

from patentzoo.backends import BACKENDS
from patentzoo.backends import export_cache as graphs
from patentzoo.backends.registry import BackendSpec
from patentzoo.errors import ModelError, OutputError
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo.load import load_model

FAMILIES = ("openvino", "onnx")


@pytest.fixture(autouse=True)
def _installed() -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("onnxruntime")


class Small:
    """A network of one layer, as a backend sees it."""

    name, size_px, fingerprint, weights = "small", 32, "f" * 64, 8 * 1024
    preprocess = Preprocess(size_px=32)

    def __init__(self, cache: Path) -> None:
        self.cache, self.built = cache, 0

    def build(self) -> torch.nn.Module:
        self.built += 1
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(1024, 8)).eval()

    def stored(self) -> None:
        """Nothing that could be read without torch."""

    def rows(self, batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            raw = self.build()(torch.from_numpy(batch)).numpy().astype(np.float64)
        return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def batch(n: int = 3) -> np.ndarray:
    return np.random.default_rng(n).random((n, 1, 32, 32), dtype=np.float32)


def open_and_run(kind: BackendSpec, cache: Path, number: int) -> np.ndarray:
    return graphs.open_graph(kind, Small(cache))(batch(number))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_graph_is_exported_once_and_again_when_damaged(family, tmp_path, caplog):
    kind, subject = BACKENDS[family], Small(tmp_path)
    expected = subject.rows(batch())
    subject.built = 0
    np.testing.assert_allclose(graphs.open_graph(kind, subject)(batch()), expected, atol=1e-5)
    graphs.open_graph(kind, subject)
    assert subject.built == 1
    folder = graphs.graph_folder(kind, subject)
    file = max(folder.iterdir(), key=lambda each: each.stat().st_size)
    whole = file.read_bytes()
    damages = (whole[:99] + b"x" + whole[100:], whole[:-9])
    for number, damage in enumerate(damages[: 2 if family == "openvino" else 1], start=2):
        caplog.clear()
        file.write_bytes(damage)
        np.testing.assert_allclose(graphs.open_graph(kind, subject)(batch()), expected, atol=1e-5)
        assert subject.built == number
        assert "damaged; making it again" in caplog.text
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    (folder / graphs.DIGESTS).write_text("[]")
    assert not graphs.is_whole(folder)
    (folder / graphs.DIGESTS).unlink()
    assert not graphs.is_whole(folder)


def test_what_a_killed_export_left_is_swept(tmp_path):
    subject, kind = Small(tmp_path), BACKENDS["openvino"]
    folder = graphs.graph_folder(kind, subject)
    left = folder.parent / f".{folder.name}-abc" / "new"
    left.mkdir(parents=True)
    graphs.open_graph(kind, subject)
    assert not left.exists()


def test_another_version_of_the_exporter_makes_another_graph(tmp_path, monkeypatch):
    first = graphs.graph_folder(BACKENDS["openvino"], Small(tmp_path))
    monkeypatch.setattr(graphs.metadata, "version", lambda name: "9.9+cpu")
    assert graphs.graph_folder(BACKENDS["openvino"], Small(tmp_path)) != first


def test_two_processes_at_once_make_one_good_graph(tmp_path):
    kind = BACKENDS["openvino"]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(open_and_run, [(kind, tmp_path, 3)] * 2)
    for rows in found:
        np.testing.assert_allclose(rows, Small(tmp_path).rows(batch()), atol=1e-5)
    assert graphs.is_whole(graphs.graph_folder(kind, Small(tmp_path)))


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(OutputError, match=r"file.*cannot be written.*backend='torch'"):
        graphs.open_graph(BACKENDS["openvino"], Small(blocked))


class Odd(torch.nn.Module):
    """Its way depends on what it sees: nothing that could be recorded."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1) if x.sum() > 0 else -x.flatten(1)


def test_a_network_that_cannot_be_recorded_is_told_in_a_sentence(tmp_path, monkeypatch):
    subject = Small(tmp_path)
    monkeypatch.setattr(subject, "build", Odd)
    with pytest.raises(ModelError, match="openvino cannot take over this network"):
        graphs.open_graph(BACKENDS["openvino"], subject)
    assert not graphs.graph_folder(BACKENDS["openvino"], subject).exists()


@pytest.mark.parametrize("name", FAMILIES)
def test_threads_do_not_disturb_one_another(name, on, pages):
    model = on(name)
    expected = model.encode(pages)
    with ThreadPoolExecutor(32) as pool:
        found = pool.map(lambda i: model.encode(pages[i % 5 : i % 5 + 1]), range(64))
        for i, row in enumerate(found):
            np.testing.assert_allclose(row[0], expected[i % 5], atol=1e-5)


@pytest.mark.parametrize("name", [*FAMILIES, "torch-channels-last"])
def test_a_model_travels_to_another_process(name, on, pages, tmp_path):
    model = on(name)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    np.save(tmp_path / "pages.npy", pages)
    code = (
        "import pickle, numpy as np\n"
        "if __name__ == '__main__':\n"
        "    model = pickle.load(open('model.pickle', 'rb'))\n"
        "    np.save('rows.npy', model.encode(np.load('pages.npy')))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "rows.npy"), model.encode(pages), atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_cached_graph_needs_no_torch(name, on, eager, graphs):
    on(name)
    code = (
        "import sys, numpy as np, patentzoo as pz\n"
        f"model = pz.load_model({MODEL!r}, device='cpu', backend={name!r}, "
        f"cache_dir={str(graphs)!r})\n"
        "page = np.full((90, 90), 255, np.uint8)\n"
        "page[40:50, 10:80] = 0\n"
        "assert pz.embed(model, [page]).vectors.shape == (1, model.dim)\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
        "print(model.fingerprint)\n"
        "assert model.network(__import__('torch').zeros(1, 1, 224, 224)).shape == (1, 256)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [eager.fingerprint]


def test_loading_in_a_thread_beside_another(graphs):
    with ThreadPoolExecutor(4) as pool:
        loaded = list(
            pool.map(lambda _: load_model(MODEL, backend="openvino", cache_dir=graphs), range(4))
        )
    assert len({model.fingerprint for model in loaded}) == 1
