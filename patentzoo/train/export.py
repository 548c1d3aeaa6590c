"""The end of a run: weights and card in a directory that ``load_model`` opens."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from patentzoo.models.networks import EmbeddingNetwork
from patentzoo.train.config import Recipe
from patentzoo.train.provenance import command_line, data_of, shown_path
from patentzoo.zoo.card import Card, Inference, Score, Training, Weights
from patentzoo.zoo.load import save_model_dir


def export(
    network: EmbeddingNetwork,
    recipe: Recipe,
    folder: Path,
    source: str,
    *,
    training: Training | None = None,
    scores: tuple[Score, ...] = (),
) -> Path:
    """Write the trained network as a model directory.

    Args:
        network: With its final weights.
        recipe: What it was trained by.
        folder: Where to; replaced as a whole.
        source: Path of the recipe, for the card.
        training: What the card says of the run; None says what the recipe tells, and no cost.
        scores: What the run measured.

    Returns:
        ``folder``.
    """
    told = Training(data="; ".join(data_of(recipe)), command=command_line(source, {}, False))
    card = Card(
        name=recipe.name,
        summary=recipe.summary,
        dim=recipe.network.dim,
        licence=recipe.licence,
        weights=Weights("model.safetensors", "0" * 64, 1),  # save_model_dir fills these in
        network=recipe.network.to_dict(),
        preprocess=dataclasses.replace(recipe.preprocess, size_px=recipe.model_size_px),
        citation=recipe.citation,
        recipe=shown_path(source),
        inference=Inference(hflip=recipe.hflip),
        training=training or told,
        scores=scores,
    )
    save_model_dir(folder, network, card, overwrite=True)
    return folder
