"""Losses against their formulas, written out in numpy; gradients against central differences."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from patentzoo.errors import ConfigError
from patentzoo.train.easy_margin import EasyMarginArcFace, focal
from patentzoo.train.losses import NamedLoss, RetrievalLoss, build_loss
from patentzoo.train.settings import LOSSES, LossConfig

LABELS = [0, 0, 0, 4, 4, 2, 2, 6]
"""6 has no partner."""


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(8, 16, generator=generator, dtype=torch.float64)
    return rows, torch.tensor(LABELS)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def cross_entropy(logits, labels):
    total = np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1)) + logits.max(1)
    return np.mean([total[i] - logits[i, label] for i, label in enumerate(labels)])


def naive_arcface(x, labels, weights, c):
    cosines = unit(x) @ unit(weights).T
    logits = c.scale * cosines
    for row, label in enumerate(labels):
        angle = np.arccos(cosines[row, label])
        logits[row, label] = c.scale * np.cos(angle + c.angle_rad)
    return cross_entropy(logits, labels)


def naive_subcenter(x, labels, weights, c):
    centres = unit(weights).reshape(-1, c.sub_centers, x.shape[1])
    cosines = np.einsum("nd,ckd->nck", unit(x), centres).max(axis=2)
    logits = c.scale * cosines
    for row, label in enumerate(labels):
        logits[row, label] = c.scale * np.cos(np.arccos(cosines[row, label]) + c.angle_rad)
    return cross_entropy(logits, labels)


def naive_cosface(x, labels, weights, c):
    logits = unit(x) @ unit(weights).T
    logits[np.arange(len(labels)), labels] -= c.margin_cos
    return cross_entropy(c.scale * logits, labels)


def naive_easy(x, labels, weights, c):
    cosines = unit(x) @ unit(weights).T
    logits = c.scale * cosines
    for row, label in enumerate(labels):
        cosine = cosines[row, label]
        if cosine > 0:
            logits[row, label] = c.scale * np.cos(np.arccos(cosine) + c.angle_rad)
    mean = cross_entropy(logits, labels)
    return (1 - np.exp(-mean)) ** c.focal_gamma * mean


def naive_proxy_anchor(x, labels, weights, c):
    cosines, there = unit(x) @ unit(weights).T, set(labels)
    near = far = 0.0
    for proxy in range(len(weights)):
        same = [cosines[i, proxy] for i, label in enumerate(labels) if label == proxy]
        rest = [cosines[i, proxy] for i, label in enumerate(labels) if label != proxy]
        near += np.log1p(sum(np.exp(-c.scale * (s - c.margin_cos)) for s in same))
        far += np.log1p(sum(np.exp(c.scale * (s + c.margin_cos)) for s in rest))
    return near / len(there) + far / len(weights)


def naive_supcon(x, labels, weights, c):
    cosines, losses = unit(x) @ unit(x).T / c.temperature, []
    for i, label in enumerate(labels):
        others = [a for a in range(len(labels)) if a != i]
        partners = [a for a in others if labels[a] == label]
        if partners:
            total = np.log(sum(np.exp(cosines[i, a]) for a in others))
            losses.append(-np.mean([cosines[i, p] - total for p in partners]))
    return np.mean(losses)


def naive_ntxent(x, labels, weights, c):
    """Each positive pair against the anchor's negatives (Oord et al., 2018; Chen et al., 2020)."""
    cosines, losses = unit(x) @ unit(x).T / c.temperature, []
    for a, p in itertools.permutations(range(len(labels)), 2):
        if labels[a] == labels[p]:
            negatives = [cosines[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
            near = np.exp(cosines[a, p])
            losses.append(-np.log(near / (near + np.exp(negatives).sum())))
    return np.mean(losses)


def naive_triplet(x, labels, weights, c):
    """Semi-hard: the negative is farther than the positive, by less than the margin."""
    rows, losses = unit(x), []
    for a, p, n in itertools.permutations(range(len(labels)), 3):
        if labels[a] == labels[p] != labels[n]:
            gap = np.linalg.norm(rows[a] - rows[n]) - np.linalg.norm(rows[a] - rows[p])
            if 0 < gap <= c.margin_distance:
                losses.append(c.margin_distance - gap)
    positive = [value for value in losses if value > 0]
    return np.mean(positive)


NAIVE = {
    "arcface": naive_arcface,
    "subcenter-arcface": naive_subcenter,
    "cosface": naive_cosface,
    "easy-arcface": naive_easy,
    "proxy-anchor": naive_proxy_anchor,
    "ntxent": naive_ntxent,
    "supcon": naive_supcon,
    "triplet": naive_triplet,
}
CONFIG = LossConfig(
    scale=12.0,
    margin_rad=0.3,
    margin_cos=0.2,
    margin_distance=0.6,
    temperature=0.2,
    focal_gamma=1.5,
)


def weights_of(loss: NamedLoss) -> np.ndarray:
    """Class centres as (classes, dim) rows; empty for losses without any."""
    for name, value in loss.inner.named_parameters():
        rows = value.detach().double().numpy()
        return rows.T if name == "W" else rows
    return np.empty((0, 16))


def test_every_named_loss_has_a_twin_here():
    assert set(NAIVE) == set(LOSSES) - {"arcface+supcon"}


@pytest.mark.parametrize("name", NAIVE)
def test_value_and_gradient_equal_the_formula(batch, name):
    torch.manual_seed(1)
    config = dataclasses.replace(CONFIG, name=name)
    loss = build_loss(config, 7, 16).double()
    x, labels = batch[0].requires_grad_(), batch[1]
    value = loss(x, labels)["loss"]
    value.backward()
    rows, weights = x.detach().numpy().copy(), weights_of(loss)
    assert value.item() == pytest.approx(NAIVE[name](rows, LABELS, weights, config), abs=1e-6)
    for row, column in [(0, 0), (1, 7), (3, 3), (4, 15), (6, 2), (7, 9)]:
        ends = []
        for step in (1e-5, -1e-5):
            moved = rows.copy()
            moved[row, column] += step
            ends.append(NAIVE[name](moved, LABELS, weights, config))
        slope = (ends[0] - ends[1]) / 2e-5
        assert x.grad[row, column].item() == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("name", ["arcface", "cosface", "easy-arcface", "proxy-anchor"])
def test_gradients_of_the_centres_equal_the_formula(batch, name):
    torch.manual_seed(2)
    config = dataclasses.replace(CONFIG, name=name)
    loss = build_loss(config, 7, 16).double()
    loss(*batch)["loss"].backward()
    (parameter,) = loss.inner.parameters()
    gradient = parameter.grad.numpy()
    gradient = gradient.T if name in ("arcface", "cosface") else gradient
    weights = weights_of(loss).copy()
    for row, column in [(0, 1), (4, 8), (5, 3)]:
        ends = []
        for step in (1e-5, -1e-5):
            moved = weights.copy()
            moved[row, column] += step
            ends.append(NAIVE[name](batch[0].numpy(), LABELS, moved, config))
        assert gradient[row, column] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("margin_deg", [0.0, 17.0, 28.6])
def test_the_sum_of_two_losses_is_that_of_its_parts(batch, margin_deg):
    torch.manual_seed(1)
    config = LossConfig(margin_deg, 20.0, arcface_weight=0.3, contrast_weight=2.0, temperature=0.2)
    loss = RetrievalLoss(config, 7, 16).double()
    found = {key: float(value.detach()) for key, value in loss(*batch).items()}
    weights = loss.arcface.W.detach().double().numpy().T
    arcface = naive_arcface(batch[0].numpy(), LABELS, weights, config)
    contrast = naive_supcon(batch[0].numpy(), LABELS, None, config)
    assert found["arcface"] == pytest.approx(arcface, abs=1e-6)
    assert found["contrast"] == pytest.approx(contrast, abs=1e-6)
    assert found["loss"] == pytest.approx(0.3 * arcface + 2.0 * contrast, abs=1e-6)


def test_a_margin_means_the_same_in_either_unit(batch):
    for name in ("arcface", "subcenter-arcface", "easy-arcface", "arcface+supcon"):
        values = []
        for margin in ({"margin_deg": 28.64788975654116}, {"margin_rad": 0.5}):
            torch.manual_seed(0)
            loss = build_loss(LossConfig(name=name, **margin), 7, 16).double()
            values.append(loss(*batch)["loss"].item())
        assert values[0] == pytest.approx(values[1], abs=1e-9)


def test_the_easy_margin_leaves_wide_angles_alone():
    """A right centre more than 90 degrees away: the margin changes nothing."""
    loss = EasyMarginArcFace(2, 2, margin_rad=0.5, scale=4.0)
    loss.weight.data = torch.tensor([[-1.0, 0.1], [0.0, 1.0]])
    x, labels = torch.tensor([[1.0, 0.0]]), torch.tensor([0])
    plain = torch.nn.functional.cross_entropy(
        4.0 * torch.tensor([[-1.0 / np.hypot(1, 0.1), 0.0]], dtype=torch.float32), labels
    )
    assert loss(x, labels).item() == pytest.approx(plain.item(), abs=1e-6)


def test_an_embedding_on_its_centre_has_a_finite_gradient():
    loss = EasyMarginArcFace(2, 2)
    loss.weight.data = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    x = torch.tensor([[2.0, 0.0]], requires_grad=True)
    loss(x, torch.tensor([0])).backward()
    assert torch.isfinite(x.grad).all()
    assert torch.isfinite(loss.weight.grad).all()


def test_focal_works_on_the_mean_of_the_batch():
    """As in the reference: not the mean of each example's focal loss."""
    each = torch.tensor([0.1, 2.0])
    mean = each.mean()
    assert focal(mean, 1.5).item() == pytest.approx((1 - np.exp(-1.05)) ** 1.5 * 1.05, abs=1e-6)
    usual = ((1 - torch.exp(-each)) ** 1.5 * each).mean()
    assert abs(usual.item() - focal(mean, 1.5).item()) > 0.1


@pytest.mark.parametrize("name", ["arcface", "easy-arcface", "proxy-anchor", "arcface+supcon"])
def test_centres_can_be_set(name):
    loss = build_loss(LossConfig(name=name), 5, 3)
    rows = torch.arange(15.0).reshape(5, 3)
    loss.set_centres(rows)
    kept = [p for p in loss.parameters() if p.numel() == 15]
    assert any(torch.equal(p, rows) or torch.equal(p, rows.T) for p in kept)


@pytest.mark.parametrize("name", ["ntxent", "triplet", "subcenter-arcface"])
def test_losses_without_one_centre_a_class_say_so(name):
    with pytest.raises(ConfigError, match="has none to set"):
        build_loss(LossConfig(name=name), 5, 3).set_centres(torch.zeros(5, 3))
