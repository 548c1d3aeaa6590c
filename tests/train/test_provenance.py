"""What a card says of a run: as it was, not as its recipe would have it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from patentzoo.cli.recipe_options import parse_setting
from patentzoo.errors import TrainingError
from patentzoo.train import checkpoint
from patentzoo.train.loop import Run
from patentzoo.train.provenance import command_line
from patentzoo.zoo.card import Card

NAME = "resnet10t-arcface-linedraw"
RECIPES = Path(__file__).resolve().parents[2] / "recipes"
SETTINGS = {
    "loop.workers": 2,
    "stage.0.lr": 1e-3,
    "data.root": "my drawings",
    "name": "true",
    "data.exclude": ["a", "b c"],
    "network.backbone_args": {"drop_rate": 0.1},
    "validate.select": True,
    "citation": 'He said "no"',
}


def test_the_command_can_be_typed_again():
    words = shlex.split(command_line("recipes/a.toml", SETTINGS, True))
    assert words[:3] == ["patentzoo", "train", "recipes/a.toml"]
    assert words[-1] == "--tiny"
    assert words[3:-1:2] == ["--set"] * len(SETTINGS)
    assert dict(parse_setting(word) for word in words[4:-1:2]) == SETTINGS
    assert command_line("recipes/a.toml", {}, False) == "patentzoo train recipes/a.toml"


def test_the_command_shows_no_folder_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inside, outside = tmp_path / "drawings", tmp_path.parent / "elsewhere" / "parts"
    line = command_line(tmp_path / "a.toml", {"data.root": str(inside)}, False)
    assert line == "patentzoo train a.toml --set data.root=drawings"
    line = command_line("a.toml", {"data.root": str(outside)}, False)
    assert line == "patentzoo train a.toml --set data.root=parts"


@pytest.fixture
def tiny(tiny_run: Path) -> Card:
    """The card of a tiny run of a bundled model's recipe."""
    return Card.read(tiny_run / "card.toml")


def test_a_trial_says_that_it_is_one(tiny):
    assert tiny.name == f"{NAME}-tiny"
    assert "worth nothing" in tiny.summary
    assert tiny.training.tiny
    assert tiny.training.command.endswith("--set network.backbone=test_resnet --tiny")
    assert "--set data.shards=shards" in tiny.training.command


def test_the_cost_is_the_runs_and_not_the_recipes(tiny):
    assert "80 minutes" not in tiny.to_toml()
    assert "measured: 1 CPU thread" in tiny.training.cost
    assert "second" in tiny.training.cost or "minute" in tiny.training.cost


def test_the_data_are_the_runs(tiny):
    assert tiny.training.data == "24 procedural solids (seed 0)"


def test_time_before_an_interruption_counts(recipe, tmp_path):
    run = Run(recipe(), tmp_path)
    run.train()
    saved = checkpoint.load(tmp_path)
    assert 0 < saved["seconds"] <= run.clock.seconds
    saved["seconds"] = 1000.0
    checkpoint.save(tmp_path, saved)
    again = Run(recipe(), tmp_path)
    again.train()
    assert again.clock.seconds >= 1000


def test_an_unfinished_run_of_another_recipe_is_refused(recipe, tmp_path):
    Run(recipe(name="first"), tmp_path).train()
    before = (tmp_path / checkpoint.FILE).read_bytes()
    with pytest.raises(TrainingError, match=r"recipe 'first', and this is 'second'.*another --out"):
        Run(recipe(name="second"), tmp_path).train()
    assert (tmp_path / checkpoint.FILE).read_bytes() == before
    Run(recipe(name="first"), tmp_path).train()


def test_a_checkpoint_of_an_older_version_names_no_recipe(recipe, tmp_path):
    Run(recipe(name="first"), tmp_path).train()
    saved = checkpoint.load(tmp_path)
    del saved["recipe"], saved["seconds"]
    checkpoint.save(tmp_path, saved)
    Run(recipe(name="renamed"), tmp_path).train()
