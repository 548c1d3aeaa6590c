"""Classes that look alike come into one batch, and twins do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from patentzoo.errors import ConfigError
from patentzoo.train.dataset import DrawingBatches
from patentzoo.train.loop import Run
from patentzoo.train.neighbours import TWIN_COSINE, nearest_classes, with_neighbours


def test_nearest_classes_are_those_of_a_plain_search():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, 4))
    centres[7] = centres[31] * 3 + 1e-4  # a twin
    rows = centres / np.linalg.norm(centres, axis=1, keepdims=True)
    found = nearest_classes(torch.from_numpy(centres), 5)
    for number, near in enumerate(found):
        others = [
            (row @ rows[number], other)
            for other, row in enumerate(rows)
            if other != number and row @ rows[number] < TWIN_COSINE
        ]
        assert near.tolist() == [other for _, other in sorted(others, reverse=True)[:5]]
    assert 31 not in found[7]


def test_few_classes_give_what_there_is():
    found = nearest_classes(torch.eye(3))
    assert sorted(found[1].tolist()) == [0, 2]
    alike = nearest_classes(torch.ones(3, 2))  # twins, all of them
    assert all(number not in near for number, near in enumerate(alike.tolist()))


def test_a_batch_holds_seeds_each_with_neighbours():
    nearest = np.array([[(n + 1) % 50, (n + 2) % 50] for n in range(50)], np.int32)
    rng = np.random.default_rng(1)
    seeds = rng.permutation(50)
    chosen = with_neighbours(seeds, nearest, 2, 9, rng)
    assert len(set(chosen)) == len(chosen) == 9
    first = int(seeds[0])
    assert chosen[0] == first
    assert set(chosen[1:3]) == {(first + 1) % 50, (first + 2) % 50}


def test_neighbours_of_a_class_come_with_it(recipe):
    r = recipe(loop__classes=4)
    data = DrawingBatches(r.data, r.loop, r.preprocess, r.seed)
    partners = torch.eye(data.class_count)  # 0 and 1 alike, 2 and 3, ...
    for even in range(0, data.class_count - 1, 2):
        partners[even, even + 1] = 0.5
    data.set_neighbours(partners, 1)
    data.nearest = data.nearest[:, :1]
    drawn = [data.batch(number)[1].unique().tolist() for number in range(12)]
    assert all(len(classes) == r.loop.classes for classes in drawn)
    pairs = [sum(n + 1 in classes for n in classes if n % 2 == 0) for classes in drawn]
    assert min(pairs) >= 1
    data.set_neighbours(partners, 0)
    alone = [data.batch(number)[1].unique().tolist() for number in range(12)]
    assert min(sum(n + 1 in each for n in each if n % 2 == 0) for each in alone) == 0


def test_an_interrupted_run_goes_on_with_the_same_neighbours(recipe, tmp_path, monkeypatch):
    def hard():
        made = recipe()
        for stage in made.stages:
            object.__setattr__(stage, "imprint", True)
            object.__setattr__(stage, "neighbours", 1)
        return made

    whole = Run(hard(), tmp_path / "whole").train().state_dict()
    taken, step = [], Run._one_step

    def stop(self, *args):
        taken.append(1)
        if len(taken) == 4:
            raise KeyboardInterrupt
        return step(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_one_step", stop)
        with pytest.raises(KeyboardInterrupt):
            Run(hard(), tmp_path / "cut").train()
    cut = Run(hard(), tmp_path / "cut").train().state_dict()
    assert all(torch.equal(cut[key], value) for key, value in whole.items())


def test_neighbours_without_imprinted_centres_are_refused(recipe):
    from patentzoo.train.config import recipe_from_tables

    tables = dict(recipe().tables)
    tables["stage"] = [dict(tables["stage"][0], neighbours=2, imprint=False)]
    with pytest.raises(ConfigError, match=r"stage\.neighbours"):
        recipe_from_tables(tables, "hard.toml")
