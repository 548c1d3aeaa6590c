"""The whitening head, against numpy's own covariances and scikit-learn's within-class scatter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import patentzoo as pz
from patentzoo.train.export import export
from patentzoo.train.loop import Run
from patentzoo.train.whiten import pooled_features, whiten, within_class_whitening


@pytest.fixture
def classes() -> tuple[np.ndarray, np.ndarray]:
    """Forty classes in six dimensions, spread unevenly and askew within."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(40), rng.integers(3, 9, 40))
    skew = rng.normal(size=(6, 6))
    centres = rng.normal(size=(40, 6)) * 5
    return centres[labels] + rng.normal(size=(len(labels), 6)) @ skew, labels


def test_without_shrinkage_the_spread_within_classes_becomes_the_identity(classes):
    features, labels = classes
    weight, bias = within_class_whitening(features, labels, 1e-9)
    out = features @ weight.T + bias
    assert out.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-9)
    scatter = sum(
        (len(rows) - 1) * np.cov(rows.T)
        for rows in (out[labels == label] for label in np.unique(labels))
    )
    assert scatter / (len(out) - 40) == pytest.approx(np.eye(6), abs=1e-6)


def test_distances_are_those_of_linear_discriminant_analysis(classes):
    """With all components kept, LDA's space is this one turned, and scaled by n for n - classes."""
    features, labels = classes
    weight, bias = within_class_whitening(features, labels, 1e-9)
    ours = features @ weight.T + bias
    theirs = LinearDiscriminantAnalysis(solver="svd").fit(features, labels).transform(features)

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, None] - points[None], axis=2)

    scale = np.sqrt((len(labels) - 40) / len(labels))
    assert distances(ours) == pytest.approx(distances(theirs) * scale, rel=1e-5)


def test_shrinkage_keeps_directions_without_spread_finite():
    features = np.zeros((8, 4))
    features[:, 0] = np.arange(8.0)
    weight, _ = within_class_whitening(features, np.repeat([0, 1], 4), 0.5)
    assert np.isfinite(weight).all()
    assert np.linalg.norm(weight, axis=1).max() < 3


def test_a_recipe_that_whitens_ends_in_a_model_with_a_linear_head(recipe, tmp_path):
    wanted = recipe(whiten__classes=4)
    run = Run(wanted, tmp_path / "run")
    network = run.train()
    images, labels = run.data.draw_classes(range(3), np.random.default_rng(0))
    with torch.no_grad():
        pooled = network.pooling(network.backbone(images)).numpy()
    model = pz.load_model(
        export(network, whiten(network, wanted, run.data), tmp_path / "model", "tiny.toml")
    )
    assert model.card.network["head"] == "linear"
    assert model.dim == model.card.dim == pooled.shape[1]
    features, classes = pooled_features(network, run.data, wanted.loop, wanted.whiten)
    weight, bias = within_class_whitening(features, classes, wanted.whiten.shrinkage)
    naive = pooled @ weight.T + bias
    naive /= np.linalg.norm(naive, axis=1, keepdims=True)
    cosines = (model.encode(images.numpy()) * naive).sum(axis=1)
    assert cosines.min() > 0.998  # weights are stored as float16
    assert len(labels) == 3 * wanted.loop.views
