"""Whether a run may go on from a folder's checkpoint, and what it then takes from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patentzoo.errors import TrainingError
from patentzoo.train.config import Recipe


def check_run(saved: dict[str, Any] | None, recipe: Recipe, out: Path) -> None:
    """Raise TrainingError unless a folder's checkpoint, if there is one, is of this recipe.

    Args:
        saved: The checkpoint; one of an older patentzoo names no recipe.
        recipe: What is to be trained.
        out: The run's folder, for the message.
    """
    if saved is None:
        return
    name = saved.get("recipe", recipe.name)
    if name != recipe.name:
        raise TrainingError(
            f"{out} holds an unfinished run of the recipe {name!r}, and this is {recipe.name!r}: "
            "a run goes on with its own recipe only; nothing was changed. Choose another --out, "
            f"go on with {name!r}, or delete the folder."
        )
    if saved["stage"] >= len(recipe.stages):
        raise TrainingError(
            f"{out} holds a run at stage {saved['stage']}, the recipe has "
            f"{len(recipe.stages)} stages (from 0). Choose another --out."
        )


def check_classes(saved: dict[str, Any], classes: int, out: Path) -> None:
    """Raise TrainingError where the data has another number of classes than the checkpoint."""
    if saved["classes"] != classes:
        raise TrainingError(
            f"{out} holds a run over {saved['classes']} classes, the data now has "
            f"{classes}. Choose another --out, or restore the data."
        )


def load_states(parts: Mapping[str, Any], saved: dict[str, Any], out: Path) -> None:
    """Load each part's state from a checkpoint.

    Raises:
        TrainingError: They are of another network.
    """
    try:
        for name, part in parts.items():
            part.load_state_dict(saved[name])
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"{out} holds the run of another network. Choose another --out."
        ) from error
