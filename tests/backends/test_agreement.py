"""Every backend gives the vectors of plain float32 torch, on drawn and on real pages."""

from __future__ import annotations

import importlib.util
import pickle

import numpy as np
import pytest
import torch
from agreeing_model import MODEL

from patentzoo.backends import BACKENDS
from patentzoo.backends.cpu import has_bf16, has_float16
from patentzoo.sources import iter_sources
from patentzoo.zoo.load import load_model


def usable(name: str) -> object:
    marks = []
    kind = BACKENDS[name]
    for module in kind.modules:
        missing = importlib.util.find_spec(module) is None
        marks.append(pytest.mark.skipif(missing, reason=f"{module} is not installed"))
    if kind.precision == "bf16":
        marks.append(pytest.mark.skipif(not has_bf16(), reason="no bfloat16 in this chip"))
    if kind.precision == "f16":
        marks.append(pytest.mark.skipif(not has_float16(), reason="no float16 in this chip"))
    if "compiled" in name:
        marks.append(pytest.mark.slow)
    return pytest.param(name, marks=marks)


ON_CPU = [
    usable(name)
    for name, kind in BACKENDS.items()
    if "cpu" in kind.devices and name != "torch" and kind.precision != "i8"  # test_quantize.py
]


def by_hand(network: torch.nn.Module, pages: np.ndarray) -> np.ndarray:
    """Float64 all the way."""
    with torch.inference_mode():
        raw = network(torch.from_numpy(pages)).numpy().astype(np.float64)
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def cosines(rows: np.ndarray, expected: np.ndarray) -> np.ndarray:
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    return (rows * expected).sum(1)


def test_the_default_is_plain_torch_to_the_bit(on, eager, pages):
    with torch.inference_mode():
        raw = eager.network(torch.from_numpy(pages))
        expected = (raw / raw.norm(dim=1, keepdim=True)).numpy()
    np.testing.assert_array_equal(eager.encode(pages), expected)
    np.testing.assert_array_equal(on("auto").encode(pages), expected)


@pytest.mark.parametrize("name", ON_CPU)
def test_drawn_pages_in_batches_of_any_size(name, on, eager, pages):
    model = on(name)
    assert (model.backend, model.device) == (name, "cpu")
    assert f"backend={name!r}" in repr(model)
    assert model.fingerprint == eager.fingerprint
    expected = by_hand(eager.network, pages)
    least = 0.9999 if BACKENDS[name].precision == "f32" else 0.999
    for size in (1, 5, 2, 1):
        assert cosines(model.encode(pages[:size]), expected[:size]).min() >= least


@pytest.mark.parametrize("name", ON_CPU)
def test_the_mirror_image_is_averaged(name, on, eager, pages):
    flipped = on(name)
    flipped.hflip = True
    both = by_hand(eager.network, pages) + by_hand(eager.network, pages[..., ::-1].copy())
    expected = both / np.linalg.norm(both, axis=1, keepdims=True)
    assert cosines(flipped.encode(pages), expected).min() >= 0.999


@pytest.mark.parametrize("threads", [1, 2, 3, 8], ids=lambda count: f"{count} threads")
def test_a_graph_for_one_page_at_a_time_gives_the_same(threads, on, eager, pages):
    """What large networks run on; the rest of a batch has no say in a row, not by a bit.

    Pages go beside one another where there are as many as threads, after one another where not.
    """
    pytest.importorskip("openvino")
    from patentzoo.backends.openvino_backend import OpenVINOBackend

    one = OpenVINOBackend(on("openvino")._runs.graph, "openvino", threads, singly=True)
    copy = pickle.loads(pickle.dumps(one))
    assert (copy.singly, copy.threads) == (True, threads)
    rows = one(pages)
    assert cosines(rows, by_hand(eager.network, pages)).min() >= 0.9999
    for found in (
        one(pages[::-1])[::-1],
        copy(pages),
        np.concatenate([one(pages[:2]), one(pages[2:])]),
        np.concatenate([one(page[None]) for page in pages]),
    ):
        np.testing.assert_array_equal(found, rows)


def test_the_last_pages_of_many_need_no_second_graph(on, pages):
    pytest.importorskip("openvino")
    from patentzoo.backends.openvino_backend import OpenVINOBackend

    compiled = []

    class Counted(OpenVINOBackend):
        def _compiled(self, streams):
            compiled.append(streams)
            return super()._compiled(streams)

    backend = Counted(on("openvino")._runs.graph, "openvino", 2, singly=True)
    rows = backend(pages[:4])
    np.testing.assert_array_equal(backend(pages[:1]), rows[:1])
    assert compiled == [2]
    for _ in range(3):  # by now these are queries
        np.testing.assert_array_equal(backend(pages[:1]), rows[:1])
    assert compiled == [2, 1]


def test_large_networks_get_one(monkeypatch, graphs, eager):
    pytest.importorskip("openvino")
    assert not load_model(MODEL, device="cpu", backend="openvino", cache_dir=graphs)._runs.singly
    monkeypatch.setattr("patentzoo.backends.export_cache.LARGE", 1_000)
    assert load_model(MODEL, device="cpu", backend="openvino", cache_dir=graphs)._runs.singly


@pytest.mark.realdata
@pytest.mark.parametrize("name", ON_CPU)
def test_real_sheets(name, on, eager, shared):
    files = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))[::40]
    assert len(files) >= 8
    pages = [page for source in iter_sources(files) for page in source.read()]
    batch = np.stack([eager.preprocess(page.grey) for page in pages])
    assert cosines(on(name).encode(batch), by_hand(eager.network, batch)).min() >= 0.999


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(
    "name", [name for name, kind in BACKENDS.items() if "cuda" in kind.devices]
)
def test_on_a_gpu(name, eager, pages, tmp_path):
    model = load_model(MODEL, device="cuda", backend=name, cache_dir=tmp_path)
    assert (model.backend, model.device) == (name, "cuda")
    for size in (1, 5, 3):
        found = cosines(model.encode(pages[:size]), by_hand(eager.network, pages[:size]))
        assert found.min() >= 0.999
