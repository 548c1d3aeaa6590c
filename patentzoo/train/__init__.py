"""Training: a recipe in, a directory out that ``load_model`` opens."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.train.run import RunRequest, run_request

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe

__all__ = ["finetune", "pretrain", "run_recipe"]

log = logging.getLogger(__name__)


def run_recipe(
    path: str | Path,
    overrides: dict[str, Any] | None = None,
    out: str | Path | None = None,
    tiny: bool = False,
    *,
    progress: bool = False,
    overwrite: bool = False,
) -> Path:
    """Train a recipe's model.

    Args:
        path: The recipe, a TOML file.
        overrides: Dotted keys and values that replace the recipe's, e.g. ``{"loop.workers": 2}``.
        out: Folder of the run; default ``runs/<name>``, with ``-tiny`` behind it for a tiny run. A
            run of this recipe that was begun there goes on where it stopped.
        tiny: A minute's version of the run on procedural solids alone, to see that all works;
            its weights are worthless.
        progress: Draw a progress bar on the terminal.
        overwrite: Train anew where ``out`` holds a finished model; it stays until then.

    Returns:
        The model directory, ``<out>/model``.

    Raises:
        ConfigError: The recipe is faulty.
        TrainingError: The run cannot start or go on.
        OutputError: ``out`` holds a finished model and ``overwrite`` was not given.
    """
    outcome = run_request(RunRequest(path, overrides or {}, out, tiny, progress, overwrite))
    if outcome.gain is not None:
        log.info("%s", outcome.gain)
    return outcome.folder


def pretrain(
    recipe: str | Path,
    overrides: dict[str, Any] | None = None,
    out: str | Path | None = None,
    tiny: bool = False,
    *,
    progress: bool = False,
    overwrite: bool = False,
) -> Path:
    """Train the model of a recipe that begins with random or ImageNet weights.

    Args:
        recipe: The TOML file.
        overrides: Dotted keys and values that replace the recipe's.
        out: Folder of the run; default ``runs/<name>``.
        tiny: A minute's trial, whose weights are worthless.
        progress: Draw a progress bar on the terminal.
        overwrite: Train anew where ``out`` holds a finished model.

    Returns:
        The model's folder, from which ``finetune`` starts by ``init = "recipe:NAME"``.

    Raises:
        ConfigError: The recipe is faulty, or starts from another run's model.
        TrainingError: The run cannot start or go on.
    """
    request = RunRequest(recipe, overrides or {}, out, tiny, progress, overwrite)
    return run_request(request, _begins_afresh).folder


def finetune(
    recipe: str | Path,
    overrides: dict[str, Any] | None = None,
    out: str | Path | None = None,
    tiny: bool = False,
    *,
    progress: bool = False,
    overwrite: bool = False,
) -> Path:
    """Train the model of a recipe that goes on from ImageNet weights or from another model.

    Args:
        recipe: The TOML file.
        overrides: Dotted keys and values that replace the recipe's.
        out: Folder of the run; default ``runs/<name>``.
        tiny: A minute's trial, whose weights are worthless.
        progress: Draw a progress bar on the terminal.
        overwrite: Train anew where ``out`` holds a finished model.

    Returns:
        The model's folder.

    Raises:
        ConfigError: The recipe is faulty, or begins with random weights.
        TrainingError: The weights it starts from are not there, or the run cannot go on.
    """
    request = RunRequest(recipe, overrides or {}, out, tiny, progress, overwrite)
    return run_request(request, _goes_on).folder


def _begins_afresh(recipe: Recipe) -> None:
    from patentzoo.errors import ConfigError

    if recipe.init not in ("", "none", "imagenet"):
        raise ConfigError(
            f"{recipe.name}: init = {recipe.init!r} goes on from a model: finetune() it."
        )


def _goes_on(recipe: Recipe) -> None:
    from patentzoo.errors import ConfigError

    if recipe.init in ("", "none"):
        raise ConfigError(
            f"{recipe.name}: init = {recipe.init!r} is nothing to go on from: pretrain() it."
        )
