"""finetune, as it is typed; and what a training run prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from patentzoo.zoo.card import Card

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--set", "loop.precision=fp32", "--set", "loop.tensorboard=false", "--tiny")


@pytest.fixture
def folder(deeppatent: Path, tmp_path: Path) -> Path:
    """A folder of patents; what a tiny run would draw is there already."""
    (tmp_path / "tiny-deeppatent").symlink_to(deeppatent, target_is_directory=True)
    return deeppatent / "I20991231"


def test_it_says_what_was_gained_and_how_to_go_on(run: Run, folder: Path, tmp_path: Path, caplog):
    code, printed, error = run("finetune", folder, "--out", tmp_path / "run", *QUICK)
    assert code == 0, error
    assert "36 queries of 6 held-out patents: mAP" in printed
    assert f"--model {tmp_path / 'run' / 'model'}" in printed
    assert "stage 0, step 3 of 6: loss " in caplog.text
    assert "{" not in caplog.text  # sentences, no dicts
    card = Card.read(tmp_path / "run" / "model" / "card.toml")
    assert card.training.tiny
    assert card.training.command.endswith("--set loop.tensorboard=false --tiny")
    code, _, error = run("finetune", folder, "--out", tmp_path / "run", *QUICK)
    assert code == 1
    assert "--overwrite" in error
    assert "overwrite=True" not in error


def test_a_trial_needs_no_folder(run: Run, folder: Path, tmp_path: Path, caplog):
    code, printed, error = run("finetune", "--out", tmp_path / "run", *QUICK)
    assert code == 0, error
    card = Card.read(tmp_path / "run" / "model" / "card.toml")
    assert card.training.command.startswith("patentzoo finetune --model ")
    assert "held-out patents" in printed
    assert "is not read" not in caplog.text


def test_no_folder_no_folder_of_drawings_and_a_file(run: Run, draw, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    draw(1).save(tmp_path / "a.png")
    for words, told in (
        ([], "only --tiny needs none"),
        ([tmp_path / "none"], "none: no such folder"),
        ([tmp_path / "a.png"], "a.png: is a file, and a folder is wanted"),
        ([tmp_path / "empty"], "empty holds no pictures"),
    ):
        code, _, error = run("finetune", *words, "--out", tmp_path / "deep" / "run")
        assert (code, told in error) == (1, True), error
        assert not (tmp_path / "deep").exists()


def test_a_model_that_is_none_is_told(run: Run, folder: Path, tmp_path: Path):
    code, _, error = run("finetune", folder, "--model", "resnet10", "--out", tmp_path / "run")
    assert code == 1
    assert "No model is called 'resnet10'" in error
    assert not (tmp_path / "run").exists()
