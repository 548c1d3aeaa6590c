"""The whitening head, against numpy's own covariances and scikit-learn's within-class scatter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import patentzoo as pz
from patentzoo.errors import ConfigError
from patentzoo.train.export import export
from patentzoo.train.loop import Run
from patentzoo.train.whiten import affine, joined, pooled_features, whiten, within_class_whitening


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


def test_the_joined_map_has_the_cosines_of_its_maps_side_by_side():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(50, 5)) + 2
    maps = [(rng.normal(size=(k, 5)), rng.normal(size=k)) for k in (3, 4)]
    outputs = [features @ weight.T + bias for weight, bias in maps]
    side_by_side = np.concatenate(
        [out / np.median(np.linalg.norm(out, axis=1)) for out in outputs], axis=1
    )
    weight, bias = joined(features, maps, 6)  # rank: five features and one bias
    ours = features @ weight.T + bias
    assert ours @ ours.T == pytest.approx(side_by_side @ side_by_side.T, abs=1e-8)
    narrow, shift = joined(features, maps, 2)
    kept = TruncatedSVD(2, algorithm="arpack").fit_transform(side_by_side)
    assert np.abs(features @ narrow.T + shift) == pytest.approx(np.abs(kept), abs=1e-6)
    with pytest.raises(ConfigError, match="give only 7"):
        joined(features, maps, 8)


def test_a_bent_head_is_refused(recipe, tmp_path):
    run = Run(recipe(whiten__classes=4), tmp_path / "run")
    with pytest.raises(ConfigError, match="'reference'"):
        whiten(run.train(), run.recipe, run.data)


def test_a_recipe_that_whitens_ends_in_a_model_with_a_linear_head(recipe, tmp_path):
    wanted = recipe(whiten__classes=4, network__head="linear-bn")
    run = Run(wanted, tmp_path / "run")
    network = run.train()
    images, _ = run.data.draw_classes(range(3), np.random.default_rng(0))
    with torch.no_grad():
        pooled = network.pooling(network.backbone(images)).numpy()
        learned = network.head(torch.from_numpy(pooled)).numpy()
    weight, bias = affine(network.head, pooled.shape[1], "linear-bn")
    assert pooled @ weight.T + bias == pytest.approx(learned, abs=1e-4)
    features, labels = pooled_features(network, run.data, wanted.loop, wanted.whiten)
    maps = [(weight, bias), within_class_whitening(features, labels, wanted.whiten.shrinkage)]
    weight, bias = joined(features, maps, wanted.network.dim)
    naive = pooled @ weight.T + bias
    naive /= np.linalg.norm(naive, axis=1, keepdims=True)
    model = pz.load_model(
        export(network, whiten(network, wanted, run.data), tmp_path / "model", "tiny.toml")
    )
    assert (model.card.network["head"], model.dim) == ("linear", wanted.network.dim)
    cosines = (model.encode(images.numpy()) * naive).sum(axis=1)
    assert cosines.min() > 0.998  # weights are stored as float16


def test_earlier_maps_are_whitened_with_the_last_one(recipe, tmp_path):
    """The new head's cosines are those of learned head and whitened features side by side."""
    wanted = recipe(
        network__backbone="tf_efficientnet_lite0",
        network__pooling="gem",
        network__head="linear-bn",
        whiten={"classes": 4, "levels": [4, 5], "head_weight": 0.7, "dim": 400},
    )
    run = Run(wanted, tmp_path / "run")
    network = run.train()
    head = network.head
    made = whiten(network, wanted, run.data)
    assert (made.network.levels, made.network.dim) == ((4, 5), 400)
    features, labels = pooled_features(network, run.data, wanted.loop, wanted.whiten)
    assert features.shape[1] == 1280 + 112 + 192
    assert len(features) < 400  # so that no direction is left out
    rows = torch.from_numpy(features).float()
    with torch.no_grad():
        learned = head(rows[:, :1280]).double().numpy()
        found = network.head(rows).double().numpy()
    weight, bias = within_class_whitening(features, labels, 0.5)
    parts = [0.7 * _of_length_one(learned), _of_length_one(features @ weight.T + bias)]
    naive = np.concatenate(parts, axis=1)
    assert _cosines(found) == pytest.approx(_cosines(naive), abs=1e-3)
    assert np.abs(_cosines(found) - _cosines(parts[1])).max() > 0.01


def _of_length_one(rows: np.ndarray) -> np.ndarray:
    return rows / np.median(np.linalg.norm(rows, axis=1))


def _cosines(rows: np.ndarray) -> np.ndarray:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit.T


def test_levels_of_another_backbone_are_refused(recipe, tmp_path):
    wanted = recipe(whiten__classes=4, whiten__levels=[1], network__head="linear-bn")
    run = Run(wanted, tmp_path / "run")
    with pytest.raises(ConfigError, match="Choose an EfficientNet"):
        whiten(run.train(), run.recipe, run.data)
