"""Recipes: the shipped one is read, and every way of getting one wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from patentzoo.errors import ConfigError
from patentzoo.train.config import load_recipe

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").glob("*.toml"))

GOOD = """
name = "small"
[network]
backbone = "resnet10t"
dim = 8
[data]
exclude = ["USD0000001"]
[[data.solids]]
kind = "procedural"
count = 10
families = ["cup", "wheel"]
[[stage]]
steps = 5
size_px = 64
[[stage]]
steps = 7
size_px = 96
lr = 1
"""


@pytest.fixture
def write(tmp_path):
    def recipe(text):
        path = tmp_path / "recipe.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return recipe


def test_reads_a_recipe(write):
    recipe = load_recipe(write(GOOD))
    assert [stage.steps for stage in recipe.stages] == [5, 7]
    assert recipe.stages[1].lr == 1
    assert recipe.data.solids[0].families == ("cup", "wheel")
    assert recipe.data.exclude == ("USD0000001",)
    assert recipe.licence == "Apache-2.0"
    assert recipe.preprocess.size_px == 224


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes_are_read_and_named_after_their_file(path):
    assert load_recipe(path).name == path.stem


def test_there_is_a_shipped_recipe():
    assert RECIPES


def test_overrides_reach_every_depth(write):
    changes = {"name": "other", "loop.workers": 3, "stage.1.steps": 9, "data.solids.0.count": 2}
    recipe = load_recipe(write(GOOD), changes)
    assert (recipe.name, recipe.loop.workers, recipe.stages[1].steps) == ("other", 3, 9)
    assert recipe.data.solids[0].count == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loop.wokers": 3}, r"\[loop\]: unknown key 'wokers'. Did you mean 'workers'"),
        ({"sede": 3}, "unknown key 'sede'. Did you mean 'seed'"),
        ({"network.dims": 3}, "Did you mean 'dim'"),
        ({"preprocess.marginn": 0.1}, "Did you mean 'margin'"),
        ({"stage.0.step": 3}, r"\[\[stage\]\]: unknown key 'step'. Did you mean 'steps'"),
        ({"data.solids.0.knd": "x"}, "Did you mean 'kind'"),
        ({"loop.workers": "two"}, "workers = 'two' should be int"),
        ({"loop.compile": 1}, "compile = 1 should be bool"),
        ({"stage.0.lr": "fast"}, "lr = 'fast' should be float"),
        ({"seed": "zero"}, "seed = 'zero' should be int"),
        ({"hflip": "no"}, "hflip = 'no' should be bool"),
        ({"data.exclude": "USD0000001"}, "exclude = 'USD0000001' should be a list of strings"),
        ({"data.solids.0.families": "cup"}, "families = 'cup' should be a list of strings"),
        ({"data": 3}, r"\[data\]: a table is wanted here, not 3"),
        ({"data.solids": 3}, r"\[\[data.solids\]\]: a list of tables is wanted here, not 3"),
        ({"data.solids": []}, "data.solids, at least one"),
        ({"network": "resnet"}, r"\[network\]: a table is wanted here"),
        ({"stage": []}, r"at least one \[\[stage\]\] is wanted"),
        ({"stage.0.steps": 0}, "stage.steps >= 1, or stage.epochs > 0"),
        ({"loop.ema": 1.5}, "loop.ema in"),
        ({"data.figures_share": 2.0}, "data.figures_share in"),
        ({"loop.save_every": 0}, "save_every"),
        ({"stage.7.steps": 3}, "stage.7.steps names nothing in the recipe"),
        ({"stage.first.steps": 3}, "stage.first.steps names nothing"),
        ({"name.first": 3}, "name.first names nothing"),
    ],
)
def test_faulty_values_are_refused(write, change, message):
    with pytest.raises(ConfigError, match=message):
        load_recipe(write(GOOD), change)


@pytest.mark.parametrize("key", ["name", "network", "stage"])
def test_missing_parts_are_named(write, key):
    text = {
        "name": GOOD.replace('name = "small"', ""),
        "network": GOOD.replace('[network]\nbackbone = "resnet10t"\ndim = 8\n', ""),
        "stage": GOOD[: GOOD.index("[[stage]]")],
    }[key]
    with pytest.raises(ConfigError, match=f"'{key}' is missing"):
        load_recipe(write(text))


def test_missing_and_unreadable_files_are_named(write, tmp_path):
    with pytest.raises(ConfigError, match=r"No recipe .*none.toml .*\.toml file"):
        load_recipe(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="No recipe"):
        load_recipe(tmp_path)
    with pytest.raises(ConfigError, match="no valid TOML"):
        load_recipe(write("name = "))
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="no valid TOML"):
        load_recipe(path)
