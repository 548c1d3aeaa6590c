"""Checkpoints of any wrapping are read; nothing in them runs; names of timm 0.6 become today's."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from small_reference import NETWORK, Harm, as_timm_0_6, randomised, saved

from patentzoo.errors import WeightsError
from patentzoo.models.networks import NetworkConfig, build_network
from patentzoo.zoo.checkpoint import fit, read_checkpoint

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.count": torch.tensor(3)}


@pytest.fixture
def put(tmp_path):
    def write(data: bytes, name: str = "net.pth") -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def with_prefix(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: tensor for name, tensor in STATE.items()}


@pytest.mark.parametrize(
    "content",
    [
        STATE,
        with_prefix("module."),
        with_prefix("_orig_mod.module."),
        with_prefix("module._orig_mod."),
        {"state_dict": STATE, "epoch": 19},
        {"model": {"state_dict": with_prefix("module.")}, "optimizer": {"lr": 0.1}},
    ],
)
@pytest.mark.parametrize("modern", [True, False])
def test_however_it_was_wrapped_the_same_tensors_come_out(put, content, modern, tmp_path):
    torch.save(content, tmp_path / "net.pth", _use_new_zipfile_serialization=modern)
    read = read_checkpoint(tmp_path / "net.pth")
    assert read.keys() == STATE.keys()
    assert all(torch.equal(read[name], STATE[name]) for name in STATE)


def test_safetensors_are_read_too(put):
    read = read_checkpoint(put(save(with_prefix("module.")), "x.safetensors"))
    assert all(torch.equal(read[name], STATE[name]) for name in STATE)


@pytest.mark.parametrize("way", ["torch", "legacy", "pickle", "module"])
def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(put, tmp_path, way):
    trace, path = tmp_path / "it-ran", tmp_path / "net.pth"
    content = {"a": torch.zeros(2), "b": Harm(trace)}
    if way == "pickle":
        path.write_bytes(pickle.dumps(Harm(trace)))
    elif way == "module":
        torch.save(torch.nn.Linear(2, 2), path)  # a whole module: its class would be imported
    else:
        torch.save(content, path, _use_new_zipfile_serialization=way == "torch")
    with pytest.raises(WeightsError, match=r"net\.pth: (refused, nothing of it was run|cannot)"):
        read_checkpoint(path)
    assert not trace.exists()
    if way == "pickle":
        pickle.loads(path.read_bytes())  # the proof that it would have
        assert trace.exists()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!doctype html><html>", "a web page"),
        (b"plain text", "no checkpoint of torch"),
        (b"", "no checkpoint of torch"),
        (saved([1, 2]), "holds list, no state dict"),
        (saved({"lr": 0.1}), "it holds lr"),
        (saved({}), "it holds nothing"),
        (saved(STATE)[:-200], "cut off or damaged"),
        (b"\x80\x02broken", "cannot be read|refused"),
    ],
)
def test_what_is_no_checkpoint_is_said_to_be_none(put, data, says):
    with pytest.raises(WeightsError, match=says):
        read_checkpoint(put(data))


def lying(header: bytes, data: bytes = b"\0" * 64, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


@pytest.mark.parametrize(
    "data",
    [
        lying(b'{"a":{"dtype":"F32","shape":[4000],"data_offsets":[0,64]}}'),
        lying(b'{"a":{"dtype":"F32","shape":[16],"data_offsets":[0,6400]}}'),
        lying(b'{"a":{"dtype":"F32","shape":[16],"data_offsets":[64,0]}}'),
        lying(b'{"a":{"dtype":"F32","shape":[16],"data_offsets":[-64,0]}}'),
        lying(b'{"a":{"dtype":"F99","shape":[16],"data_offsets":[0,64]}}'),
        lying(b'{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,64]}}'),
        lying(
            b'{"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]},'
            b'"b":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}'
        ),
        lying(b'{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}'),
        lying(b'{"a":', length=5),
        lying(b'{"a":1}', length=50_000_000),
    ],
)
def test_a_safetensors_file_with_a_lying_header(put, data):
    with pytest.raises(WeightsError, match="damaged"):
        read_checkpoint(put(data, "x.safetensors"))


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return randomised(build_network(NetworkConfig.from_dict(dict(NETWORK))), 3)


def test_a_checkpoint_of_timm_0_6_gets_todays_names(network, published, put):
    state = fit(read_checkpoint(put(published.checkpoint)), network)
    wanted = published.network.state_dict()
    assert state.keys() == wanted.keys()
    assert all(torch.equal(state[name], wanted[name]) for name in wanted)


def test_the_same_vectors_come_out_of_it(published, put):
    """Another network with other weights; after loading, the published one's output."""
    loaded = randomised(build_network(NetworkConfig.from_dict(dict(NETWORK))), 5)
    with torch.inference_mode():
        before = loaded(published.batch())
        loaded.load_state_dict(fit(read_checkpoint(put(published.checkpoint)), loaded), strict=True)
        after = loaded(published.batch())
    assert (after - published.expected()).abs().max() <= 1e-5
    assert (before - published.expected()).abs().max() > 1e-2


def test_todays_names_pass_as_they_are(network):
    state = fit(network.state_dict(), network)
    assert state.keys() == network.state_dict().keys()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop("head.3.weight"), r"1 tensors are missing \(head.3.weight\)"),
        (lambda s: s.update(extra=torch.zeros(1)), r"1 have no place in the network \(extra\)"),
        (
            lambda s: s.update({"head.3.weight": torch.zeros(3, 4)}),
            r"head.3.weight \(3, 4\) instead of \(24, 128\)",
        ),
        (lambda s: s["head.3.weight"].fill_(float("nan")), "not finite"),
        (
            lambda s: [s.pop(k) for k in list(s) if k.startswith("backbone.layers.1")],
            "tensors are missing",
        ),
        (lambda s: s.clear(), "0 tensors: .* are missing"),
    ],
)
def test_what_does_not_fit_is_listed(network, change, says):
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    change(state)
    with pytest.raises(WeightsError, match=says):
        fit(state, network)


def test_tensors_the_card_calls_unused_are_left_out(network):
    old = as_timm_0_6(network.state_dict())
    state = {n.removeprefix("module."): t for n, t in old.items()} | {"gem.p": torch.ones(1)}
    with pytest.raises(WeightsError, match=r"no place in the network \(gem.p\)"):
        fit(state, network)
    assert fit(state, network, unused=("gem.*",)).keys() == network.state_dict().keys()


def test_a_network_of_another_kind_is_told_apart(published, put):
    other = build_network(NetworkConfig("resnet10t", 24, head="reference"))
    with pytest.raises(WeightsError, match="tensors are missing"):
        fit(read_checkpoint(put(published.checkpoint)), other)
