"""The last step of training: the head also whitens what varies between the views of one patent.

The head learned with the losses gives up features that the synthetic classes do not need. The
pooled features themselves, divided by their spread within a class, find real patents better, and
both together find more than either. Within-class covariance normalisation: Hatch, Kajarekar &
Stolcke, Interspeech 2006; as a whitening learned for image retrieval: Mikolajczyk & Matas, ICCV
2007.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from patentzoo.errors import ConfigError
from patentzoo.models.networks import EmbeddingNetwork, level_channels
from patentzoo.models.preprocess import Preprocess
from patentzoo.train.batch_sources import Batches
from patentzoo.train.config import LoopConfig, Recipe, WhitenConfig
from patentzoo.train.dataset import Batch

log = logging.getLogger(__name__)

Doubles = npt.NDArray[np.float64]
Affine = tuple[Doubles, Doubles]
_CLASSES_AT_ONCE = 24
LENGTH = 32.0
"""Of a typical embedding: no cosine knows it, but beside weights of usual size an optimiser's steps
are small, so that fine-tuning does not undo the whitening."""


def whiten(network: EmbeddingNetwork, recipe: Recipe, data: Batches) -> Recipe:
    """Replace the learned head by one linear map that joins it with a whitening of its input.

    Args:
        network: Trained, in eval mode; its head is replaced in place.
        recipe: With ``whiten``.
        data: The last stage's training data.

    Returns:
        The recipe with the network as it is now: head ``"linear"``, the same ``dim``.

    Raises:
        ConfigError: The learned head is not linear, or ``dim`` is more than the maps give.
    """
    sized = dataclasses.replace(recipe.preprocess, size_px=recipe.model_size_px)
    wanted = recipe.whiten
    learned = features_of(network.head)
    level_channels(network.backbone, wanted.levels)  # refuses levels that are not there
    network.levels = wanted.levels or network.levels
    features, labels = pooled_features(network, data, recipe.loop, wanted, sized)
    maps = [
        padded(affine(network.head, learned, recipe.network.head), features.shape[1]),
        within_class_whitening(features, labels, wanted.shrinkage),
    ]
    dim = wanted.dim or recipe.network.dim
    weight, bias = joined(features, maps, dim, (wanted.head_weight, 1.0))
    head = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight * LENGTH))
        head.bias.copy_(torch.from_numpy(bias * LENGTH))
    network.head = head.eval()
    log.info("head whitened from %d drawings of %d classes", len(labels), len(np.unique(labels)))
    made = dataclasses.replace(recipe.network, head="linear", dim=dim, levels=network.levels)
    return dataclasses.replace(recipe, network=made)


def features_of(head: nn.Module) -> int:
    """How many features a linear head takes."""
    return next(int(each.in_features) for each in head.modules() if isinstance(each, nn.Linear))


def padded(learned: Affine, features: int) -> Affine:
    """A map of the first features as one of all ``features``, of which the others do not count."""
    weight, bias = learned
    return np.pad(weight, ((0, 0), (0, features - weight.shape[1]))), bias


@torch.no_grad()
def affine(head: nn.Module, features: int, kind: str) -> Affine:
    """Weight (dim, features) and bias (dim,) of a head of Linear and BatchNorm1d in eval mode.

    Raises:
        ConfigError: The head bends its input.
    """
    if kind not in ("linear", "linear-bn"):
        raise ConfigError(f"[whiten] joins linear heads only; network.head is {kind!r}.")
    head = head.cpu()
    bias = head(torch.zeros(1, features)).double().numpy()[0]
    weight = head(torch.eye(features)).double().numpy().T - bias[:, None]
    return weight, bias


def joined(
    features: Doubles, maps: Sequence[Affine], dim: int, shares: Sequence[float] = ()
) -> Affine:
    """One map whose cosines are those of the maps' outputs side by side, in ``dim`` dimensions.

    Each output is scaled to a median length of one over the features, times its share; the
    directions kept are the leading singular ones of what they make of the features.

    Args:
        features: (n, d), what the maps are applied to.
        maps: Weights (k, d) and biases (k,).
        dim: Dimensions to keep.
        shares: One for each map; empty is 1 for all.

    Raises:
        ConfigError: ``dim`` is more than the maps give.
    """
    weights, biases = [], []
    for (weight, bias), share in zip(maps, shares or [1.0] * len(maps), strict=True):
        length = np.median(np.linalg.norm(features @ weight.T + bias, axis=1)) / share
        weights.append(weight / length)
        biases.append(bias / length)
    weight, bias = np.concatenate(weights), np.concatenate(biases)
    if dim > len(bias):
        raise ConfigError(f"network.dim = {dim}, but head and whitening give only {len(bias)}.")
    outputs = features @ weight.T + bias
    _, directions = np.linalg.eigh(outputs.T @ outputs)
    leading = directions[:, ::-1][:, :dim].T
    return leading @ weight, leading @ bias


def within_class_whitening(
    features: Doubles, labels: npt.NDArray[np.int64], shrinkage: float
) -> Affine:
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


class _Sample(Dataset[Batch]):
    """The classes named, a few at a time."""

    def __init__(self, source: Batches, numbers: Sequence[int]) -> None:
        self.source, self.numbers = source, numbers

    def __len__(self) -> int:
        return -(-len(self.numbers) // _CLASSES_AT_ONCE)

    def __getitem__(self, item: int) -> Batch:
        chosen = self.numbers[item * _CLASSES_AT_ONCE :][:_CLASSES_AT_ONCE]
        return self.source.draw_classes(chosen, np.random.default_rng([self.source.seed, 2, item]))


@torch.no_grad()
def pooled_features(
    network: EmbeddingNetwork,
    data: Batches,
    loop: LoopConfig,
    config: WhitenConfig,
    preprocess: Preprocess | None = None,
) -> tuple[Doubles, npt.NDArray[np.int64]]:
    """Features before the head, of a sample of synthetic classes and of all real ones.

    Args:
        network: In eval mode.
        data: What was trained on.
        loop: Its precision and worker processes.
        config: How many classes and views.
        preprocess: Of the finished model; None is the data's.

    Returns:
        float64 (n, d) and int64 (n,) classes.
    """
    rng = np.random.default_rng([data.seed, 2])
    numbers = data.sample_classes(rng, config.classes)
    source = data.with_views(config.views)
    source.preprocess = preprocess or source.preprocess
    device = next(network.parameters()).device
    features, labels = [], []
    for images, of_class in DataLoader(
        _Sample(source, numbers), batch_size=None, num_workers=loop.workers
    ):
        with torch.autocast(device.type, torch.bfloat16, enabled=loop.precision == "bf16"):
            seen = network.folded(images.to(device)).contiguous(memory_format=torch.channels_last)
            features.append(network.pooled(seen).float().cpu().numpy())
        labels.append(of_class.numpy())
    return np.concatenate(features).astype(np.float64), np.concatenate(labels)
