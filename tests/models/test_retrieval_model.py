"""RetrievalModel: unit rows, thread safety, devices, and what the fingerprint covers."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from patentzoo.errors import ConfigError, ModelError
from patentzoo.models.preprocess import Preprocess
from patentzoo.models.retrieval_model import RetrievalModel, fingerprint, pick_device


def batch(n: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 1, 32, 32), dtype=np.float32)


def test_rows_are_the_normalised_output_of_the_network(model):
    pixels = batch()
    weight = model.network[1].weight.detach().numpy()
    raw = pixels.reshape(5, -1).astype(np.float64) @ weight.T.astype(np.float64)
    expected = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    rows = model.encode(pixels)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected, atol=1e-5)


def test_a_page_is_embedded_the_same_alone_and_in_a_batch(model):
    pixels = batch()
    alone = np.concatenate([model.encode(pixels[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(alone, model.encode(pixels), atol=1e-6)


def test_hflip_averages_the_image_and_its_mirror_image(model, make_model):
    pixels = batch()
    both = model.encode(pixels).astype(np.float64) + model.encode(pixels[..., ::-1])
    expected = both / np.linalg.norm(both, axis=1, keepdims=True)
    flipped = make_model(hflip=True)
    np.testing.assert_allclose(flipped.encode(pixels), expected, atol=1e-5)
    assert flipped.fingerprint != model.fingerprint


def test_threads_do_not_disturb_one_another(model):
    batches = [batch(4, seed) for seed in range(16)]
    expected = [model.encode(each) for each in batches]
    with ThreadPoolExecutor(4) as pool:
        for found, wanted in zip(pool.map(model.encode, batches), expected, strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_an_empty_batch_gives_no_rows(model):
    assert model.encode(batch(0)).shape == (0, 16)


def test_read_only_and_strided_batches_are_taken(model):
    pixels = batch()
    expected = model.encode(pixels)
    pixels.flags.writeable = False
    np.testing.assert_array_equal(model.encode(pixels), expected)
    np.testing.assert_allclose(model.encode(pixels[::-1]), expected[::-1], atol=1e-6)


@pytest.mark.parametrize(
    "wrong", [batch().astype(np.float64), batch()[0], batch()[..., :16], batch().repeat(3, axis=1)]
)
def test_another_shape_or_dtype_is_refused(model, wrong):
    with pytest.raises(ConfigError, match=r"takes float32 \(B, 1, 32, 32\)"):
        model.encode(wrong)


def test_a_network_that_gives_nothing_usable_is_reported(make_model):
    model = make_model()
    with torch.no_grad():
        model.network[1].weight.zero_()
    with pytest.raises(ModelError, match="not finite"):
        model.encode(batch())


def test_the_network_is_in_eval_mode(model):
    assert not any(module.training for module in model.network.modules())


def test_the_fingerprint_knows_weights_configuration_and_preprocessing_but_no_name(make_model):
    base = make_model()
    config = {"backbone": "projection", "dim": 16}
    assert make_model(name="renamed").fingerprint == base.fingerprint
    assert len(base.fingerprint) == 64
    other = dataclasses.replace(base.preprocess, margin=0.1)
    seen = {
        base.fingerprint,
        make_model(1).fingerprint,
        fingerprint(base.network, config | {"fold": 2}, base.preprocess),
        fingerprint(base.network, config, other),
        fingerprint(torch.nn.Sequential(base.network), config, base.preprocess),
    }
    assert len(seen) == 5
    with torch.no_grad():
        base.network[1].weight[0, 0] += 1e-3
    assert fingerprint(base.network, config, base.preprocess) not in seen


def test_a_buffer_counts_as_a_weight():
    normed = torch.nn.BatchNorm1d(4)
    before = fingerprint(normed, {}, Preprocess())
    normed.running_mean[0] = 1.0
    assert fingerprint(normed, {}, Preprocess()) != before


def test_devices_are_checked(monkeypatch):
    assert pick_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert pick_device("auto") == "cpu"
    with pytest.raises(ConfigError, match="Did you mean 'cuda'"):
        pick_device("cude")
    with pytest.raises(ConfigError, match="finds none here"):
        pick_device("cuda:1")
    with pytest.raises(ConfigError, match="finds none here"):
        pick_device("mps")
    with pytest.raises(ConfigError, match="cannot be used"):
        pick_device("cpu:x")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_agrees_with_the_cpu(model, make_model):
    expected = model.encode(batch())
    base = make_model()
    on_gpu = RetrievalModel(
        base.network, base.preprocess, name="gpu", dim=16, network_config={}, device="cuda"
    )
    assert on_gpu.device == "cuda"
    np.testing.assert_allclose(on_gpu.encode(batch()), expected, atol=1e-4)
