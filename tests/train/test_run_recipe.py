"""From a recipe to a model that embeds drawings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import patentzoo

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "resnet10t-arcface-linedraw.toml"


def test_a_tiny_run_gives_a_model_that_embeds(tiny_run, folder):
    model = patentzoo.load_model(tiny_run, device="cpu")
    assert model.name == "resnet10t-arcface-linedraw-tiny"
    assert model.preprocess.size_px == 64
    found = patentzoo.embed(model, folder)
    assert found.vectors.shape == (6, model.dim)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert len({tuple(row) for row in found.vectors.tolist()}) == 6


def test_the_card_says_how_and_shows_no_machine_of_ours(tiny_run):
    text = (tiny_run / "card.toml").read_text(encoding="utf-8")
    assert "24 procedural solids (seed 0)" in text
    assert f"patentzoo train {RECIPE.name}" in text or "patentzoo train recipes/" in text
    assert str(RECIPE.parents[1]) not in text


def test_ldraw_is_credited(recipe, tmp_path):
    from patentzoo.models.networks import build_network
    from patentzoo.train.export import export

    r = recipe()
    export(build_network(r.network), r, tmp_path / "model", "recipes/x.toml")
    text = (tmp_path / "model" / "card.toml").read_text(encoding="utf-8")
    assert "LDraw.org parts library, CC BY 2.0 / 4.0" in text
    assert 'command = "patentzoo train recipes/x.toml"' in text
