"""Checkpoints: whole or not at all, and damage is named."""

from __future__ import annotations

import pytest
import torch

from patentzoo.errors import TrainingError
from patentzoo.train import checkpoint


def test_what_is_saved_comes_back(tmp_path):
    assert checkpoint.load(tmp_path) is None
    state = {"step": 3, "weights": {"w": torch.arange(4.0)}, "rng": torch.get_rng_state()}
    checkpoint.save(tmp_path, state)
    loaded = checkpoint.load(tmp_path)
    assert loaded["step"] == 3
    assert torch.equal(loaded["weights"]["w"], state["weights"]["w"])
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.FILE]


@pytest.mark.parametrize("error", [OSError(28, "No space left"), RuntimeError("write failed")])
def test_a_failed_save_leaves_the_one_before(tmp_path, monkeypatch, error):
    checkpoint.save(tmp_path, {"step": 1})

    def save(state, path):
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(torch, "save", save)
    with pytest.raises(TrainingError, match="The one before is intact"):
        checkpoint.save(tmp_path, {"step": 2})
    assert checkpoint.load(tmp_path) == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.FILE]


@pytest.mark.parametrize("keep", [0, 100])
def test_a_damaged_checkpoint_is_named(tmp_path, keep):
    checkpoint.save(tmp_path, {"weights": torch.zeros(100)})
    path = tmp_path / checkpoint.FILE
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(TrainingError, match=r"is damaged.*Delete it"):
        checkpoint.load(tmp_path)


class Stranger:
    """Something a checkpoint must not bring along."""


def test_a_checkpoint_cannot_run_code(tmp_path):
    torch.save({"x": Stranger()}, tmp_path / checkpoint.FILE)
    with pytest.raises(TrainingError, match="is damaged"):
        checkpoint.load(tmp_path)
