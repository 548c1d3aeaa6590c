"""The precision a machine trains fastest in."""

import logging

import torch

from patentzoo.models.networks import NetworkConfig, build_network
from patentzoo.train import precision

CONFIG = NetworkConfig("test_resnet", 8, pooling="gem")


def test_the_fastest_sound_one_is_taken_and_told(monkeypatch, caplog):
    seconds = {"bf16": 0.2, "fp32": 0.5}
    monkeypatch.setattr(precision, "_step", lambda network, images, name: seconds[name])
    network = build_network(CONFIG)
    with caplog.at_level(logging.INFO):
        assert precision.fastest_precision(network, torch.device("cpu"), 64) == "bf16"
    assert "bf16 200 ms, fp32 500 ms" in caplog.text
    seconds["bf16"] = 5.0
    assert precision.fastest_precision(network, torch.device("cpu"), 64) == "fp32"
    seconds["bf16"] = None  # a gradient that is no number
    assert precision.fastest_precision(network, torch.device("cpu"), 64) == "fp32"


def test_real_steps_leave_the_network_as_it_is():
    network = build_network(CONFIG)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    assert precision.fastest_precision(network, torch.device("cpu"), 32) in ("bf16", "fp32")
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_gradient_that_is_no_number_is_noticed():
    network = build_network(CONFIG)
    with torch.no_grad():
        next(network.head.parameters()).fill_(float("inf"))
    assert precision._step(network, torch.rand(2, 1, 32, 32), "fp32") is None
