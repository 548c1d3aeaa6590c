"""Recipes: one strict TOML a model and stage."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from patentzoo.data.linedraw.dataset import SolidSource
from patentzoo.errors import ConfigError, near_miss
from patentzoo.models.networks import NetworkConfig
from patentzoo.models.preprocess import Preprocess
from patentzoo.system.toml import check_keys, read_table
from patentzoo.train.recipe_file import _put, read_tables
from patentzoo.train.settings import (
    AUGMENTATIONS,
    DATA_KINDS,
    HELD_OUT_KINDS,
    LOSSES,
    MINERS,
    PRECISIONS,
    SAMPLERS,
    DataConfig,
    DistilConfig,
    LoopConfig,
    LossConfig,
    StageConfig,
    ValidateConfig,
    WhitenConfig,
)
from patentzoo.train.starting_model import with_models_tables

__all__ = [
    "DataConfig",
    "LoopConfig",
    "LossConfig",
    "Recipe",
    "StageConfig",
    "ValidateConfig",
    "WhitenConfig",
    "load_recipe",
    "recipe_from_tables",
]

T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """One training run: from random or given weights to a directory that ``load_model`` opens.

    Attributes:
        name: The model's name.
        summary: One sentence for its card.
        network: What is trained.
        preprocess: What the model sees; ``size_px`` is overruled by each stage.
        data: What is trained on.
        loss: What is minimised.
        loop: How.
        stages: In order; at least one.
        whiten: The last step.
        validate: What is looked at meanwhile.
        distil: The teacher, if there is one.
        test_size_px: Input size of the finished model; 0 is the last stage's. A network trained on
            cut and distorted drawings reads larger ones better than those it was trained at
            (Touvron et al., NeurIPS 2019).
        seed: Same seed, data and thread count, same weights.
        init: ``""`` or ``"none"`` for random weights, ``"imagenet"`` for timm's; a model by its
            name, its directory or ``hf://`` address, or by ``"recipe:NAME"`` that of another run;
            or ``"package:MODULE/PATH"`` for the weights in a file of an installed package.
        init_sha256: SHA-256 of that file.
        init_part: ``"all"`` of the weights, or the ``"backbone"`` alone: the head stays random.
        mean_with: A second model, named as in ``init``: the run begins with the mean of both
            models' weights (model soups, Wortsman et al., ICML 2022). Both grew from one run.
        licence: Licence of the weights.
        citation: For the card.
        cost: What a run takes, for who reads the recipe; the card has what it took.
        hflip: The model averages a drawing's embedding with its mirror image's.
        tables: The recipe as read.
    """

    name: str
    summary: str
    network: NetworkConfig
    preprocess: Preprocess
    data: DataConfig
    loss: LossConfig
    loop: LoopConfig
    stages: tuple[StageConfig, ...]
    whiten: WhitenConfig = field(default_factory=WhitenConfig)
    validate: ValidateConfig = field(default_factory=ValidateConfig)
    distil: DistilConfig = field(default_factory=DistilConfig)
    test_size_px: int = 0
    seed: int = 0
    init: str = ""
    init_part: str = "all"
    init_sha256: str = ""
    mean_with: str = ""
    licence: str = "Apache-2.0"
    citation: str = ""
    cost: str = ""
    hflip: bool = False
    tables: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def model_size_px(self) -> int:
        """Side of the finished model's input, in pixels."""
        return self.test_size_px or self.stages[-1].size_px

    @property
    def stage_costs(self) -> list[tuple[int, float]]:
        """Steps of each stage (0: epochs say how long) and the pixels of a batch, in millions."""
        classes = self.loop.classes
        return [
            (stage.steps, (stage.classes or classes) * stage.size_px**2 / 1e6)
            for stage in self.stages
        ]


def load_recipe(
    path: str | Path, overrides: dict[str, Any] | None = None, runs: str | Path = "runs"
) -> Recipe:
    """Read a recipe; a top-level ``base = "other.toml"`` names one beside it that fills the gaps.

    What ``[network]`` and ``[preprocess]`` leave out is taken from the model that ``init`` names.

    Args:
        path: The TOML file.
        overrides: Dotted keys and values put in its place, e.g. ``{"loop.workers": 2}``.
        runs: The folder that holds the runs, for ``init = "recipe:NAME"``.

    Raises:
        ConfigError: The file is missing, no TOML, or has an unknown or ill-typed key.
        TrainingError: ``init`` names a model that does not exist.
    """
    tables = read_tables(Path(path))
    for key, value in (overrides or {}).items():
        _put(tables, key, value)
    return recipe_from_tables(with_models_tables(tables, Path(runs)), str(path))


def recipe_from_tables(tables: dict[str, Any], where: str) -> Recipe:
    """Check and build a recipe from parsed TOML.

    Raises:
        ConfigError: An unknown, missing or ill-typed key, or a value that makes no sense.
    """
    known = {f.name for f in dataclasses.fields(Recipe)} - {"tables", "stages"} | {"stage"}
    check_keys(tables, known, where)
    for key in ("name", "network", "stage"):
        if key not in tables:
            raise ConfigError(f"{where}: {key!r} is missing.")
    parts: dict[str, Any] = {
        "summary": tables.get("summary", ""),
        "network": NetworkConfig.from_dict(tables["network"]),
        "preprocess": Preprocess.from_dict(tables.get("preprocess", {})),
        "data": _data(tables.get("data", {}), where),
        "loss": _loss(tables.get("loss", {}), where),
        "loop": read_table(LoopConfig, tables.get("loop", {}), f"{where} [loop]"),
        "whiten": read_table(WhitenConfig, tables.get("whiten", {}), f"{where} [whiten]"),
        "distil": read_table(DistilConfig, tables.get("distil", {}), f"{where} [distil]"),
        "validate": read_table(ValidateConfig, tables.get("validate", {}), f"{where} [validate]"),
        "tables": tables,
    }
    stages = _each(StageConfig, tables["stage"], f"{where} [[stage]]")
    own_px = parts["preprocess"].size_px
    parts["stages"] = tuple(
        stage if stage.size_px else dataclasses.replace(stage, size_px=own_px) for stage in stages
    )
    plain = {key: value for key, value in tables.items() if key not in parts and key != "stage"}
    recipe = read_table(Recipe, plain | parts, where)
    check_values(recipe, where)
    return recipe


def _data(table: Any, where: str) -> DataConfig:
    if isinstance(table, dict) and "solids" in table:
        table = table | {"solids": _each(SolidSource, table["solids"], f"{where} [[data.solids]]")}
    return read_table(DataConfig, table, f"{where} [data]")


def _loss(table: Any, where: str) -> LossConfig:
    if isinstance(table, dict) and {"margin_deg", "margin_rad"} <= set(table):
        raise ConfigError(f"{where} [loss]: margin_deg or margin_rad is wanted, not both.")
    return read_table(LossConfig, table, f"{where} [loss]")


def _each(kind: type[T], tables: Any, where: str) -> tuple[T, ...]:
    if not isinstance(tables, list):
        raise ConfigError(f"{where}: a list of tables is wanted here, not {tables!r}.")
    return tuple(read_table(kind, table, where) for table in tables)


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
        "data.held_out in [0, 0.9]": 0 <= data.held_out <= 0.9,
        f"data.kind {', '.join(map(repr, HELD_OUT_KINDS))} with data.held_out": data.held_out == 0
        or data.kind in HELD_OUT_KINDS,
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
        "stage.neighbours 0, or more with stage.imprint and synthetic data,": all(
            stage.neighbours == 0
            or (stage.neighbours > 0 and stage.imprint and recipe.data.kind == "synthetic")
            for stage in stages
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
        "distil.weight > 0": recipe.distil.weight > 0,
        "whiten.shrinkage > 0": recipe.whiten.shrinkage > 0,
        "loss.scale and loss.temperature > 0": min(loss.scale, loss.temperature) > 0,
        "loss.focal_gamma >= 0, and only with 'easy-arcface',": loss.focal_gamma == 0
        or (loss.focal_gamma > 0 and loss.name == "easy-arcface"),
        "loss.sub_centers >= 1": loss.sub_centers >= 1,
        "validate.data, a folder,": not recipe.validate.protocol or bool(recipe.validate.data),
    }
