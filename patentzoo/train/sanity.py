"""Values of a recipe that are of the right type and still make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patentzoo.errors import ConfigError, near_miss
from patentzoo.train.settings import (
    AUGMENTATIONS,
    DATA_KINDS,
    LOSSES,
    MINERS,
    PRECISIONS,
    SAMPLERS,
)

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe


def check_values(recipe: Recipe, where: str) -> None:
    """Raise ConfigError at the first value that makes no sense, saying what is wanted."""
    _check_choices(recipe, where)
    for wanted, good in {**_data_checks(recipe), **_run_checks(recipe)}.items():
        if not good:
            raise ConfigError(f"{where}: {wanted} is wanted.")


def _check_choices(recipe: Recipe, where: str) -> None:
    choices = {
        "data.kind": (recipe.data.kind, DATA_KINDS),
        "data.augment": (recipe.data.augment, AUGMENTATIONS),
        "data.sampler": (recipe.data.sampler, SAMPLERS),
        "data.missing": (recipe.data.missing, ("raise", "report")),
        "loss.name": (recipe.loss.name, LOSSES),
        "loss.miner": (recipe.loss.miner, MINERS),
        "loop.precision": (recipe.loop.precision, PRECISIONS),
        "loop.optimizer": (recipe.loop.optimizer, ("adamw", "adam")),
        "loop.device": (recipe.loop.device, ("auto", "cpu")),
        "init_part": (recipe.init_part, ("all", "backbone")),
    }
    for key, (value, known) in choices.items():
        if value not in known:
            raise ConfigError(f"{where}: {key} = {value!r}. {near_miss(value, known)}")


def _data_checks(recipe: Recipe) -> dict[str, bool]:
    data = recipe.data
    drawn = data.kind == "synthetic"
    return {
        "data.solids, at least one": not drawn or len(data.solids) > 0,
        "data.root, the folder of the pictures,": drawn or bool(data.root),
        "data.table, a CSV,": data.kind != "csv" or bool(data.table),
        "solids.count >= 1 and solids.weight > 0": all(
            solids.count >= 1 and solids.weight > 0 for solids in data.solids
        ),
        "data.figures_share in [0, 1]": 0 <= data.figures_share <= 1,
        "data.degraded_share in [0, 1]": 0 <= data.degraded_share <= 1,
        "data.styles >= 1": data.styles >= 1,
        "data.sampler 'two-views' for unlabelled pictures": data.kind != "unlabelled"
        or data.sampler == "two-views",
        "loss.name without class centres ('ntxent', 'supcon' or 'triplet') with 'two-views'": drawn
        or data.sampler != "two-views"
        or recipe.loss.name in ("ntxent", "supcon", "triplet"),
    }


def _run_checks(recipe: Recipe) -> dict[str, bool]:
    loop, loss, stages = recipe.loop, recipe.loss, recipe.stages
    return {
        "at least one [[stage]]": len(stages) > 0,
        "test_size_px 0, or 16 and more,": recipe.test_size_px == 0 or recipe.test_size_px >= 16,
        "stage.steps >= 1, or stage.epochs > 0, not both,": all(
            (stage.steps >= 1) != (stage.epochs > 0) and min(stage.steps, stage.epochs) >= 0
            for stage in stages
        ),
        "stage.steps rather than epochs, since synthetic drawings have no end,": all(
            stage.epochs == 0 or recipe.data.kind != "synthetic" for stage in stages
        ),
        "stage.warmup, stage.classes and stage.sources >= 0": all(
            min(stage.warmup, stage.classes, stage.sources) >= 0 for stage in stages
        ),
        "loop.classes >= 2 and loop.views >= 1": loop.classes >= 2 and loop.views >= 1,
        "loop.backbone_lr_factor > 0": loop.backbone_lr_factor > 0,
        "loop.ema in [0, 1)": 0 <= loop.ema < 1,
        "loop.workers and loop.threads >= 0": min(loop.workers, loop.threads) >= 0,
        "loop.save_every and loop.log_every >= 1": min(loop.save_every, loop.log_every) >= 1,
        "loop.accumulate >= 1 and loop.clip_norm >= 0": loop.accumulate >= 1
        and loop.clip_norm >= 0,
        "whiten.classes >= 0 and whiten.views >= 2": recipe.whiten.classes >= 0
        and recipe.whiten.views >= 2,
        "whiten.shrinkage > 0": recipe.whiten.shrinkage > 0,
        "loss.scale and loss.temperature > 0": min(loss.scale, loss.temperature) > 0,
        "loss.focal_gamma >= 0, and only with 'easy-arcface',": loss.focal_gamma == 0
        or (loss.focal_gamma > 0 and loss.name == "easy-arcface"),
        "loss.sub_centers >= 1": loss.sub_centers >= 1,
        "validate.data, a folder,": not recipe.validate.protocol or bool(recipe.validate.data),
    }
