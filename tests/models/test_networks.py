"""Networks: each piece against its formula, and tables that are refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from patentzoo.errors import ConfigError
from patentzoo.models.networks import GeM, NetworkConfig, build_network, empty_network

SMALL = "test_resnet"
"""timm's network for tests, 0.5 million weights."""


def test_gem_follows_its_formula():
    x = torch.rand(2, 3, 5, 4)
    for p in (1.0, 3.0, 6.5):
        naive = [
            [np.mean([v**p for v in x[b, c].flatten().tolist()]) ** (1 / p) for c in range(3)]
            for b in range(2)
        ]
        assert GeM(p)(x).detach().numpy() == pytest.approx(np.array(naive), rel=1e-4)


def test_folding_turns_blocks_into_channels():
    """The backbone's input against a reshape by hand."""
    network = build_network(NetworkConfig(SMALL, 8, pooling="avg", fold=2)).eval()
    seen = []
    network.backbone.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    x = torch.rand(2, 1, 64, 32)
    assert network(x).shape == (2, 8)
    by_hand = x.reshape(2, 32, 2, 16, 2).permute(0, 2, 4, 1, 3).reshape(2, 4, 32, 16)
    assert torch.equal(seen[0], by_hand)


def test_avg_pooling_equals_timms_own():
    torch.manual_seed(0)
    own = build_network(NetworkConfig(SMALL, 8)).eval()
    avg = build_network(NetworkConfig(SMALL, 8, pooling="avg")).eval()
    avg.load_state_dict(own.state_dict())
    x = torch.rand(2, 1, 64, 64)
    assert torch.allclose(own(x), avg(x), atol=1e-6)


@pytest.mark.parametrize("pooling", ["backbone", "avg", "gem"])
def test_a_network_that_widens_its_features_before_the_head(pooling):
    config = NetworkConfig("mobilenetv4_conv_small_035", 8, pooling=pooling)
    assert build_network(config).eval()(torch.rand(2, 1, 64, 64)).shape == (2, 8)


@pytest.mark.parametrize("head", ["linear-bn", "reference"])
@pytest.mark.parametrize("pooling", ["backbone", "avg", "gem"])
def test_every_head_and_pooling_gives_a_row_a_drawing(head, pooling):
    network = build_network(NetworkConfig(SMALL, 8, pooling=pooling, head=head)).eval()
    out = network(torch.rand(3, 1, 64, 64))
    assert out.shape == (3, 8)
    assert torch.isfinite(out).all()


def test_the_reference_head_is_the_published_one():
    head = build_network(NetworkConfig(SMALL, 8, head="reference")).head
    names = [type(layer).__name__ for layer in head]
    assert names == ["Flatten", "BatchNorm1d", "Dropout", "Linear", "BatchNorm1d", "PReLU"]


def test_dict_round_trip():
    config = NetworkConfig(SMALL, 8, fold=2, backbone_args={"drop_rate": 0.1})
    assert NetworkConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backbone": SMALL}, "'dim' is missing"),
        ({"backbone": SMALL, "dim": 8, "poolin": "gem"}, "Did you mean 'pooling'"),
        ({"backbone": SMALL, "dim": "8"}, "dim = '8' should be int"),
        ({"backbone": SMALL, "dim": 8, "pooling": "gme"}, "Did you mean 'gem'"),
        ({"backbone": SMALL, "dim": 0}, "at least 1"),
        ({"backbone": SMALL, "dim": 8, "fold": 0}, "at least 1"),
        ("resnet", "table"),
    ],
)
def test_faulty_tables_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        NetworkConfig.from_dict(values)


def test_an_unknown_backbone_and_a_refused_argument_are_named():
    with pytest.raises(ConfigError, match="'resnet10x' is no timm model"):
        build_network(NetworkConfig("resnet10x", 8))
    with pytest.raises(ConfigError, match="backbone_args"):
        build_network(NetworkConfig(SMALL, 8, backbone_args={"no_such": 1}))


LITE = {"backbone": "tf_efficientnet_lite0", "pooling": "gem", "head": "linear"}


@pytest.mark.parametrize("build", [build_network, empty_network], ids=["timm", "written out"])
def test_earlier_maps_stand_behind_the_last_one(build):
    """Against timm's own network, its stages watched, and the mean of cubes by numpy."""
    torch.manual_seed(0)
    source = build_network(NetworkConfig(dim=6, levels=(3, 5), **LITE)).eval()
    network = build(NetworkConfig(dim=6, levels=(3, 5), **LITE)).eval()
    network.load_state_dict(source.state_dict())
    plain = build_network(NetworkConfig(dim=6, **LITE)).eval()
    plain.backbone.load_state_dict(source.backbone.state_dict())
    seen: dict[int, np.ndarray] = {}
    for level in (3, 5):
        plain.backbone.blocks[level].register_forward_hook(
            lambda _, __, out, level=level: seen.update({level: out.double().numpy()})
        )
    x = torch.rand(2, 1, 96, 64)
    with torch.no_grad():
        maps = [plain.backbone(x).double().numpy(), seen[3], seen[5]]
        found = network(x).numpy()
    pooled = [np.cbrt((np.maximum(each, 1e-6) ** 3).mean((2, 3))) for each in maps]
    features = np.concatenate(pooled, axis=1)
    assert [each.shape[1] for each in pooled] == [1280, 80, 192]
    head = source.head
    naive = features @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    assert found == pytest.approx(naive, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"levels": (3, 7)}, "0 to 6"),
        ({"levels": (4, 3)}, "rising order"),
        ({"levels": (3, 3)}, "at most"),
        ({"levels": (-1,)}, "0 to 6"),
        ({"levels": (1,), "backbone": SMALL}, "Choose an EfficientNet"),
        ({"levels": (1,), "pooling": "backbone"}, "network.pooling"),
    ],
)
def test_levels_that_are_not_there_are_refused(values, told):
    with pytest.raises(ConfigError, match=told):
        build_network(NetworkConfig(**({"dim": 4} | LITE | values)))


def test_a_network_without_levels_is_written_as_before():
    assert "levels" not in NetworkConfig(dim=4, **LITE).to_dict()
    table = NetworkConfig(dim=4, levels=(2, 4), **LITE).to_dict()
    assert table["levels"] == [2, 4]
    assert NetworkConfig.from_dict(table) == NetworkConfig(dim=4, levels=(2, 4), **LITE)
