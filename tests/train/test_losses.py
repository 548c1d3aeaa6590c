"""Losses against their formulas, written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from patentzoo.train.config import LossConfig
from patentzoo.train.losses import RetrievalLoss


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    labels = torch.tensor([0, 0, 0, 4, 4, 2, 2, 6])  # 6 has no partner
    return torch.randn(8, 16, generator=generator), labels


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def naive_arcface(x, labels, weights, margin_deg, scale):
    cosines = unit(x) @ unit(weights.T).T
    losses = []
    for row, label in zip(cosines, labels, strict=True):
        logits = scale * row
        logits[label] = scale * np.cos(np.arccos(row[label]) + np.radians(margin_deg))
        losses.append(-logits[label] + np.log(np.exp(logits).sum()))
    return np.mean(losses)


def naive_contrast(x, labels, temperature):
    cosines = unit(x) @ unit(x).T / temperature
    losses = []
    for i, label in enumerate(labels):
        others = [a for a in range(len(labels)) if a != i]
        partners = [a for a in others if labels[a] == label]
        if partners:
            total = np.log(sum(np.exp(cosines[i, a]) for a in others))
            losses.append(-np.mean([cosines[i, p] - total for p in partners]))
    return np.mean(losses)


@pytest.mark.parametrize("margin_deg", [0.0, 17.0, 28.6])
def test_losses_equal_their_formulas(batch, margin_deg):
    torch.manual_seed(1)
    config = LossConfig(margin_deg, 20.0, arcface_weight=0.3, contrast_weight=2.0, temperature=0.2)
    loss = RetrievalLoss(config, 7, 16)
    found = {key: float(value.detach()) for key, value in loss(*batch).items()}
    x, labels = batch[0].double().numpy(), batch[1].tolist()
    weights = loss.arcface.W.detach().double().numpy()
    arcface = naive_arcface(x, labels, weights, margin_deg, 20.0)
    contrast = naive_contrast(x, labels, 0.2)
    assert found["arcface"] == pytest.approx(arcface, rel=1e-5)
    assert found["contrast"] == pytest.approx(contrast, rel=1e-5)
    assert found["loss"] == pytest.approx(0.3 * arcface + 2.0 * contrast, rel=1e-5)


def test_gradients_reach_the_embeddings_and_the_class_centres(batch):
    loss = RetrievalLoss(LossConfig(), 7, 16)
    embeddings = batch[0].requires_grad_()
    loss(embeddings, batch[1])["loss"].backward()
    assert embeddings.grad.abs().sum() > 0
    assert loss.arcface.W.grad.abs().sum() > 0
