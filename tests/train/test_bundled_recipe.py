"""The bundled model's recipe: one seed, one run; and its first loss is what the formulas say.

In float32, so that the properties hold on every machine: how bfloat16 rounds is the processor's.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from patentzoo.data.linedraw.dataset import SolidSource
from patentzoo.train.config import Recipe, load_recipe
from patentzoo.train.loop import Run
from patentzoo.train.smoke_run import shrink

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "resnet10t-arcface-linedraw.toml"
STEPS = 18


class Enough(Exception):
    """A run is broken off here."""


class Step(NamedTuple):
    images: torch.Tensor
    labels: torch.Tensor
    losses: dict[str, float]


@pytest.fixture
def tiny(ldraw_library, tmp_path) -> Recipe:
    """The recipe's tiny mode in float32, on the tests' own solids."""
    recipe = shrink(load_recipe(RECIPE), tmp_path / "run")
    solids = (SolidSource("ldraw", 12, folder=str(ldraw_library)),)
    data = dataclasses.replace(recipe.data, solids=solids, shards=str(tmp_path / "shards"))
    loop = dataclasses.replace(recipe.loop, tensorboard=False, precision="fp32")
    return dataclasses.replace(recipe, data=data, loop=loop)


@pytest.fixture
def trained(monkeypatch):
    """A function: a recipe, a folder, steps at most -> every step of its run."""
    step = Run._one_step
    seen: list[Step] = []
    most = [STEPS]

    def one_step(self, stage, pieces):
        losses = step(self, stage, pieces)
        seen.append(Step(*(each.clone() for each in pieces[0]), losses))
        if len(seen) == most[0] < STEPS:
            raise Enough
        return losses

    def run(recipe: Recipe, out: Path, steps: int = STEPS) -> list[Step]:
        seen.clear()
        most[0] = steps
        with contextlib.suppress(Enough):
            Run(recipe, out).train()
        return list(seen)

    monkeypatch.setattr(Run, "_one_step", one_step)
    return run


def test_one_seed_gives_the_same_batches_and_losses(tiny, trained, tmp_path):
    assert tiny.loss.name == "arcface+supcon"
    first, again = (trained(tiny, tmp_path / name) for name in ("first", "again"))
    assert len(first) == len(again) == STEPS
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert all(math.isfinite(value) for value in one.losses.values())
        assert one.losses == other.losses
    drawn = [step.images for step in first]
    assert all(images.shape == (16, 1, 64, 64) and images.amax() > 0 for images in drawn)
    assert not torch.equal(drawn[0], drawn[1])
    another = dataclasses.replace(tiny, seed=tiny.seed + 1)
    elsewhere = trained(another, tmp_path / "elsewhere", steps=1)
    assert not torch.equal(drawn[0], elsewhere[0].images)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def naive_arcface(x: np.ndarray, labels: list[int], centres: np.ndarray, config) -> float:
    cosines = unit(x) @ unit(centres).T
    losses = []
    for row, label in enumerate(labels):
        logits = config.scale * cosines[row]
        logits[label] = config.scale * math.cos(math.acos(cosines[row, label]) + config.angle_rad)
        losses.append(math.log(np.exp(logits - logits[label]).sum()))
    return float(np.mean(losses))


def naive_contrast(x: np.ndarray, labels: list[int], config) -> float:
    cosines, losses = unit(x) @ unit(x).T / config.temperature, []
    for row, label in enumerate(labels):
        others = [other for other in range(len(labels)) if other != row]
        partners = [other for other in others if labels[other] == label]
        total = math.log(sum(math.exp(cosines[row, other]) for other in others))
        losses.append(total - np.mean([cosines[row, other] for other in partners]))
    return float(np.mean(losses))


def test_the_first_loss_is_that_of_the_formulas(tiny, tmp_path, monkeypatch):
    """Plain torch in float32 for the vectors, loops in float64 for the losses."""
    step = Run._one_step
    pairs: list[tuple[dict[str, float], dict[str, float]]] = []

    def one_step(self, stage, pieces):
        (images, labels), twin = pieces[0], copy.deepcopy(self.network)
        config, centres = self.loss.config, self.loss.arcface.W.detach().double().numpy().T.copy()
        vectors = twin(images.clone()).detach().double().numpy()
        arcface = naive_arcface(vectors, labels.tolist(), centres, config)
        contrast = naive_contrast(vectors, labels.tolist(), config)
        total = config.arcface_weight * arcface + config.contrast_weight * contrast
        expected = {"loss": total, "arcface": arcface, "contrast": contrast}
        pairs.append((step(self, stage, pieces), expected))
        raise Enough

    monkeypatch.setattr(Run, "_one_step", one_step)
    with pytest.raises(Enough):
        Run(tiny, tmp_path / "run").train()
    ((found, expected),) = pairs
    assert found == pytest.approx(expected, abs=1e-4)
