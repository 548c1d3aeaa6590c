"""A run trains by its own torch settings, and leaves the application's as they were."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from patentzoo.train.run import RunRequest, train_recipe


def trained(recipe, folder) -> dict[str, torch.Tensor]:
    made = recipe(stage=[{"steps": 2, "size_px": 32, "warmup": 1, "sources": 1}])
    done = train_recipe(RunRequest("tiny.toml", out=folder), made)
    return load_file(done.folder / "model.safetensors")


def settings() -> tuple[object, ...]:
    return (
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_num_threads(),
        torch.get_rng_state().tolist(),
    )


@pytest.mark.parametrize("name", ["float64", "inference", "autocast", "meta"])
def test_a_run_gives_the_same_weights(recipe, tmp_path, name):
    before = settings()
    expected = trained(recipe, tmp_path / "plain")
    assert settings() == before
    torch.set_default_dtype(torch.float64 if name == "float64" else torch.float32)
    context = {
        "inference": torch.inference_mode,
        "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
        "meta": lambda: torch.device("meta"),
    }.get(name, torch.enable_grad)
    try:
        with context():
            inside = settings()
            found = trained(recipe, tmp_path / name)
            assert settings() == inside
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)
