"""The bundled model's recipe goes on giving the same drawings, batches and losses.

A change that moves these figures makes the recipe another one than that of the bundled weights.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from patentzoo.data.linedraw.dataset import SolidSource
from patentzoo.train.config import load_recipe
from patentzoo.train.loop import Run
from patentzoo.train.smoke_run import shrink

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "resnet10t-arcface-linedraw.toml"


def test_losses_and_batches_of_its_tiny_mode(ldraw_library, tmp_path, monkeypatch):
    """On the tests' own solids, so that new families of solids do not move the figures."""
    recipe = shrink(load_recipe(RECIPE), tmp_path / "run")
    solids = (SolidSource("ldraw", 12, folder=str(ldraw_library)),)
    data = dataclasses.replace(recipe.data, solids=solids, shards=str(tmp_path / "shards"))
    loop = dataclasses.replace(recipe.loop, tensorboard=False)
    run = Run(dataclasses.replace(recipe, data=data, loop=loop), tmp_path / "run")
    seen = []
    step = Run._one_step

    def one_step(self, stage, pieces):
        (images, labels), losses = pieces[0], step(self, stage, pieces)
        seen.append((losses["loss"], float(images.double().mean()), int(labels.sum())))
        return losses

    monkeypatch.setattr(Run, "_one_step", one_step)
    run.train()
    assert len(seen) == 18
    for found, expected in zip(seen, RECORDED, strict=True):
        assert found[2] == expected[2]
        # Drawing and bfloat16 may round otherwise on other machines; here they are equal.
        assert found[1] == pytest.approx(expected[1], rel=2e-3)
        assert found[0] == pytest.approx(expected[0], rel=2e-2)
    assert run.recipe.loss.name == "arcface+supcon"


RECORDED = [
    (3.175966, 0.028996, 106),
    (5.304604, 0.031005, 100),
    (3.768678, 0.021919, 78),
    (1.957028, 0.015393, 88),
    (4.011022, 0.025917, 102),
    (3.608566, 0.017177, 70),
    (4.105761, 0.048049, 92),
    (3.447700, 0.021561, 84),
    (5.453315, 0.018318, 78),
    (6.726955, 0.031679, 80),
    (5.317369, 0.033779, 74),
    (4.686475, 0.023936, 104),
    (5.291769, 0.027594, 70),
    (4.168908, 0.035929, 92),
    (5.937550, 0.024131, 90),
    (4.324949, 0.030474, 82),
    (4.401209, 0.024126, 104),
    (4.910269, 0.027196, 106),
]
"""Loss, mean ink, sum of the labels of each step."""
