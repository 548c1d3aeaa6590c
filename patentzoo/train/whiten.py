"""The last step of training: a head that whitens what varies between the views of one patent.

The head learned with the losses gives up features that the synthetic classes do not need; the
pooled features themselves, divided by their spread within a class, find real patents better.
Within-class covariance normalisation: Hatch, Kajarekar & Stolcke, Interspeech 2006; as a whitening
learned for image retrieval: Mikolajczyk & Matas, ICCV 2007.
"""

from __future__ import annotations

import dataclasses
import logging

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from patentzoo.networks import EmbeddingNetwork
from patentzoo.train.config import LoopConfig, Recipe, WhitenConfig
from patentzoo.train.dataset import DrawingBatches

log = logging.getLogger(__name__)

Doubles = npt.NDArray[np.float64]
_CLASSES_AT_ONCE = 24


def whiten(network: EmbeddingNetwork, recipe: Recipe, data: DrawingBatches) -> Recipe:
    """Replace the head by a whitening of the pooled features.

    Args:
        network: Trained, in eval mode; its head is replaced in place.
        recipe: With ``whiten``.
        data: The last stage's training data.

    Returns:
        The recipe with the network as it is now: head ``"linear"``, ``dim`` the number of features.
    """
    features, labels = pooled_features(network, data, recipe.loop, recipe.whiten)
    weight, bias = within_class_whitening(features, labels, recipe.whiten.shrinkage)
    head = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
    network.head = head.eval()
    log.info("head whitened from %d drawings of %d classes", len(labels), len(np.unique(labels)))
    config = dataclasses.replace(recipe.network, head="linear", dim=len(bias))
    return dataclasses.replace(recipe, network=config)


def within_class_whitening(
    features: Doubles, labels: npt.NDArray[np.int64], shrinkage: float
) -> tuple[Doubles, Doubles]:
    """The linear map after which features vary alike in every direction within a class.

    Args:
        features: (n, d) pooled features.
        labels: (n,) classes.
        shrinkage: Added to each eigenvalue of the within-class covariance, as a share of their
            mean.

    Returns:
        Weight (d, d) and bias (d,), so that ``weight @ x + bias`` has mean zero; scaled to a mean
        within-class variance of about one.
    """
    _, member = np.unique(labels, return_inverse=True)
    count = np.bincount(member)
    means = np.zeros((len(count), features.shape[1]))
    np.add.at(means, member, features)
    means /= count[:, None]
    rest = features - means[member]
    covariance = rest.T @ rest / max(1, len(features) - len(count))
    values, vectors = np.linalg.eigh(covariance)
    values = np.clip(values, 0, None)
    weight = (vectors / np.sqrt(values + shrinkage * values.mean() + 1e-12)).T
    return weight, -weight @ features.mean(axis=0)


@torch.no_grad()
def pooled_features(
    network: EmbeddingNetwork, data: DrawingBatches, loop: LoopConfig, config: WhitenConfig
) -> tuple[Doubles, npt.NDArray[np.int64]]:
    """Features before the head, of a sample of synthetic classes and of all real ones."""
    rng = np.random.default_rng([data.seed, 2])
    drawn = min(config.classes, int((data.chances > 0).sum()))
    numbers = rng.choice(len(data.drawings), drawn, replace=False, p=data.chances).tolist()
    numbers += range(len(data.drawings), data.class_count)
    several = dataclasses.replace(loop, views=config.views)
    source = DrawingBatches(data.data, several, data.preprocess, data.seed)
    features, labels = [], []
    for start in range(0, len(numbers), _CLASSES_AT_ONCE):
        images, of_class = source.draw_classes(numbers[start : start + _CLASSES_AT_ONCE], rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=loop.bf16):
            maps = network.backbone(network.folded(images))
            features.append(network.pooling(maps).float().numpy())
        labels.append(of_class.numpy())
    return np.concatenate(features).astype(np.float64), np.concatenate(labels)
