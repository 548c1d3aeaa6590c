"""The bundled model's backbone against timm's, and networks built without drawing weights."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from patentzoo.models.networks import NetworkConfig, build_network, empty_network
from patentzoo.models.resnet import ResNet10T


@pytest.mark.parametrize("pooling", ["avg", "gem", "backbone"])
@pytest.mark.parametrize("fold", [1, 2])
def test_it_is_timms_network_to_the_bit(pooling, fold):
    config = NetworkConfig("resnet10t", 8, pooling=pooling, fold=fold)
    torch.manual_seed(0)
    timms, ours = build_network(config).eval(), empty_network(config).eval()
    assert isinstance(ours.backbone, ResNet10T)
    for module in timms.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 2)
    assert list(ours.state_dict()) == list(timms.state_dict())
    ours.load_state_dict(timms.state_dict())
    with torch.inference_mode():
        for size, side in ((1, 64), (3, 98), (2, 224)):
            x = torch.rand(size, 1, side, side)
            assert torch.equal(ours(x), timms(x))


@pytest.mark.parametrize("backbone", ["test_resnet", "test_vit", "swinv2_cr_tiny_ns_224"])
def test_other_networks_come_from_timm_without_random_weights(backbone):
    config = NetworkConfig(backbone, 8)
    torch.manual_seed(0)
    drawn = build_network(config).eval()
    state = torch.random.get_rng_state()
    empty = empty_network(config).eval()
    assert torch.equal(torch.random.get_rng_state(), state)
    empty.load_state_dict(drawn.state_dict(), strict=True)
    stored = drawn.state_dict().keys()
    kept = dict(drawn.named_buffers())
    for name, buffer in empty.named_buffers():
        assert name in stored or torch.equal(buffer, kept[name]), name


def test_the_bundled_model_loads_without_timm_and_torchvision():
    code = (
        "import sys, numpy as np, patentzoo as pz\n"
        "model = pz.load_model(device='cpu', backend='torch')\n"
        "page = np.full((90, 90), 255, np.uint8)\n"
        "page[40:50, 10:80] = 0\n"
        "pz.embed(model, [page])\n"
        "heavy = {'timm', 'torchvision', 'torch._dynamo', 'faiss', 'huggingface_hub', 'sympy'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
