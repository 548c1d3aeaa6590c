"""Backbones written out against timm's, and networks built without drawing weights."""

from __future__ import annotations

import pytest
import torch

from patentzoo.models.efficientnet import SCALES, EfficientNetLite
from patentzoo.models.networks import NetworkConfig, build_network, empty_network


@pytest.mark.parametrize("backbone", list(SCALES))
@pytest.mark.parametrize("pooling", ["gem", "backbone"])
def test_it_is_timms_network(backbone, pooling):
    config = NetworkConfig(backbone, 8, pooling=pooling)
    torch.manual_seed(0)
    timms, ours = build_network(config).eval(), empty_network(config).eval()
    assert isinstance(ours.backbone, EfficientNetLite)
    for module in timms.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 2)
    assert list(ours.state_dict()) == list(timms.state_dict())
    ours.load_state_dict(timms.state_dict())
    with torch.inference_mode():
        for size, side in ((1, 64), (3, 98), (1, 225)):
            x = torch.rand(size, 1, side, side)
            wanted = timms(x)
            assert (ours(x) - wanted).abs().max() <= 1e-5 * wanted.abs().max()
