"""Where weights come from, and what may not be looked at while training."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from patentzoo.data.deeppatent import LISTS
from patentzoo.errors import ConfigError, TrainingError
from patentzoo.models.networks import build_network
from patentzoo.train import initial_weights
from patentzoo.train.initial_weights import model_folder, starting_network
from patentzoo.train.loop import Run
from patentzoo.train.validator import Validator


def test_imagenet_asks_timm_for_its_weights(recipe, tmp_path, monkeypatch):
    asked = []

    def build(config, *, pretrained=False):
        asked.append(pretrained)
        return build_network(config)

    monkeypatch.setattr(initial_weights, "build_network", build)
    starting_network(recipe(init="imagenet"), tmp_path)
    starting_network(recipe(init="none"), tmp_path)
    assert asked == [True, False]


def test_imagenet_without_a_network_says_what_to_do(recipe, tmp_path, monkeypatch):
    def build(config, *, pretrained=False):
        raise OSError("no route to host")

    monkeypatch.setattr(initial_weights, "build_network", build)
    with pytest.raises(TrainingError, match=r"could not fetch .*no route to host.*init = 'none'"):
        starting_network(recipe(init="imagenet"), tmp_path)


def test_a_recipes_model_is_found_beside_the_run(recipe, tmp_path):
    folder = tmp_path / "first" / "model"
    with pytest.raises(TrainingError, match=r"patentzoo train recipes/first\.toml"):
        model_folder("recipe:first", tmp_path)
    folder.mkdir(parents=True)
    assert model_folder("recipe:first", tmp_path) == folder
    torch.manual_seed(7)
    state = build_network(recipe().network).state_dict()
    save_file(dict(state), folder / "model.safetensors")
    found = starting_network(recipe(init="recipe:first"), tmp_path).state_dict()
    assert all(torch.equal(found[key], value) for key, value in state.items())


def test_a_run_may_begin_with_the_mean_of_two_models(recipe, tmp_path):
    states = {}
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        states[name] = dict(build_network(recipe().network).state_dict())
        (tmp_path / name / "model").mkdir(parents=True)
        save_file(states[name], tmp_path / name / "model" / "model.safetensors")
    begun = recipe(init="recipe:one", mean_with="recipe:two")
    found = starting_network(begun, tmp_path).state_dict()
    moved = 0
    for key, value in found.items():
        if value.is_floating_point():
            expected = states["one"][key] * 0.5 + states["two"][key] * 0.5
            assert torch.allclose(value, expected, atol=1e-7)
            moved += not torch.equal(value, states["one"][key])
    assert moved > 5
    with pytest.raises(TrainingError, match=r"recipes/three\.toml"):
        starting_network(recipe(init="recipe:one", mean_with="recipe:three"), tmp_path)


def test_the_backbone_alone_may_be_taken(recipe, tmp_path):
    torch.manual_seed(7)
    state = build_network(recipe().network).state_dict()
    save_file(dict(state), tmp_path / "model.safetensors")
    changed = recipe(init=str(tmp_path), network__dim=5)
    with pytest.raises(TrainingError, match="init_part = 'backbone' leaves the head"):
        starting_network(changed, tmp_path)
    taken = recipe(init=str(tmp_path), network__dim=5, init_part="backbone")
    found = starting_network(taken, tmp_path).state_dict()
    backbone = [key for key in state if key.startswith("backbone.")]
    assert all(torch.equal(found[key], state[key]) for key in backbone)
    assert found["head.3.weight"].shape[0] == 5


def test_a_patent_of_the_validation_must_not_be_trained_on(recipe, deeppatent):
    watched = {"validate__protocol": "deeppatent-val", "validate__data": str(deeppatent)}
    files = {"data__kind": "folder", "data__root": str(deeppatent / "I20991231")}
    with pytest.raises(ConfigError, match="stand in both training and deeppatent-val"):
        Validator(recipe(**watched, **files), "cpu")
    Validator(recipe(**watched, data__kind="deeppatent", data__root=str(deeppatent)), "cpu")


def test_a_run_without_some_pictures_lists_them(recipe, deeppatent, tmp_path):
    for file in LISTS.values():
        if (deeppatent / file).exists():
            (tmp_path / file).write_bytes((deeppatent / file).read_bytes())
    train = tmp_path / LISTS["train"]
    train.write_text(train.read_text() + "I1/USD1-1/USD1-1-D00001.png 999\n")
    data = {"data__kind": "deeppatent", "data__root": str(deeppatent)}
    data |= {"data__lists": str(tmp_path), "data__missing": "report"}
    run = Run(recipe(**data), tmp_path / "run")
    run._prepare(run.recipe.stages[0])
    listed = (tmp_path / "run" / "missing.txt").read_text(encoding="utf-8")
    assert listed == "I1/USD1-1/USD1-1-D00001.png\n"


def test_a_look_leaves_chance_alone(recipe, deeppatent):
    watched = {"validate__protocol": "deeppatent-val", "validate__data": str(deeppatent)}
    made = recipe(**watched)
    look, network = Validator(made, "cpu"), build_network(made.network)
    state = torch.get_rng_state()
    found = look(network.state_dict(), 32)
    assert torch.equal(torch.get_rng_state(), state)
    assert set(found) == {"mAP", "rank-1"}
    assert 0 < found["mAP"] < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data__kind": "deeppatnet"}, "Did you mean 'deeppatent'"),
        ({"data__kind": "folder"}, "data.root"),
        ({"data__augment": "flips"}, "Did you mean 'flip'"),
        ({"data__sampler": "shufle"}, "Did you mean 'shuffle'"),
        ({"loss__name": "arc-face"}, "Did you mean 'arcface'"),
        ({"loss__focal_gamma": 1.5}, "only with 'easy-arcface'"),
        ({"loss__margin_rad": "wide"}, "margin_rad = .wide. should be float"),
        ({"loop__precision": "fp8"}, "loop.precision"),
        ({"stage__0__epochs": 2.0}, "not both"),
        ({"stage__0__steps": 0, "stage__0__epochs": 2.0}, "have no end"),
        ({"validate__protocol": "deeppatent-val"}, "validate.data"),
        ({"init_part": "neck"}, "init_part"),
        ({"loss__margin_deg": 3.0, "loss__margin_rad": 0.5}, "margin_deg or margin_rad"),
        (
            {"data__kind": "folder", "data__root": "x", "data__sampler": "two-views"},
            "without class centres",
        ),
    ],
)
def test_values_that_make_no_sense_are_refused(recipe, change, message):
    with pytest.raises(ConfigError, match=message):
        recipe(**change)
