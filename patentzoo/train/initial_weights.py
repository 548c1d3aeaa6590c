"""The weights a run begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from patentzoo.errors import TrainingError
from patentzoo.models.networks import EmbeddingNetwork, build_network
from patentzoo.zoo.package_weights import PREFIX, network_from_package

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe

RECIPE = "recipe:"


def starting_network(recipe: Recipe, runs: Path) -> EmbeddingNetwork:
    """The recipe's network with the weights its ``init`` names.

    Args:
        recipe: With ``network``, ``init`` and ``init_part``.
        runs: The folder that holds the runs, for ``"recipe:NAME"``.

    Raises:
        TrainingError: The weights are not there, or are of another network.
    """
    if recipe.init == "imagenet":
        return _from_imagenet(recipe)
    if recipe.init.startswith(PREFIX):
        return network_from_package(recipe.network, recipe.init, recipe.init_sha256)
    network = build_network(recipe.network)
    if recipe.init not in ("", "none"):
        _load(network, recipe, model_folder(recipe.init, runs))
    return network


def model_folder(init: str, runs: Path) -> Path:
    """The model directory that ``init`` names.

    Raises:
        TrainingError: The run of that recipe has not ended.
    """
    if not init.startswith(RECIPE):
        return Path(init)
    name = init.removeprefix(RECIPE)
    folder = runs / name / "model"
    if not folder.is_dir():
        raise TrainingError(
            f"init = {init!r}: {folder} does not exist. Train that recipe first, with the same "
            f"--out folder above it: patentzoo train recipes/{name}.toml"
        )
    return folder


def _from_imagenet(recipe: Recipe) -> EmbeddingNetwork:
    try:
        return build_network(recipe.network, pretrained=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"init = 'imagenet': timm could not fetch the weights of {recipe.network.backbone!r} "
            f"({error}). Check the network, fetch them once where there is one, or set "
            "init = 'none'."
        ) from error


def _load(network: EmbeddingNetwork, recipe: Recipe, folder: Path) -> None:
    from safetensors.torch import load_file

    path = folder / "model.safetensors"
    if not path.exists():
        raise TrainingError(f"init = {recipe.init!r}: {path} does not exist.")
    stored = load_file(path)
    state = {key: v.float() if v.is_floating_point() else v for key, v in stored.items()}
    if recipe.init_part == "backbone":
        head = {key: v for key, v in network.state_dict().items() if key.startswith("head.")}
        state = {key: v for key, v in state.items() if not key.startswith("head.")} | head
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        hint = "" if recipe.init_part == "backbone" else " init_part = 'backbone' leaves the head."
        raise TrainingError(
            f"init = {recipe.init!r}: its weights are of another network.{hint}"
        ) from error


def trained_weights(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy of the weights, on the CPU."""
    return {key: value.detach().cpu().clone() for key, value in network.state_dict().items()}
