"""The weights a run begins with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from patentzoo.errors import TrainingError
from patentzoo.models.networks import EmbeddingNetwork, build_network
from patentzoo.train.starting_model import RECIPE, model_folder, names_model, starting_weights
from patentzoo.zoo.layouts import network_state
from patentzoo.zoo.package_weights import PREFIX, network_from_package

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe

__all__ = ["RECIPE", "model_folder", "starting_network", "trained_weights"]

_NAMED = 4
"""Tensors that an error names; of the others it gives the number."""


def starting_network(recipe: Recipe, runs: Path) -> EmbeddingNetwork:
    """The recipe's network with the weights its ``init`` names.

    Args:
        recipe: With ``network``, ``init``, ``init_part`` and ``mean_with``.
        runs: The folder that holds the runs, for ``"recipe:NAME"``.

    Raises:
        TrainingError: The weights are not there, or are of another network.
    """
    if recipe.init == "imagenet":
        return _from_imagenet(recipe)
    if recipe.init.startswith(PREFIX):
        return network_from_package(recipe.network, recipe.init, recipe.init_sha256)
    network = build_network(recipe.network)
    if names_model(recipe.init):
        _load(network, recipe, *starting_weights(recipe.init, runs))
    if names_model(recipe.mean_with):
        first = {key: value.clone() for key, value in network.state_dict().items()}
        other = dataclasses.replace(recipe, init=recipe.mean_with)
        _load(network, other, *starting_weights(recipe.mean_with, runs))
        network.load_state_dict(mean_weights(first, network.state_dict()))
    return network


def mean_weights(
    first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The mean of two state dicts of one network; whole numbers (counts) are the second's."""
    return {
        key: (first[key] + value) / 2 if value.is_floating_point() else value
        for key, value in second.items()
    }


def _from_imagenet(recipe: Recipe) -> EmbeddingNetwork:
    try:
        return build_network(recipe.network, pretrained=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"init = 'imagenet': timm could not fetch the weights of {recipe.network.backbone!r} "
            f"({error}). Check the network, fetch them once where there is one, or set "
            "init = 'none'."
        ) from error


def _load(network: EmbeddingNetwork, recipe: Recipe, path: Path, layout: str) -> None:
    from safetensors.torch import load_file

    stored = network_state(load_file(path), network, layout)
    state = {key: v.float() if v.is_floating_point() else v for key, v in stored.items()}
    wanted = network.state_dict()
    if recipe.init_part == "backbone":
        head = {key: v for key, v in wanted.items() if key.startswith("head.")}
        state = {key: v for key, v in state.items() if not key.startswith("head.")} | head
    if differing := differences(state, wanted):
        hint = "" if recipe.init_part == "backbone" else " init_part = 'backbone' leaves the head."
        raise TrainingError(
            f"init = {recipe.init!r}: its weights are of another network. {differing} What "
            f"[network] leaves out is as in the model.{hint}"
        )
    network.load_state_dict(state)


def differences(stored: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> str:
    """Name the tensors in which a model and a network differ, with their shapes; "" if in none.

    Args:
        stored: State dict of the model.
        wanted: State dict of the network.
    """
    told = []
    for key in sorted(stored.keys() | wanted.keys()):
        there, here = (tuple(d[key].shape) if key in d else None for d in (stored, wanted))
        if there == here:
            continue
        if here is None:
            told.append(f"{key} {there} is only in the model")
        elif there is None:
            told.append(f"{key} {here} is only in the recipe's network")
        else:
            told.append(f"{key} is {there} in the model and {here} in the recipe's network")
    more = len(told) - _NAMED
    rest = f"; and {more} more tensors" if more > 0 else ""
    return f"{'; '.join(told[:_NAMED])}{rest}." if told else ""


def trained_weights(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy of the weights, on the CPU."""
    return {key: value.detach().cpu().clone() for key, value in network.state_dict().items()}
