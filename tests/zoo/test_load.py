"""From a card to a model: verified, strict, and the same vectors after a round trip."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from patentzoo.errors import ConfigError, ModelNotFoundError, OutputError, WeightsError
from patentzoo.models.networks import NetworkConfig, build_network
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo import resolve, store
from patentzoo.zoo.card import Card, Inference, Weights
from patentzoo.zoo.load import load_model, save_model_dir
from patentzoo.zoo.registry import DEFAULT_MODEL, list_models
from patentzoo.zoo.weight_sources import PackageSource

CONFIG = NetworkConfig("resnet10t", 8)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(CONFIG).eval()


@pytest.fixture(scope="module")
def template(network, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "mine"
    save_model_dir(folder, network, card())
    return folder


@pytest.fixture
def saved(template, tmp_path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "mine"))


def card(**changes: object) -> Card:
    made = Card(
        name="mine",
        summary="A test.",
        dim=8,
        licence="not stated",
        weights=Weights("model.safetensors", "0" * 64, 1),
        network=CONFIG.to_dict(),
        preprocess=Preprocess(size_px=32),
    )
    return dataclasses.replace(made, **changes)


def pages(n: int = 3) -> np.ndarray:
    return np.random.default_rng(0).random((n, 1, 32, 32), dtype=np.float32)


def test_a_saved_model_gives_the_vectors_of_its_network(saved, network):
    model = load_model(saved, device="cpu")
    with torch.inference_mode():
        raw = network(torch.from_numpy(pages())).numpy()
    expected = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    np.testing.assert_allclose(model.encode(pages()), expected, atol=5e-3)  # stored as float16
    assert (model.name, model.dim, model.card.licence) == ("mine", 8, "not stated")
    assert next(model.network.parameters()).dtype == torch.float32


def test_full_precision_comes_back_exactly(network, tmp_path):
    save_model_dir(tmp_path / "full", network, card(), half=False)
    loaded = load_model(tmp_path / "full", device="cpu").network.state_dict()
    assert all(torch.equal(value, loaded[key]) for key, value in network.state_dict().items())


def test_a_value_float16_cannot_hold_is_kept(network, tmp_path):
    other = build_network(CONFIG)
    other.head[1].running_var.fill_(1e6)
    save_model_dir(tmp_path / "large", other, card())
    loaded = load_model(tmp_path / "large", device="cpu").network
    assert loaded.head[1].running_var.tolist() == [1e6] * 8


def test_the_cards_flip_reaches_the_model(saved, network, tmp_path):
    save_model_dir(tmp_path / "flip", network, card(inference=Inference(hflip=True)))
    flipped, plain = load_model(tmp_path / "flip"), load_model(saved)
    assert flipped.hflip
    assert not plain.hflip
    assert flipped.fingerprint != plain.fingerprint


def test_the_bundled_model_is_the_default():
    model = load_model()
    assert model.name == DEFAULT_MODEL
    side = model.preprocess.size_px
    rows = model.encode(np.random.default_rng(0).random((2, 1, side, side), dtype=np.float32))
    assert rows.shape == (2, model.dim)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert load_model(DEFAULT_MODEL).fingerprint == model.fingerprint


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("patentzoo-smol", ModelNotFoundError, f"Did you mean '{DEFAULT_MODEL}'"),
        ("hf://org", ConfigError, "no hub address"),
        ("absent/folder", ModelNotFoundError, "no folder of that name"),
    ],
)
def test_what_cannot_be_found_is_explained(name, error, says):
    with pytest.raises(error, match=says):
        load_model(name)


def test_a_folder_without_a_card_is_no_model(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"holds no card\.toml"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"backend": "onx"}, "backend = 'onx' is unknown"),
        ({"backend": "trch"}, "Did you mean 'torch'"),
        ({"device": "gpu"}, "device = 'gpu' is unknown"),
        ({"revision": "main"}, "has no revisions"),
    ],
)
def test_impossible_options_are_refused(saved, options, says):
    with pytest.raises(ConfigError, match=says):
        load_model(saved, **options)


def test_damaged_weights_are_named(saved):
    file = saved / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(WeightsError, match=r"model\.safetensors: SHA-256"):
        load_model(saved)
    file.write_bytes(data[:-5])
    with pytest.raises(WeightsError, match="bytes, the card says"):
        load_model(saved)
    file.unlink()
    with pytest.raises(WeightsError, match="missing"):
        load_model(saved)


@pytest.mark.parametrize("change", ["lacks", "adds", "reshapes", "no safetensors"])
def test_weights_must_fit_the_network_exactly(saved, monkeypatch, change):
    file = saved / "model.safetensors"
    state = load_file(file)
    if change == "lacks":
        del state["head.0.weight"]
    elif change == "adds":
        state["extra"] = torch.zeros(1)
    elif change == "reshapes":
        state["head.0.weight"] = state["head.0.weight"][:4].contiguous()
    save_file(state, file)
    if change == "no safetensors":
        file.write_bytes(b"not a tensor in sight")
    monkeypatch.setattr(resolve, "verify_weights", lambda *_: None)
    with pytest.raises(WeightsError, match="does not fit the network of mine"):
        load_model(saved)


def test_saving_again_replaces_the_model(saved, network):
    before = load_model(saved).card.summary
    with pytest.raises(OutputError, match=r"holds a model; nothing was changed.*overwrite=True"):
        save_model_dir(saved, network, card(summary="Newer."))
    assert load_model(saved).card.summary == before
    save_model_dir(saved, network, card(summary="Newer."), overwrite=True)
    assert load_model(saved).card.summary == "Newer."
    assert sorted(path.name for path in saved.parent.iterdir()) == ["mine"]


def test_a_crash_leaves_the_old_model(saved, network, monkeypatch):
    def failing(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = load_model(saved).fingerprint
    monkeypatch.setattr(store, "write_text", failing)
    with pytest.raises(OutputError, match="No space left"):
        save_model_dir(saved, network, card(), overwrite=True)
    assert load_model(saved).fingerprint == before
    assert sorted(path.name for path in saved.parent.iterdir()) == ["mine"]


def test_a_full_disk_leaves_nothing_half_written(network, tmp_path):
    """The kernel lets no file grow beyond a megabyte."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            save_model_dir(tmp_path / "new", network, card())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_left_alone(tmp_path, network):
    (tmp_path / "photo.png").touch()
    with pytest.raises(OutputError, match="is no model folder"):
        save_model_dir(tmp_path, network, card())
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_every_card_whose_weights_ship_loads():
    shipped = [card.name for card in list_models() if PackageSource() in card.sources]
    assert DEFAULT_MODEL in shipped
    for name in shipped:
        assert load_model(name, device="cpu", offline=True).name == name
