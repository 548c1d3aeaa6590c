"""backend="auto": the fastest that does not lie, and an outcome that is remembered."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from agreeing_model import MODEL

from patentzoo.backends import BACKENDS, cpu, devices, registry, selection, torch_backend
from patentzoo.backends.self_check import probe_pages
from patentzoo.errors import ConfigError, MissingExtraError
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo.load import load_model


class Fake:
    """A backend with a fault."""

    name, device, threads = "openvino", "cpu", 1

    def __init__(self, true, fault):
        self.true, self.fault = true, fault

    def __call__(self, batch, *, hflip=False):
        return self.fault(self.true.encode(batch))


@pytest.fixture
def auto(monkeypatch, tmp_path):
    """Load the bundled model with backend="auto" and OpenVINO alone beside torch."""
    monkeypatch.delenv("PATENTZOO_BACKEND")
    order = [BACKENDS["openvino"], BACKENDS["torch"]]
    monkeypatch.setattr(selection, "candidates", lambda device, weights: order)
    return lambda: load_model(MODEL, device="cpu", cache_dir=tmp_path)


def faulty(rows):
    turned = rows + 0.1 * np.roll(rows, 1, axis=1)
    return (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(
    "fault",
    [faulty, lambda rows: rows * np.nan, lambda rows: rows[:, :9], lambda rows: rows[:1]],
    ids=["another direction", "nan", "another length", "another number"],
)
def test_auto_falls_through_a_backend_that_lies_and_remembers(
    fault, auto, eager, monkeypatch, caplog, tmp_path
):
    opened = []
    monkeypatch.setattr(selection, "open_graph", lambda *_: opened.append(1) or Fake(eager, fault))
    assert auto().backend == "torch"
    assert "openvino is left out: on the drawings of the self-check" in caplog.text
    caplog.clear()
    assert auto().backend == "torch"
    assert opened == [1]
    assert not caplog.records
    (file,) = tmp_path.glob("graphs/*/verdicts.json")
    assert list(json.loads(file.read_text()).values()) == [0.0]


def test_auto_takes_what_agrees_and_checks_it_once(auto, eager, monkeypatch, caplog):
    monkeypatch.setattr(selection, "open_graph", lambda *_: Fake(eager, lambda rows: rows))
    calls = []
    check = selection.least_cosine
    monkeypatch.setattr(selection, "least_cosine", lambda *a: calls.append(1) or check(*a))
    with caplog.at_level(logging.INFO, "patentzoo"):
        first, second = auto(), auto()
    assert (first.backend, second.backend, calls) == ("openvino", "openvino", [1])
    assert "backend openvino on cpu (auto)" in caplog.text
    assert first.fingerprint == eager.fingerprint


def test_auto_with_everything_installed(monkeypatch, graphs, eager, pages):
    pytest.importorskip("openvino")
    monkeypatch.delenv("PATENTZOO_BACKEND")
    model = load_model(MODEL, device="cpu", cache_dir=graphs)
    assert model.backend.startswith("openvino")
    if not registry.has_bf16() and not registry.has_float16():
        assert model.backend == "openvino"
    assert model.fingerprint == eager.fingerprint
    assert (model.encode(pages) * eager.encode(pages)).sum(1).min() > 0.999
    assert model._subject._network is None, "what the check built is held in memory"
    known = selection.remembered(model._subject, "cpu")
    # The cache is shared with the tests of 8 bits, which are checked when they are named.
    tried = known.keys() - {"openvino-int8"}
    assert {name for name in tried if known[name] > 0.999} == {model.backend}


def test_a_verdict_that_cannot_be_read_is_found_again(auto, eager, monkeypatch, tmp_path):
    monkeypatch.setattr(selection, "open_graph", lambda *_: Fake(eager, lambda rows: rows))
    auto()
    (file,) = tmp_path.glob("graphs/*/verdicts.json")
    whole = file.read_text()
    file.write_text(whole[:-9])
    assert auto().backend == "openvino"
    assert file.read_text() == whole


def test_auto_needs_no_cache_to_fall_back(auto, monkeypatch, caplog, tmp_path):
    shutil.rmtree(tmp_path)
    tmp_path.write_text("a file where the cache should be")
    try:
        assert auto().backend == "torch"
        assert "cannot be written" in caplog.text
    finally:
        tmp_path.unlink()
        tmp_path.mkdir()


def test_auto_takes_no_backend_that_changes_the_default_models_vectors(monkeypatch, graphs, draw):
    monkeypatch.delenv("PATENTZOO_BACKEND")
    model, plain = load_model(device="cpu", cache_dir=graphs), load_model(backend="torch")
    pages = np.stack([plain.preprocess(np.asarray(draw(seed))) for seed in range(4)])
    assert (model.encode(pages) * plain.encode(pages)).sum(1).min() > 0.999


def test_another_chip_or_version_is_another_verdict(monkeypatch):
    keys = {selection._key(BACKENDS[name], "cpu") for name in ("torch", "torch-bf16")}
    monkeypatch.setattr(selection, "chip", lambda: "another")
    keys.add(selection._key(BACKENDS["torch"], "cpu"))
    assert len(keys) == 3


def test_instructions_hidden_from_onednn_are_not_used(monkeypatch):
    monkeypatch.setattr(
        cpu, "cpu_facts", lambda: ("a chip", frozenset({"avx2", "amx_bf16", "amx_fp16"}))
    )
    for variable in cpu.ISA_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    own = cpu.chip()
    assert cpu.has_bf16()
    for variable in cpu.ISA_VARIABLES:
        for value, halves in (
            ("AVX2", False),
            ("avx512_core_vnni", False),
            ("AVX512_CORE_BF16", True),
            ("ALL", True),
            ("", True),
        ):
            monkeypatch.setenv(variable, value)
            assert cpu.has_bf16() == halves, value
            assert cpu.has_float16() == (halves and value != "AVX512_CORE_BF16"), value
            # What was found with some instructions says nothing of others.
            assert (cpu.chip() == own) == (not value)
        monkeypatch.delenv(variable)


def test_numbers_too_short_in_one_library_are_not_tried_in_another(auto, eager, monkeypatch):
    kinds = [selection.BACKENDS[name] for name in ("openvino-bf16", "torch-bf16", "torch")]
    monkeypatch.setattr(selection, "candidates", lambda *_: kinds)
    monkeypatch.setattr(selection, "open_graph", lambda *_: Fake(eager, faulty))
    monkeypatch.setattr(registry, "has_bf16", lambda: True)
    assert auto().backend == "torch"
    assert auto().backend == "torch"  # by what is remembered


def test_the_order_is_by_device_size_and_chip(monkeypatch):
    monkeypatch.setattr(registry, "has_bf16", lambda: True)
    monkeypatch.setattr(registry, "has_float16", lambda: True)
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: name)

    def names(device, weights):
        return [kind.name for kind in selection.candidates(device, weights)]

    small, large = 5_000_000, 88_000_000
    slower = ["torch-bf16", "openvino", "onnx", "torch"]
    assert names("cpu", small) == ["openvino-f16", "openvino-bf16", *slower]
    slower = ["openvino", "onnx", "torch-bf16", "torch"]
    assert names("cpu", large) == ["openvino-bf16", "openvino-f16", *slower]
    assert names("cuda:1", small) == ["torch"]
    assert names("cuda:1", large) == ["torch-bf16", "torch"]
    assert names("mps", large) == ["torch"]
    monkeypatch.setattr(registry, "has_bf16", lambda: False)
    monkeypatch.setattr(registry, "has_float16", lambda: False)
    assert names("cpu", small) == names("cpu", large) == ["openvino", "onnx", "torch"]
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    assert names("cpu", small) == ["torch"]


@pytest.mark.parametrize(("part", "weights"), [("speed", 5_000_000), ("large", 88_000_000)])
def test_the_order_is_the_one_that_was_measured(part, weights, monkeypatch):
    monkeypatch.setattr(registry, "has_bf16", lambda: True)
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: name)
    file = Path(__file__).parents[2] / "docs/results/speed/backends.json"
    rows = json.loads(file.read_text(encoding="utf-8"))[part]["rows"]
    rate = {row["backend"]: row["images_per_s"] for row in rows}
    order = [kind.name for kind in selection.candidates("cpu", weights) if kind.name in rate]
    assert order == sorted(order, key=rate.__getitem__, reverse=True)


def test_the_environment_says_what_auto_is(monkeypatch):
    monkeypatch.setenv("PATENTZOO_BACKEND", "torch-channels-last")
    assert load_model(device="cpu").backend == "torch-channels-last"
    assert load_model(device="cpu", backend="torch").backend == "torch"
    monkeypatch.setenv("PATENTZOO_BACKEND", "tork")
    with pytest.raises(ConfigError, match=r"PATENTZOO_BACKEND.*Did you mean 'torch'"):
        load_model()


def test_a_backend_of_the_cpu_named_by_the_environment_runs_beside_a_gpu(monkeypatch, graphs):
    pytest.importorskip("openvino")
    monkeypatch.setenv("PATENTZOO_BACKEND", "openvino")
    monkeypatch.setattr(devices, "may_have_gpu", lambda: True)
    monkeypatch.setattr(devices, "pick_device", lambda name: "cuda")
    model = load_model(cache_dir=graphs)
    assert (model.backend, model.device) == ("openvino", "cpu")


def test_a_misspelt_backend_is_refused():
    with pytest.raises(ConfigError, match="Did you mean 'openvino'"):
        load_model(backend="openvno")


@pytest.mark.parametrize(("name", "extra"), [("openvino", "openvino"), ("onnx", "onnx")])
def test_a_missing_extra_prints_its_command(name, extra, monkeypatch):
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'patentzoo\[{extra}\]'"):
        load_model(device="cpu", backend=name)


def test_what_cannot_run_here_says_why(monkeypatch):
    with pytest.raises(ConfigError, match="'torch-fp16' runs on cuda, not on cpu"):
        load_model(device="cpu", backend="torch-fp16")
    monkeypatch.setattr(registry, "has_bf16", lambda: False)
    with pytest.raises(ConfigError, match="needs a processor that multiplies bfloat16"):
        load_model(device="cpu", backend="torch-bf16")
    monkeypatch.setattr(torch_backend.shutil, "which", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs a C\+\+ compiler"):
        load_model(device="cpu", backend="torch-compiled")


def test_torch_is_asked_for_a_gpu_only_where_a_driver_is(monkeypatch):
    asked = []
    monkeypatch.setattr(devices, "pick_device", lambda name: asked.append(name) or "cuda")
    monkeypatch.setattr(devices, "may_have_gpu", lambda: False)
    assert devices.resolve("auto", "auto") == "cpu"
    assert devices.resolve("cuda", "auto") == "cuda"
    monkeypatch.setattr(devices, "may_have_gpu", lambda: True)
    assert devices.resolve("auto", "openvino") == "cpu"
    assert devices.resolve("auto", "auto") == "cuda"
    assert asked == ["cuda", "auto"]


def test_the_probe_is_drawn_the_same_every_time():
    step = Preprocess(size_px=64)
    pages = probe_pages(step)
    assert pages.shape == (4, 1, 64, 64)
    np.testing.assert_array_equal(pages, probe_pages(step))
    assert len({page.tobytes() for page in pages}) == 4
