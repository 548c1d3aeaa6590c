"""Training: a recipe in, a directory out that ``load_model`` opens."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe


def run_recipe(
    path: str | Path,
    overrides: dict[str, Any] | None = None,
    out: str | Path | None = None,
    tiny: bool = False,
) -> Path:
    """Train a recipe's model.

    Args:
        path: The recipe, a TOML file.
        overrides: Dotted keys and values that replace the recipe's, e.g. ``{"loop.workers": 2}``.
        out: Folder of the run; default ``runs/<name>``. A run begun there goes on where it stopped.
        tiny: A minute's version of the run on procedural solids alone, to see that all works;
            its weights are worthless.

    Returns:
        The model directory, ``<out>/model``.

    Raises:
        ConfigError: The recipe is faulty.
        TrainingError: The run cannot start or go on.
    """
    from patentzoo.train.config import load_recipe
    from patentzoo.train.export import export
    from patentzoo.train.loop import Run
    from patentzoo.train.whiten import whiten

    recipe = load_recipe(path, overrides)
    if tiny:
        recipe = _tiny(recipe)
    folder = Path(out) if out else Path("runs") / recipe.name
    run = Run(recipe, folder)
    network = run.train()
    if recipe.whiten.classes:
        recipe = whiten(network, recipe, run.data)
    return export(network, recipe, folder / "model", str(path))


def _tiny(recipe: Recipe) -> Recipe:
    """The same path through the code with 24 procedural solids and six steps a stage."""
    from patentzoo.data.linedraw.dataset import SolidSource

    data = dataclasses.replace(
        recipe.data,
        solids=(SolidSource("procedural", 24),),
        shards=recipe.data.shards + "-tiny",
        figures="",
    )
    small: dict[str, Any] = {"steps": 6, "size_px": 64, "warmup": 2, "classes": 0, "sources": 0}
    stages = tuple(dataclasses.replace(stage, **small) for stage in recipe.stages)
    loop = dataclasses.replace(
        recipe.loop, classes=8, views=2, workers=0, save_every=6, log_every=3
    )
    whiten = dataclasses.replace(recipe.whiten, classes=min(recipe.whiten.classes, 16))
    return dataclasses.replace(recipe, data=data, stages=stages, loop=loop, init="", whiten=whiten)
