"""Runs: one that was interrupted ends as one that was not, and trouble leaves what was saved."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from patentzoo.errors import OutputError, TrainingError
from patentzoo.train import checkpoint
from patentzoo.train.loop import Run


@pytest.fixture(autouse=True)
def threads():
    """Recipes set torch's threads; the other tests get theirs back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def interrupt_at(monkeypatch, steps):
    """Stop a run in the middle of its n-th step."""
    taken = []
    step = Run._one_step

    def one_step(self, *args):
        taken.append(self.step)
        if len(taken) == steps:
            raise KeyboardInterrupt
        return step(self, *args)

    monkeypatch.setattr(Run, "_one_step", one_step)


@pytest.fixture(scope="session")
def finished(tables, tmp_path_factory):
    """Weights, log and checkpoint of a run that nobody stopped."""
    from patentzoo.train.config import recipe_from_tables

    out = tmp_path_factory.mktemp("whole")
    state = Run(recipe_from_tables(tables, "tiny.toml"), out).train().state_dict()
    return {key: value.clone() for key, value in state.items()}, out


@pytest.mark.parametrize("step", [1, 3, 4, 5, 6, 8])
def test_an_interrupted_run_ends_with_the_same_weights_bit_for_bit(
    recipe, tmp_path, monkeypatch, finished, step
):
    """Stopped before any checkpoint, between two, at a stage's end and in the second stage."""
    with monkeypatch.context() as patch:
        interrupt_at(patch, step)
        with pytest.raises(KeyboardInterrupt):
            Run(recipe(), tmp_path).train()
    torch.manual_seed(999)
    weights = Run(recipe(), tmp_path).train().state_dict()
    assert weights.keys() == finished[0].keys()
    assert all(torch.equal(weights[key], value) for key, value in finished[0].items())


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # on one or two cores
def test_an_interrupted_run_with_workers_does_too(recipe, tmp_path, monkeypatch, finished):
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        with pytest.raises(KeyboardInterrupt):
            Run(recipe(loop__workers=2), tmp_path).train()
    weights = Run(recipe(loop__workers=1), tmp_path).train().state_dict()
    assert all(torch.equal(weights[key], value) for key, value in finished[0].items())


def test_training_changes_the_weights_and_the_average_lags(recipe, tmp_path, finished):
    fresh = Run(recipe(), tmp_path)
    first = fresh.network.state_dict()
    assert any(not torch.equal(first[key], value) for key, value in finished[0].items())
    saved = checkpoint.load(finished[1])
    assert any(not torch.equal(saved["network"][k], saved["average"][k]) for k in first)
    assert all(torch.equal(saved["average"][k], finished[0][k]) for k in first)


def test_a_finished_run_is_not_run_again(recipe, finished, monkeypatch):
    interrupt_at(monkeypatch, 1)
    weights = Run(recipe(), finished[1]).train().state_dict()
    assert all(torch.equal(weights[key], value) for key, value in finished[0].items())


def test_the_log_has_a_line_every_few_steps(finished):
    text = (finished[1] / "log.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["stage"], line["step"]) for line in lines] == [(0, 2), (0, 4), (1, 2), (1, 4)]
    assert all(line["of"] == 4 and line["images_per_second"] > 0 for line in lines)
    assert all({"loss", "arcface", "contrast", "lr"} <= set(line) for line in lines)


def test_a_loss_that_is_no_number_keeps_the_checkpoint(recipe, tmp_path, monkeypatch):
    from patentzoo.train.losses import RetrievalLoss

    forward, calls = RetrievalLoss.forward, []

    def broken(self, embeddings, labels):
        calls.append(1)
        losses = forward(self, embeddings, labels)
        return losses | {"loss": losses["loss"] * float("nan")} if len(calls) == 4 else losses

    monkeypatch.setattr(RetrievalLoss, "forward", broken)
    with pytest.raises(
        TrainingError, match=r"became nan at step 3 of stage 0.* lower the stage's lr"
    ):
        Run(recipe(), tmp_path).train()
    saved = checkpoint.load(tmp_path)
    assert saved["step"] == 2
    assert all(torch.isfinite(v).all() for v in saved["network"].values())


def test_another_runs_folder_is_refused(recipe, finished):
    with pytest.raises(TrainingError, match="a run over 9 classes, the data now has 8"):
        Run(
            recipe(data__solids__1__count=2, data__shards=str(finished[1] / "s")), finished[1]
        ).train()
    with pytest.raises(TrainingError, match="run of another network"):
        Run(recipe(network__dim=9), finished[1]).train()
    one_stage = dataclasses.replace(recipe(), stages=recipe().stages[:1])
    with pytest.raises(TrainingError, match="at stage 1, the recipe has 1"):
        Run(one_stage, finished[1]).train()


def test_a_file_in_the_way_is_named(recipe, tmp_path):
    (tmp_path / "run").write_text("here first", encoding="utf-8")
    with pytest.raises(OutputError, match=r"run cannot be written .*run is a file"):
        Run(recipe(), tmp_path / "run")


def test_a_run_may_start_from_a_models_weights(recipe, tmp_path, finished):
    from safetensors.torch import save_file

    save_file({k: v.contiguous() for k, v in finished[0].items()}, tmp_path / "model.safetensors")
    started = Run(recipe(init=str(tmp_path)), tmp_path / "out").network.state_dict()
    assert all(torch.equal(started[key], value) for key, value in finished[0].items())
    with pytest.raises(TrainingError, match="does not exist"):
        Run(recipe(init=str(tmp_path / "none")), tmp_path / "out")
    with pytest.raises(TrainingError, match="of another network"):
        Run(recipe(init=str(tmp_path), network__dim=9), tmp_path / "out")
