"""Fast gradients of depthwise convolutions against autograd's own."""

import copy

import pytest
import timm
import torch
from torch import nn

from patentzoo.train.depthwise import FastDepthwise, restore, speed_up


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(8, 8), (9, 12), (5, 7)])
def test_gradients_equal_autograds(kernel, stride, size):
    torch.manual_seed(kernel + stride)
    plain = nn.Conv2d(6, 6, kernel, stride, kernel // 2, groups=6, bias=False).double()
    fast = nn.Sequential(copy.deepcopy(plain))
    assert speed_up(fast) == 1
    x = torch.randn(2, 6, *size, dtype=torch.float64)
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    out, wanted = fast(ours), plain(theirs)
    weights = torch.randn_like(wanted)
    (out * weights).sum().backward()
    (wanted * weights).sum().backward()
    torch.testing.assert_close(out, wanted)
    torch.testing.assert_close(ours.grad, theirs.grad)
    torch.testing.assert_close(fast[0].weight.grad, plain.weight.grad)


def test_a_whole_network_with_tensorflows_padding():
    torch.manual_seed(0)
    plain = timm.create_model("tf_efficientnet_lite0", num_classes=0, in_chans=1).eval()
    fast = copy.deepcopy(plain)
    assert speed_up(fast) == 16
    x = torch.rand(1, 1, 70, 64)
    wanted, found = plain(x), fast(x)
    torch.testing.assert_close(found, wanted)
    wanted.square().sum().backward()
    found.square().sum().backward()
    for own, other in zip(fast.parameters(), plain.parameters(), strict=True):
        scale = other.grad.abs().max()
        assert (own.grad - other.grad).abs().max() <= 1e-4 * scale


def test_bfloat16_gradients_are_near_those_of_float32():
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(8, 8, 5, 2, 2, groups=8, bias=False))
    speed_up(module)
    x = torch.randn(4, 8, 20, 20)
    grads = []
    for enabled in (False, True):
        module.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            out = module(x)
        out.float().square().mean().backward()
        grads.append(module[0].weight.grad.float().clone())
    assert torch.nn.functional.cosine_similarity(*(g.ravel() for g in grads), dim=0) > 0.999


def test_other_convolutions_stay_and_restoring_brings_back_the_class():
    network = nn.Sequential(
        nn.Conv2d(4, 4, 3, groups=4, bias=False),
        nn.Conv2d(4, 4, 3, groups=2, bias=False),
        nn.Conv2d(4, 8, 3, groups=4, bias=False),
        nn.Conv2d(4, 4, 7, groups=4, bias=False),
        nn.Conv2d(4, 4, 3, groups=4),
    )
    assert speed_up(network) == 1
    assert [type(m) is FastDepthwise for m in network] == [True, False, False, False, False]
    restore(network)
    assert all(type(module) is nn.Conv2d for module in network)
