"""What ``init`` may name, what a recipe may leave out then, and what an error says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from patentzoo.errors import ConfigError, TrainingError
from patentzoo.models.networks import build_network
from patentzoo.train.config import load_recipe
from patentzoo.train.export import export
from patentzoo.train.initial_weights import starting_network
from patentzoo.train.run import RunRequest, run_request
from patentzoo.zoo.card import Training
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, zoo_folder

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
SHORT = """
name = "mine"
init = "{init}"
{network}
[data]
kind = "folder"
root = "drawings"
[[stage]]
steps = 2
size_px = 0
"""


@pytest.fixture
def written(tmp_path):
    """A function that writes a recipe that begins with a model, and reads it."""

    def write(init, network="", runs="runs"):
        file = tmp_path / "mine.toml"
        file.write_text(SHORT.format(init=init, network=network))
        return load_recipe(file, runs=runs)

    return write


def stored(name: str) -> dict[str, torch.Tensor]:
    return load_file(zoo_folder() / "weights" / find_card(name).weights.file)


@pytest.mark.parametrize("name", [DEFAULT_MODEL, "patentzoo-base"])
def test_a_card_gives_weights_network_and_preprocessing(written, tmp_path, name):
    recipe = written(name)
    card = find_card(name)
    assert recipe.network.to_dict() == dict(card.network)
    assert recipe.network.head == "linear"
    assert recipe.preprocess == card.preprocess
    assert recipe.model_size_px == card.preprocess.size_px
    state = starting_network(recipe, tmp_path).state_dict()
    weights = stored(name)
    assert state.keys() == weights.keys()
    assert "head.bias" in state
    assert all(
        torch.equal(state[key], value.to(state[key].dtype)) for key, value in weights.items()
    )


def test_what_a_recipe_states_stands_and_the_rest_is_the_models(written):
    same = '[network]\nbackbone = "tf_efficientnet_lite0"\n[preprocess]\nmargin = 0.1'
    recipe = written(DEFAULT_MODEL, same)
    assert (recipe.network.dim, recipe.network.head) == (256, "linear")
    assert recipe.network.levels == (3, 4, 5)
    assert recipe.preprocess.margin == 0.1
    assert recipe.preprocess.size_px == 176
    other = written(DEFAULT_MODEL, '[network]\nbackbone = "resnet18"\ndim = 64')
    assert (other.network.head, other.network.fold) == ("linear-bn", 1)


def test_the_recipe_of_the_bundled_model_goes_on_from_its_own_weights(tmp_path):
    name = "resnet10t-arcface-linedraw"
    recipe = load_recipe(RECIPES / f"{name}.toml", {"init": name})
    state = starting_network(recipe, tmp_path).state_dict()
    assert torch.equal(state["head.bias"], stored(name)["head.bias"].float())


def test_a_mismatch_names_the_tensors(written, tmp_path):
    recipe = written(DEFAULT_MODEL)
    with_norm = dataclasses.replace(recipe.network, head="linear-bn")
    with pytest.raises(TrainingError) as told:
        starting_network(dataclasses.replace(recipe, network=with_norm), tmp_path)
    message = str(told.value)
    assert "head.0.weight (256, 1664) is only in the recipe's network" in message
    assert "and 4 more tensors" in message
    smaller = dataclasses.replace(recipe.network, dim=64)
    with pytest.raises(TrainingError) as told:
        starting_network(dataclasses.replace(recipe, network=smaller), tmp_path)
    assert "head.weight is (256, 1664) in the model and (64, 1664) in the recipe's" in str(
        told.value
    )
    assert "head.bias is (256,) in the model and (64,)" in str(told.value)


def test_licence_and_credits_of_the_start_are_carried_along(written):
    assert "LDraw.org parts library" in written(DEFAULT_MODEL).citation
    authors = written("swinv2-arcface-dpat")
    assert authors.licence == find_card("swinv2-arcface-dpat").licence != "Apache-2.0"
    stated = written("swinv2-arcface-dpat", 'licence = "MIT"\ncitation = "Me, 2026"')
    assert stated.licence == "MIT"
    assert stated.citation.startswith("Me, 2026; ")
    card = find_card(DEFAULT_MODEL)
    again = written(DEFAULT_MODEL, f'citation = "{card.citation}"')
    assert again.citation == card.citation


def test_a_name_that_nothing_has_is_told_with_the_nearest(written):
    with pytest.raises(TrainingError, match="resnet10t-arcface-linedraw"):
        written("resnet10t-arcface-linedrawn")


def test_without_a_model_the_network_has_to_be_stated(written):
    with pytest.raises(ConfigError, match="'network' is missing"):
        written("none")


def test_another_runs_model_decides_what_is_left_out(written, recipe, tmp_path):
    made = recipe(network__head="linear")
    export(build_network(made.network), made, tmp_path / "first" / "model", "recipes/first.toml")
    for init in ("recipe:first", str(tmp_path / "first" / "model")):
        found = written(init, runs=tmp_path)
        assert found.network == made.network
        starting_network(found, tmp_path)


def test_a_full_run_does_not_begin_with_a_trial(recipe, tmp_path):
    made = recipe()
    folder = tmp_path / "first" / "model"
    trial = Training("drawings", tiny=True)
    export(build_network(made.network), made, folder, "recipes/first.toml", training=trial)
    file = tmp_path / "mine.toml"
    file.write_text(SHORT.format(init=folder, network=""))
    with pytest.raises(TrainingError, match=r"was trained with --tiny.*Train it in full first"):
        run_request(RunRequest(file, out=tmp_path / "out"))
