"""Training: a recipe in, a directory out that ``load_model`` opens."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe

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
        out: Folder of the run; default ``runs/<name>``. A run begun there goes on where it stopped.
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
    from patentzoo.train.config import load_recipe

    return _run(load_recipe(path, overrides), str(path), out, tiny, progress, overwrite)


def pretrain(
    recipe: str | Path,
    overrides: dict[str, Any] | None = None,
    out: str | Path | None = None,
    tiny: bool = False,
    *,
    progress: bool = False,
    overwrite: bool = False,
) -> Path:
    """:func:`run_recipe` for a recipe that begins with random or ImageNet weights.

    Its ``recipe`` is the TOML file; the model it gives back is what ``finetune`` starts from by
    ``init = "recipe:NAME"``.

    Raises:
        ConfigError: The recipe is faulty, or starts from another run's model.
        TrainingError: The run cannot start or go on.
    """
    from patentzoo.errors import ConfigError
    from patentzoo.train.config import load_recipe

    read = load_recipe(recipe, overrides)
    if read.init not in ("", "none", "imagenet"):
        raise ConfigError(f"{recipe}: init = {read.init!r} goes on from a model: finetune() it.")
    return _run(read, str(recipe), out, tiny, progress, overwrite)


def finetune(
    recipe: str | Path,
    overrides: dict[str, Any] | None = None,
    out: str | Path | None = None,
    tiny: bool = False,
    *,
    progress: bool = False,
    overwrite: bool = False,
) -> Path:
    """:func:`run_recipe` for one that goes on from ImageNet weights or from another model.

    Raises:
        ConfigError: The recipe is faulty, or begins with random weights.
        TrainingError: The weights it starts from are not there, or the run cannot go on.
    """
    from patentzoo.errors import ConfigError
    from patentzoo.train.config import load_recipe

    read = load_recipe(recipe, overrides)
    if read.init in ("", "none"):
        raise ConfigError(
            f"{recipe}: init = {read.init!r} is nothing to go on from: pretrain() it."
        )
    return _run(read, str(recipe), out, tiny, progress, overwrite)


def _run(
    recipe: Recipe,
    source: str,
    out: str | Path | None,
    tiny: bool,
    progress: bool,
    overwrite: bool,
) -> Path:
    from patentzoo.system.torch_settings import for_training

    with for_training():
        return _trained(recipe, source, out, tiny, progress, overwrite)


def _trained(
    recipe: Recipe,
    source: str,
    out: str | Path | None,
    tiny: bool,
    progress: bool,
    overwrite: bool,
) -> Path:
    from patentzoo.train.export import export
    from patentzoo.train.loop import Run
    from patentzoo.train.plot import plot_run
    from patentzoo.train.smoke_run import shrink
    from patentzoo.train.whiten import whiten
    from patentzoo.zoo.store import check_model_folder

    folder = Path(out) if out else Path("runs") / recipe.name
    finished = (folder / "model").exists()
    check_model_folder(folder / "model", overwrite=overwrite)
    if tiny:
        recipe = shrink(recipe, folder)
    run = Run(recipe, folder, progress=progress)
    if finished:
        run.begin_anew()
    network = run.train()
    if run.engine.is_main:
        network = network.cpu()
        if recipe.whiten.classes:
            recipe = whiten(network, recipe, run.data)
        export(network, recipe, folder / "model", source)
        plot_run(folder)
    run.engine.wait()
    return folder / "model"
