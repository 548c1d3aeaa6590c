"""Retrieval measured while training: the averaged weights on a validation protocol."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import torch

from patentzoo.models.networks import EmbeddingNetwork, build_network

if TYPE_CHECKING:
    from patentzoo.evaluate import Protocol
    from patentzoo.train.config import Recipe

State = dict[str, torch.Tensor]


class Validator:
    """Measures weights on the recipe's validation protocol.

    Args:
        recipe: With ``validate``; what it trains on must hold none of the protocol's patents.
        device: Where to embed.

    Raises:
        ConfigError: A patent stands in both, or the protocol does not exist.
        ImageNotFoundError: Its drawings are not there.
    """

    def __init__(self, recipe: Recipe, device: str) -> None:
        from patentzoo.evaluate import load_protocol

        self.recipe, self.device = recipe, device
        self.protocol: Protocol = load_protocol(recipe.validate.protocol, recipe.validate.data)
        _refuse_leaks(recipe, self.protocol)

    def __call__(self, weights: State, size_px: int) -> dict[str, float]:
        """``mAP`` and ``rank-1`` of these weights.

        Args:
            weights: State dict of the recipe's network.
            size_px: Input size.
        """
        from patentzoo.evaluate import evaluate
        from patentzoo.models.retrieval_model import RetrievalModel

        with torch.random.fork_rng(devices=[]):  # building a network draws; training must not see
            network: EmbeddingNetwork = build_network(self.recipe.network)
        network.load_state_dict(weights)
        model = RetrievalModel(
            network,
            dataclasses.replace(self.recipe.preprocess, size_px=size_px),
            name=self.recipe.name,
            dim=self.recipe.network.dim,
            network_config=self.recipe.network.to_dict(),
            device=self.device,
            hflip=self.recipe.hflip,
        )
        found = evaluate(model, self.protocol, workers=max(1, self.recipe.loop.workers))
        return {name: found.metrics[name].value for name in ("mAP", "rank-1")}


def validator_of(recipe: Recipe, device: str) -> Validator | None:
    """Make the validator that a recipe asks for; None where it names no protocol."""
    return Validator(recipe, device) if recipe.validate.protocol else None


def _refuse_leaks(recipe: Recipe, protocol: Protocol) -> None:
    from patentzoo.data.records import check_leaks
    from patentzoo.train.files import records_of

    if recipe.data.kind in ("synthetic", "unlabelled") or not protocol.patents:
        return
    trained = {record.patent for record in records_of(recipe.data).records}
    check_leaks({"training": trained, protocol.name: set(protocol.patents.values())})
