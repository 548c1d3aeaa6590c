"""Training starts from models of timm and open_clip: their weights, under our names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from original_repositories import open_clip_model, open_clip_repository, timm_model, timm_repository

import patentzoo as pz
from patentzoo.train import run_recipe
from patentzoo.train.config import load_recipe
from patentzoo.train.initial_weights import starting_network

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


@pytest.fixture
def recipe(tmp_path, hub, monkeypatch):
    """A function (address, lines) -> the recipe that starts from it, and from its cache."""
    monkeypatch.setenv("PATENTZOO_CACHE", str(tmp_path / "cache"))

    def make(init: str, lines: str = ""):
        file = tmp_path / "mine.toml"
        head = '[network]\ndim = 8\nhead = "reference"\n'
        file.write_text(
            f'name = "mine"\ninit = "{init}"\ninit_part = "backbone"\n{head}{lines}\n'
            '[[data.solids]]\nkind = "procedural"\ncount = 4\n[[stage]]\nsteps = 1\nsize_px = 0\n'
        )
        return load_recipe(file)

    return make


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """One folder for all: the few drawings of a trial are made once."""
    return tmp_path_factory.mktemp("runs")


def test_a_backbone_of_timm_is_where_training_begins(recipe, hub, tmp_path):
    hub.put("org/plain", timm_repository("plain"))
    made = recipe("hf://org/plain")
    network = starting_network(made, tmp_path)
    assert made.network.channels == 3
    assert made.preprocess.interpolation == "bicubic"
    original = timm_model("plain").state_dict()
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, original[name]), name
    pixels = torch.rand(2, 1, *made.preprocess.size)
    network.train()(pixels).square().mean().backward()
    assert all(p.grad is not None for p in network.head.parameters())
    first = next(network.backbone.parameters())
    assert first.grad is not None


def test_positions_are_resampled_as_timm_does(recipe, hub, tmp_path):
    """Another input size: timm's own filter makes its positions."""
    import timm

    hub.put("org/dino", timm_repository("dinov2"))
    size = "backbone_args = {img_size = [56, 56], depth = 2, embed_dim = 48, num_heads = 3}"
    made = recipe("hf://org/dino", f"{size}\n[preprocess]\nsize_px = 56")
    network = starting_network(made, tmp_path)
    arguments = {"img_size": 56, "depth": 2, "embed_dim": 48, "num_heads": 3}
    theirs = timm.create_model("vit_small_patch14_dinov2", num_classes=0, **arguments)
    module = __import__("timm.models.vision_transformer", fromlist=["checkpoint_filter_fn"])
    state = module.checkpoint_filter_fn(timm_model("dinov2").state_dict(), theirs)
    assert torch.equal(network.backbone.pos_embed, state["pos_embed"])


def test_an_image_tower_of_open_clip_is_where_training_begins(recipe, hub, tmp_path):
    pytest.importorskip("open_clip")
    hub.put("org/clip", open_clip_repository("vit"))
    network = starting_network(recipe("hf://org/clip"), tmp_path)
    original = open_clip_model("vit").visual.state_dict()
    assert network.backbone.state_dict().keys() == original.keys()
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, original[name]), name


@pytest.mark.parametrize("name", ["patentclip-vitb32", "dinov2-vits14"])
def test_the_shipped_recipes_start_from_their_cards(name):
    recipe = load_recipe(RECIPES / f"{name}-arcface-dpat.toml")
    assert (recipe.init, recipe.init_part) == (name, "backbone")
    assert (recipe.network.dim, recipe.network.head) == (512, "reference")
    assert recipe.network.channels == 3
    assert recipe.network.channel_mean
    assert recipe.stages[0].size_px == recipe.preprocess.size_px


@pytest.mark.parametrize("name", ["patentclip-vitb32", "dinov2-vits14"])
def test_the_shipped_recipes_run_their_whole_way_tiny(name, runs, draw, monkeypatch):
    monkeypatch.setenv("PATENTZOO_OFFLINE", "1")
    folder = run_recipe(
        RECIPES / f"{name}-arcface-dpat.toml",
        {},
        runs / name,
        tiny=True,
    )
    model = pz.load_model(folder, device="cpu", backend="torch")
    assert model.card.training.tiny
    assert model.dim == 512
    found = pz.embed(model, [draw(1), draw(2)])
    assert np.isfinite(found.vectors).all()
