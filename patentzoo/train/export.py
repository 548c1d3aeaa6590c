"""The end of a run: weights and card in a directory that ``load_model`` opens."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from patentzoo.models.networks import EmbeddingNetwork
from patentzoo.train.config import Recipe
from patentzoo.zoo.card import Card, Inference, Training, Weights
from patentzoo.zoo.load import save_model_dir


def export(network: EmbeddingNetwork, recipe: Recipe, folder: Path, source: str) -> Path:
    """Write the trained network as a model directory.

    Args:
        network: With its final weights.
        recipe: What it was trained by.
        folder: Where to; replaced as a whole.
        source: Path of the recipe, for the card's command.

    Returns:
        ``folder``.
    """
    size_px = recipe.model_size_px
    card = Card(
        name=recipe.name,
        summary=recipe.summary,
        dim=recipe.network.dim,
        licence=recipe.licence,
        weights=Weights("model.safetensors", "0" * 64, 1),  # save_model_dir fills these in
        network=recipe.network.to_dict(),
        preprocess=dataclasses.replace(recipe.preprocess, size_px=size_px),
        citation=recipe.citation,
        recipe=_shown(source),
        inference=Inference(hflip=recipe.hflip),
        training=Training(
            data=_data_sentence(recipe),
            cost=recipe.cost,
            command=f"patentzoo train {_shown(source)}",
        ),
    )
    save_model_dir(folder, network, card, overwrite=True)
    return folder


def _shown(source: str) -> str:
    """The recipe's path as a card may show it: from the working folder, else its name alone."""
    path = Path(source)
    if not path.is_absolute():
        return path.as_posix()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def _data_sentence(recipe: Recipe) -> str:
    pieces = [f"{s.count} {s.kind} solids (seed {s.seed})" for s in recipe.data.solids]
    if recipe.data.figures:
        pieces.append(f"real figures from {Path(recipe.data.figures).name}")
    if any(solids.kind.startswith("ldraw") for solids in recipe.data.solids):
        pieces.append("LDraw solids from the LDraw.org parts library, CC BY 2.0 / 4.0")
    return "; ".join(pieces)
