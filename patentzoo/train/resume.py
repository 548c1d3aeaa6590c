"""Whether a run may go on from a folder's checkpoint, and what it then takes from it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patentzoo.errors import TrainingError
from patentzoo.train.config import Recipe


class RunClock:
    """Wall time of a run, what came before an interruption included.

    Attributes:
        earlier: Seconds until the checkpoint that the run goes on from.
    """

    def __init__(self) -> None:
        self.earlier = 0.0
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds in all, up to now."""
        return self.earlier + time.perf_counter() - self._began


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
            "a run goes on with its own recipe only; nothing was changed. Choose another --out, or "
            f"go on with {name!r}."
        )
    if saved["stage"] >= len(recipe.stages):
        raise TrainingError(
            f"{out} holds a run at stage {saved['stage']}, the recipe has "
            f"{len(recipe.stages)} stages (from 0). Choose another --out."
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
