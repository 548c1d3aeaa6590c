"""Frozen parts of a backbone, and rates of its others."""

import pytest
import torch
from torch import nn

from patentzoo.errors import ConfigError
from patentzoo.models.networks import NetworkConfig, build_network
from patentzoo.train.freeze import freeze, hold
from patentzoo.train.schedule import make_optimizer
from patentzoo.train.settings import LoopConfig

CONFIG = NetworkConfig("test_resnet", 8, pooling="gem")


def test_a_frozen_part_keeps_weights_and_statistics_and_others_learn():
    torch.manual_seed(0)
    network = build_network(CONFIG).train()
    freeze(network.backbone, ("conv1", "bn1", "layer1"))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    optimizer = make_optimizer(LoopConfig(), network, nn.Identity())
    for group in optimizer.param_groups:
        group["lr"] = 0.1
    network(torch.rand(4, 1, 64, 64)).square().mean().backward()
    optimizer.step()
    after = network.state_dict()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert not any(
        key.startswith(("backbone.conv1", "backbone.bn1", "backbone.layer1")) for key in changed
    )
    assert any(key.startswith("backbone.layer2") for key in changed)
    assert {"backbone.layer2.0.bn1.running_mean", "head.0.weight"} <= changed


def test_what_was_frozen_learns_again_in_a_stage_that_does_not_freeze_it():
    network = build_network(CONFIG).train()
    freeze(network.backbone, ("layer1",))
    freeze(network.backbone.train(), ())
    assert all(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize("keep", [True, False])
def test_statistics_are_kept_while_all_weights_learn(keep: bool):
    torch.manual_seed(0)
    network = build_network(CONFIG).train()
    hold(network, (), statistics=keep)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    network(torch.rand(4, 1, 64, 64))[:, 0].mean().backward()
    optimizer.step()
    after = network.state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    statistics = {key for key in before if "running_" in key}
    assert statistics
    assert (statistics & moved == set()) == keep
    assert {"backbone.bn1.weight", "backbone.bn1.bias", "head.0.weight"} <= moved


def test_an_unknown_part_is_told():
    with pytest.raises(ConfigError, match=r"stage\.frozen: 'layer9'"):
        freeze(build_network(CONFIG).backbone, ("layer9",))


def test_the_backbones_rate_is_a_share_of_the_heads():
    network = build_network(CONFIG)
    loop = LoopConfig(backbone_lr_factor=0.25, loss_lr_factor=3.0)
    groups = make_optimizer(loop, network, nn.Linear(2, 2)).param_groups
    factor_of = {id(p): group["factor"] for group in groups for p in group["params"]}
    for name, parameter in network.named_parameters():
        assert factor_of[id(parameter)] == (0.25 if name.startswith("backbone.") else 1.0), name
    assert sorted(factor_of.values())[-1] == 3.0
