"""Graphs written from weights: torch's export to the bit, and no torch on the way to a vector."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import patentzoo
from patentzoo.backends import openvino_graph
from patentzoo.backends.self_check import known_rows, probe_pages
from patentzoo.models.config import NetworkConfig
from patentzoo.models.networks import empty_network
from patentzoo.zoo.load import load_model
from patentzoo.zoo.registry import DEFAULT_MODEL, list_models
from patentzoo.zoo.store import save_model_dir
from patentzoo.zoo.weight_sources import PackageSource

SIZE = (96, 80)
DRAWING = Path(patentzoo.__file__).parent / "samples" / "LD000001-D00001.png"
NETWORKS = {
    "lite0, GeM, levels": {
        **{"backbone": "tf_efficientnet_lite0", "pooling": "gem", "head": "linear"},
        **{"levels": [1, 3, 5]},
    },
    "resnet10t": {"backbone": "resnet10t", "head": "none", "dim": 512},
}
SHIPPED = [
    card.name for card in list_models() if any(isinstance(s, PackageSource) for s in card.sources)
]


@pytest.fixture(autouse=True)
def _installed() -> None:
    pytest.importorskip("openvino")


def network_of(settings: dict[str, object]) -> tuple[NetworkConfig, torch.nn.Module]:
    """With random weights and norms that have counted something."""
    torch.manual_seed(1)
    config = NetworkConfig.from_dict({"dim": 24, **settings})
    network = empty_network(config)  # without timm, which takes seconds to import
    for values in network.parameters():
        torch.nn.init.normal_(values, 0.05, 0.1)
    for name, values in network.state_dict().items():
        if name.endswith("running_mean"):
            values.normal_(0, 0.1)
        elif name.endswith("running_var"):
            values.uniform_(0.5, 1.5)
    return config, network.eval()


def arrays_of(network: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: values.numpy().copy() for name, values in network.state_dict().items()}


@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
def test_a_written_graph_is_the_exported_one_to_the_bit(settings, tmp_path):
    from patentzoo.backends.openvino_backend import OpenVINOBackend, export

    config, network = network_of(settings)
    written, exported = tmp_path / "written", tmp_path / "exported"
    written.mkdir(), exported.mkdir()
    assert openvino_graph.write(config, arrays_of(network), SIZE, written / "graph.xml")
    export(network, SIZE, exported)
    pages = np.random.default_rng(0).random((3, 1, *SIZE), dtype=np.float32)
    ours = OpenVINOBackend(written, "openvino")
    theirs = OpenVINOBackend(exported, "openvino")
    for count in (3, 1):
        np.testing.assert_array_equal(ours(pages[:count]), theirs(pages[:count]))
    with torch.inference_mode():
        plain = torch.nn.functional.normalize(network(torch.from_numpy(pages))).numpy()
    np.testing.assert_allclose(ours(pages), plain, atol=1e-5)


def test_a_written_graph_of_another_kind_computes_what_torch_does(tmp_path):
    from patentzoo.backends.openvino_backend import OpenVINOBackend

    config, network = network_of({"backbone": "tf_efficientnet_lite1", "pooling": "avg", "fold": 2})
    assert openvino_graph.write(config, arrays_of(network), SIZE, tmp_path / "graph.xml")
    pages = np.random.default_rng(0).random((3, 1, *SIZE), dtype=np.float32)
    with torch.inference_mode():
        plain = torch.nn.functional.normalize(network(torch.from_numpy(pages))).numpy()
    np.testing.assert_allclose(OpenVINOBackend(tmp_path, "openvino")(pages), plain, atol=1e-5)


def test_weights_that_do_not_fit_are_left_to_torch(tmp_path):
    config, network = network_of({"backbone": "resnet10t", "head": "none", "dim": 512})
    whole = arrays_of(network)
    name = "backbone.layer1.0.conv1.weight"
    faulty = (
        {key: values for key, values in whole.items() if key != name},
        {**whole, "another": whole[name]},
        {**whole, name: whole[name][:-1]},
        {**whole, name: whole[name].astype(np.float64)},
        {**whole, "backbone.bn1.num_batches_tracked": np.zeros((), np.float32)},
    )
    for state in faulty:
        assert not openvino_graph.write(config, state, SIZE, tmp_path / "graph.xml")
    timm = NetworkConfig.from_dict({**config.to_dict(), "backbone": "resnet18"})
    assert not openvino_graph.write(timm, whole, SIZE, tmp_path / "graph.xml")
    assert not list(tmp_path.iterdir())
    assert openvino_graph.write(config, whole, SIZE, tmp_path / "graph.xml")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_vectors_that_ship_are_those_of_torch(name):
    model = load_model(name, device="cpu", backend="torch")
    pages = probe_pages(model.preprocess)
    rows = known_rows(model.fingerprint, pages)
    assert rows is not None, "after a change of weights: python -m docs.tools known-rows"
    np.testing.assert_allclose(rows, model.encode(pages), atol=1e-4)
    assert known_rows("0" * 64, pages) is None
    assert known_rows(model.fingerprint, pages + 1) is None


FRESH = """
import sys, numpy as np, patentzoo as pz
model = pz.load_model({name!r}, device="cpu", backend={backend!r}, cache_dir={cache!r})
rows = pz.embed(model, {drawing!r}).vectors
assert model.backend.startswith("openvino"), model.backend
unused = {{"torch", "torchvision", "timm", "faiss", "pandas", "huggingface_hub", "requests"}}
unused |= {{"matplotlib", "scipy", "typer", "rich", "onnx", "onnxruntime", "nncf"}}
assert not unused & sys.modules.keys(), unused & sys.modules.keys()
np.save({rows!r}, rows)
"""


@pytest.mark.parametrize(
    ("name", "backend"), [*((name, "auto") for name in SHIPPED), (DEFAULT_MODEL, "openvino")]
)
def test_a_first_run_imports_nothing_that_it_does_not_use(name, backend, tmp_path, monkeypatch):
    monkeypatch.delenv("PATENTZOO_BACKEND", raising=False)
    for run in ("first", "later"):
        code = FRESH.format(
            name=name,
            backend=backend,
            cache=str(tmp_path),
            drawing=str(DRAWING),
            rows=str(tmp_path / f"{run}.npy"),
        )
        subprocess.run([sys.executable, "-c", code], check=True)
    first, later = (np.load(tmp_path / f"{run}.npy") for run in ("first", "later"))
    np.testing.assert_array_equal(first, later)
    plain = load_model(name, device="cpu", backend="torch")
    assert (first * patentzoo.embed(plain, DRAWING).vectors).sum() > 0.999


def test_weights_of_ones_own_need_torch_once_for_the_check(tmp_path, monkeypatch):
    """A model that was trained further: its graph is written, its vectors are not known."""
    from patentzoo.backends import selection

    monkeypatch.delenv("PATENTZOO_BACKEND", raising=False)
    plain = load_model("resnet10t-arcface-linedraw", device="cpu", backend="torch")
    with torch.no_grad():
        plain.network.backbone.bn1.bias.add_(0.01)
    save_model_dir(tmp_path / "mine", plain.network, plain.card, half=False)
    asked = []
    torch_backend = selection.TorchBackend
    monkeypatch.setattr(selection, "TorchBackend", lambda *a: asked.append(1) or torch_backend(*a))
    for _ in range(2):
        model = load_model(tmp_path / "mine", device="cpu", cache_dir=tmp_path / "cache")
        assert model.backend.startswith("openvino")
    assert asked == [1]
