"""From a model and a folder to a better model, or to none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import patentzoo as pz
from patentzoo.train.config import load_recipe
from patentzoo.train.folder_finetuning import finetune, recipe_file
from patentzoo.zoo.card import Card
from patentzoo.zoo.registry import DEFAULT_MODEL
from patentzoo.zoo.store import check_model_folder

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
QUICK = {
    **{"stage.0.epochs": 0.0, "stage.0.steps": 2, "stage.0.size_px": 64, "stage.0.warmup": 0},
    **{"loop.precision": "fp32", "loop.tensorboard": False, "loop.threads": 1},
}
KEPT = QUICK | {"validate.beat_start": False}
RUINED = QUICK | {"stage.0.lr": 1.0, "stage.0.lr_end": 1.0, "loop.ema": 0.0}


@pytest.fixture(scope="module")
def folder(deeppatent):
    """24 patents, seven drawings each."""
    return deeppatent / "I20991231"


@pytest.fixture(scope="module")
def tuned(folder, tmp_path_factory):
    return finetune(None, folder, out=tmp_path_factory.mktemp("run"), settings=KEPT)


def test_the_repositorys_recipe_is_the_packages():
    name = recipe_file().name
    assert (RECIPES / name).read_text(encoding="utf-8") == recipe_file().read_text(encoding="utf-8")
    recipe = load_recipe(recipe_file())
    assert recipe.init == DEFAULT_MODEL
    assert recipe.data.held_out > 0
    assert recipe.validate.beat_start


def test_a_folder_fine_tunes_the_bundled_model(tuned):
    start, after = pz.load_model(device="cpu"), pz.load_model(tuned.folder, device="cpu")
    assert after.dim == start.dim
    before, now = start.network.state_dict(), after.network.state_dict()
    assert before.keys() == now.keys()
    moved = [
        k for k in before if before[k].is_floating_point() and not torch.equal(before[k], now[k])
    ]
    assert moved
    assert not [key for key in moved if "running_" in key]  # two batches say little of all drawings
    distance = float((before["head.weight"] - now["head.weight"]).norm())
    assert distance < 0.1 * float(before["head.weight"].norm())  # it began there
    assert (tuned.gain.patents, tuned.gain.queries) == (6, 36)


def test_the_card_says_what_the_run_was(tuned, folder):
    card = Card.read(tuned.folder / "card.toml")
    assert card.name == f"{DEFAULT_MODEL}-{folder.name}"
    assert "drawings of 18 patents in I20991231, 6 more held out" in card.training.data
    assert f"begun from {DEFAULT_MODEL}, itself trained on: EfficientNet" in card.training.data
    assert "LDraw.org parts library, CC BY" in card.training.data
    assert "in all, measured: 1 CPU thread, fp32" in card.training.cost
    assert card.training.command.startswith(f"patentzoo finetune I20991231 --model {DEFAULT_MODEL}")
    assert "--set stage.0.steps=2" in card.training.command
    assert str(folder.parent) not in card.to_toml()
    assert not card.training.tiny
    (score, gained) = card.scores
    assert (score.protocol, score.metric) == ("held-out patents", "mAP")
    assert score.value == pytest.approx(tuned.gain.after.value, abs=1e-4)
    assert gained.value == pytest.approx(tuned.gain.difference.value, abs=1e-4)


def test_a_run_that_gained_nothing_writes_no_model(folder, tmp_path):
    with pytest.raises(pz.TrainingError, match=r"before, .* after, difference -.*gained nothing"):
        finetune(DEFAULT_MODEL, folder, out=tmp_path / "run", settings=RUINED)
    assert not (tmp_path / "run" / "model").exists()
    asked = RUINED | {"validate.beat_start": False}
    kept = finetune(DEFAULT_MODEL, folder, out=tmp_path / "run", settings=asked)
    assert kept.gain.difference.value < 0
    check_model_folder(kept.folder, overwrite=True)


def test_a_model_may_be_a_name_a_folder_a_card_or_loaded(tuned, folder, tmp_path):
    loaded = pz.load_model(tuned.folder, device="cpu")
    again = finetune(loaded, folder, out=tmp_path / "run", settings=KEPT)
    assert "begun from" in Card.read(again.folder / "card.toml").training.data
    with pytest.raises(pz.ConfigError, match=r"finetune\(model, folder\): 7 \(int\) is no model"):
        finetune(7, folder, out=tmp_path / "other")  # type: ignore[arg-type]
    with pytest.raises(pz.ModelNotFoundError, match="there is no model in it"):
        finetune(folder, "patentzoo-small", out=tmp_path / "other")
    with pytest.raises(pz.TrainingError, match="No model is called"):
        finetune("resnet", folder, out=tmp_path / "other")


def test_too_few_patents_are_told_before_training(folder, tmp_path):
    few = tmp_path / "few"
    for patent in sorted(folder.iterdir())[:6]:
        shutil.copytree(patent, few / patent.name)
    with pytest.raises(pz.ConfigError, match=r"only 2 patents can be held out.*give 16 of them"):
        finetune(None, few, out=tmp_path / "run", settings=KEPT)
    with pytest.raises(pz.ConfigError, match=r"held_out = 1\.5"):
        finetune(None, few, held_out=1.5)
    with pytest.raises(pz.ImageNotFoundError):
        finetune(None, tmp_path / "nothing", out=tmp_path / "run")


def test_a_run_begins_in_no_folder_of_other_things(folder, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.txt").write_text("mine")
    with pytest.raises(pz.OutputError, match=r"holds other things \('a.txt', …\).*out=FOLDER"):
        finetune(None, folder, out=tmp_path / "photos", settings=KEPT)
    assert [each.name for each in (tmp_path / "photos").iterdir()] == ["a.txt"]


def test_an_unfinished_run_of_another_recipe_is_not_to_be_deleted(folder, tmp_path):
    (tmp_path / "run").mkdir()
    torch.save({"recipe": "another", "stage": 0, "step": 1}, tmp_path / "run" / "checkpoint.pt")
    with pytest.raises(pz.TrainingError, match="unfinished run of the recipe 'another'") as told:
        finetune(None, folder, out=tmp_path / "run", settings=KEPT)
    assert "delete" not in str(told.value)
    assert (tmp_path / "run" / "checkpoint.pt").exists()


def test_what_cannot_begin_leaves_no_folder(folder, tmp_path):
    out = tmp_path / "new" / "run"
    for wrong in ({"stage.0.size_px": -1}, {"loss.name": "none"}, {"init": "no-such-model"}):
        with pytest.raises(pz.PatentZooError):
            finetune(None, folder, out=out, settings=KEPT | wrong)
        assert not (tmp_path / "new").exists()


def test_a_finished_model_is_not_replaced_unasked(tuned, folder):
    with pytest.raises(pz.OutputError, match="holds a model"):
        finetune(None, folder, out=tuned.folder.parent, settings=KEPT)
