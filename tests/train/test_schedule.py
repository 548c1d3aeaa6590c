"""Learning rates by their shape, averaged weights by a naive loop."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from patentzoo.train.config import StageConfig
from patentzoo.train.schedule import AveragedWeights, learning_rate


def test_the_rate_rises_evenly_then_falls_as_half_a_cosine():
    stage = StageConfig(steps=110, size_px=64, lr=2.0, lr_end=0.5, warmup=10)
    rates = [learning_rate(stage, step) for step in range(111)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert rates[10] == pytest.approx(2.0)
    assert rates[60] == pytest.approx(1.25)  # half-way
    assert rates[35] == pytest.approx(0.5 + 1.5 * (1 + math.cos(math.pi / 4)) / 2)
    assert rates[110] == pytest.approx(0.5)
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))


@pytest.mark.parametrize(("steps", "warmup"), [(5, 0), (5, 5), (5, 50), (1, 1)])
def test_odd_stages_have_finite_rates(steps, warmup):
    stage = StageConfig(steps, 64, lr=1.0, lr_end=0.1, warmup=warmup)
    assert all(0 < learning_rate(stage, step) <= 1.0 for step in range(steps))


def test_averaged_weights_equal_a_naive_loop():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    average = AveragedWeights(network, 0.6)
    naive = {k: v.double() for k, v in network.state_dict().items()}
    for update in range(1, 20):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        network(torch.randn(4, 3))
        average.update(network)
        decay = min(0.6, (1 + update) / (10 + update))
        for key, value in network.state_dict().items():
            if key.endswith("num_batches_tracked"):
                naive[key] = value.double()
            else:
                naive[key] = decay * naive[key] + (1 - decay) * value.double()
    assert average.updates == 19
    for key, value in average.state.items():
        assert value.double().numpy() == pytest.approx(naive[key].numpy(), abs=1e-5)
