"""The whole chain in tiny mode: draw a set, pre-train, fine-tune, measure, export, load, search."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import patentzoo as pz
from patentzoo.data.deeppatent import DeepPatent
from patentzoo.errors import ConfigError, TrainingError
from patentzoo.evaluate import evaluate
from patentzoo.train import finetune, pretrain, run_recipe
from patentzoo.train.config import load_recipe
from patentzoo.train.run_log import read
from patentzoo.train.smoke_run import shrink

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
FILES = sorted(
    path.stem
    for path in RECIPES.glob("*.toml")
    if load_recipe(path).data.kind != "synthetic" and not path.stem.endswith("-base")
)


@pytest.fixture(scope="module")
def runs(deeppatent, tmp_path_factory):
    """A folder of runs whose tiny drawings are drawn already."""
    root = tmp_path_factory.mktemp("runs")
    (root / "tiny-deeppatent").symlink_to(deeppatent, target_is_directory=True)
    return root


@pytest.fixture(scope="module")
def chain(runs):
    """Model folders after pre-training and after fine-tuning."""
    small = {"network.backbone": "test_resnet", "loop.precision": "fp32"}
    before = pretrain(RECIPES / "drawn-pretrain.toml", small, runs / "drawn-pretrain", tiny=True)
    watched = small | {"validate.protocol": "deeppatent-val", "validate.data": "later"}
    watched |= {"validate.select": True}
    after = finetune(RECIPES / "drawn-arcface.toml", watched, runs / "drawn-arcface", tiny=True)
    return before, after


def test_fine_tuning_starts_where_pre_training_ended(chain):
    import torch
    from safetensors.torch import load_file

    before, after = (load_file(folder / "model.safetensors") for folder in chain)
    assert before.keys() == after.keys()
    moved = [
        float((before[k].float() - after[k].float()).norm() / (before[k].float().norm() + 1e-9))
        for k in before
        if before[k].is_floating_point() and before[k].ndim > 1
    ]
    assert 0 < max(moved) < 0.9  # six small steps from there; random weights would lie at 1.4
    assert all(torch.isfinite(value).all() for value in after.values())


def test_the_model_is_measured_exported_loaded_and_searched(chain, deeppatent, tmp_path):
    model = pz.load_model(chain[1], device="cpu")
    result = evaluate(model, "deeppatent", deeppatent, hardest_queries=tmp_path / "worst.png")
    found = DeepPatent(deeppatent)
    assert result.counts["queries"] == len(found.read("test-query"))
    assert result.counts["gallery"] == len(found.read("test-db"))
    assert 0 < result.metrics["mAP"].value <= 1
    assert result.variants["without-D00000"].counts["gallery"] < result.counts["gallery"]
    assert (tmp_path / "worst.png").stat().st_size > 1000
    index = pz.build_index(model, deeppatent / "I20991231", path=tmp_path / "index")
    query = found.read("test-query").records[0]
    hits = pz.search(index, query.file, k=3)
    assert hits[0].patent == query.patent  # the query itself is in this index
    assert hits[0].score == pytest.approx(1, abs=1e-4)


def test_the_run_leaves_log_curves_and_its_best_look(chain):
    lines = read(chain[1].parent / "log.jsonl")
    looks = [line["mAP"] for line in lines if "mAP" in line]
    assert len(looks) == 2
    assert (chain[1].parent / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (chain[1].parent / "best.pt").exists()
    assert list((chain[1].parent / "events").iterdir())


def test_pretrain_and_finetune_know_their_recipes(deeppatent, tmp_path):
    (tmp_path / "tiny-deeppatent").symlink_to(deeppatent, target_is_directory=True)
    with pytest.raises(ConfigError, match=r"finetune\(\) it"):
        pretrain(RECIPES / "drawn-arcface.toml", out=tmp_path)
    with pytest.raises(ConfigError, match=r"pretrain\(\) it"):
        finetune(RECIPES / "drawn-pretrain.toml", out=tmp_path)
    data = {"data.root": str(deeppatent)}
    with pytest.raises(TrainingError, match=r"Train that recipe first.*drawn-pretrain\.toml"):
        run_recipe(RECIPES / "drawn-arcface.toml", data, tmp_path / "drawn-arcface")


def test_a_tiny_run_goes_through_the_recipe_it_begins_with(deeppatent, tmp_path):
    (tmp_path / "tiny-deeppatent").symlink_to(deeppatent, target_is_directory=True)
    small = {"network.backbone": "test_resnet", "loop.precision": "fp32"}
    out = tmp_path / "drawn-triplet"
    model = pz.load_model(
        run_recipe(RECIPES / "drawn-triplet.toml", small, out, tiny=True), device="cpu"
    )
    before = tmp_path / "drawn-pretrain-tiny" / "model"
    assert pz.load_model(before, device="cpu").name == "drawn-pretrain-tiny"
    assert model.card.training.data.endswith("trained on: 98 drawings in tiny-deeppatent")
    assert "init" not in model.card.training.command
    assert ", after the runs it begins with, measured: " in model.card.training.cost


@pytest.mark.parametrize("name", FILES)
def test_every_recipe_that_reads_drawings_has_a_tiny_mode(name, runs):
    recipe = load_recipe(RECIPES / f"{name}.toml")
    small = shrink(recipe, runs / name)
    assert small.loss == recipe.loss
    assert small.network.head == recipe.network.head
    assert small.data.sampler == recipe.data.sampler
    assert small.init in ("", recipe.init)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_every_recipe_runs_in_tiny_mode(name, runs):
    folder = run_recipe(RECIPES / f"{name}.toml", out=runs / f"{name}-slow", tiny=True)
    assert pz.load_model(folder, device="cpu").name == f"{name}-tiny"


def test_the_notebooks_recipe_is_its_letter():
    recipe = load_recipe(RECIPES / "swinv2-arcface-dpat.toml")
    assert (recipe.loss.name, recipe.loss.angle_rad, recipe.loss.scale) == ("easy-arcface", 0.5, 30)
    assert (recipe.loss.focal_gamma, recipe.loop.classes * recipe.loop.views) == (1.5, 128)
    rate = recipe.stages[0].lr
    assert (rate, recipe.stages[0].lr_end, recipe.stages[0].epochs) == (1e-4, 1e-4, 25)
    assert rate * recipe.loop.loss_lr_factor == pytest.approx(5e-3)
    assert (recipe.preprocess.fit, recipe.preprocess.binarize) == ("crop", 120)
    assert not recipe.validate.select


def test_the_better_recipe_names_a_source_for_every_difference():
    import tomllib

    text = (RECIPES / "swinv2-arcface-dpat-plus.toml").read_text(encoding="utf-8")
    plus = load_recipe(RECIPES / "swinv2-arcface-dpat-plus.toml")
    assert (plus.preprocess.fit, plus.loss.name, plus.loss.focal_gamma) == ("pad", "arcface", 0)
    assert plus.validate.protocol == "deeppatent-val"
    assert plus.validate.select
    assert plus.data.augment == "erase"
    assert tomllib.loads(text)["base"] == "swinv2-arcface-dpat.toml"


def test_bases_are_merged_and_cycles_named(tmp_path):
    (tmp_path / "a.toml").write_text('base = "b.toml"\nname = "a"\n[loop]\nviews = 4\n')
    (tmp_path / "b.toml").write_text((RECIPES / "drawn-base.toml").read_text())
    recipe = load_recipe(tmp_path / "a.toml")
    assert (recipe.name, recipe.loop.views, recipe.loop.classes) == ("a", 4, 16)
    (tmp_path / "b.toml").write_text('base = "a.toml"\nname = "b"\n')
    with pytest.raises(ConfigError, match="should name another recipe"):
        load_recipe(tmp_path / "a.toml")


def test_the_json_of_a_measurement_can_be_read_again(chain, deeppatent, tmp_path):
    from patentzoo.evaluate import write_json

    result = evaluate(pz.load_model(chain[0], device="cpu"), "deeppatent-val", deeppatent)
    write_json([result], tmp_path / "r.json")
    (read_again,) = json.loads((tmp_path / "r.json").read_text())["results"]
    assert set(read_again["variants"]["without-D00000"]) == {"description", "counts", "metrics"}
    assert len(read_again["queries"]) == result.counts["queries"]
