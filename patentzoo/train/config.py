"""Recipes: one strict TOML a model and stage."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from patentzoo.data.linedraw.dataset import SolidSource
from patentzoo.errors import ConfigError
from patentzoo.networks import NetworkConfig
from patentzoo.preprocess import Preprocess
from patentzoo.tables import check_keys, read_table

T = TypeVar("T")


@dataclass(frozen=True)
class DataConfig:
    """What is trained on.

    Attributes:
        solids: Sources of synthetic drawings.
        shards: Folder the rendered drawings are kept in.
        figures: Folder of real drawings, one a patent (``""``: none); several views on one sheet
            are cut apart.
        figures_share: Share of the classes of each batch that are real figures.
        styles: Number of draughtsmen at work in one epoch; views of a solid share one.
        exclude: Patents never to train on, e.g. those of an evaluation.
    """

    solids: tuple[SolidSource, ...] = ()
    shards: str = "runs/shards"
    figures: str = ""
    figures_share: float = 0.2
    styles: int = 24
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class LossConfig:
    """ArcFace over classes plus a supervised contrastive loss within the batch.

    Attributes:
        margin_deg: Additive angular margin, in degrees (28.6 is the 0.5 rad of Deng et al., CVPR
            2019).
        scale: ArcFace's factor on the cosines.
        arcface_weight: Weight of the ArcFace loss.
        contrast_weight: Weight of the contrastive loss (Khosla et al., NeurIPS 2020).
        temperature: Divides the cosines of the contrastive loss.
    """

    margin_deg: float = 17.0
    scale: float = 30.0
    arcface_weight: float = 1.0
    contrast_weight: float = 1.0
    temperature: float = 0.1


@dataclass(frozen=True)
class StageConfig:
    """A stretch of training at one input size; a cosine takes the rate from ``lr`` to ``lr_end``.

    Attributes:
        steps: Optimiser steps.
        size_px: Input size of this stage; the last stage's is the model's.
        lr: Learning rate of the network after warm-up.
        lr_end: Learning rate at the end.
        warmup: Steps over which the rate rises from zero.
        sources: How many of the recipe's ``data.solids`` take part, from the first; 0 is all.
        arcface_weight: Multiplies the loss's own: class centres that are still random only disturb.
        classes: Classes in a batch; 0 is the loop's.
        imprint: Start ArcFace's class centres at the mean embedding of each class; otherwise they
            go on from the stage before if it has the same classes, or start at random.
    """

    steps: int
    size_px: int
    lr: float = 1e-3
    lr_end: float = 1e-3
    warmup: int = 200
    sources: int = 0
    arcface_weight: float = 1.0
    classes: int = 0
    imprint: bool = False


@dataclass(frozen=True)
class LoopConfig:
    """How a run goes.

    Attributes:
        classes: Classes in a batch.
        views: Views of each class in a batch.
        weight_decay: AdamW's.
        loss_lr_factor: Learning rate of the ArcFace weights relative to the network's.
        ema: Decay of the averaged weights, which are the ones kept.
        workers: Drawing processes.
        threads: Torch threads; 0 leaves torch's choice.
        bf16: Forward pass in bfloat16.
        save_every: Steps between checkpoints.
        log_every: Steps between log lines.
    """

    classes: int = 48
    views: int = 3
    weight_decay: float = 0.02
    loss_lr_factor: float = 5.0
    ema: float = 0.998
    workers: int = 1
    threads: int = 0
    bf16: bool = True
    save_every: int = 250
    log_every: int = 25


@dataclass(frozen=True)
class WhitenConfig:
    """A last step: the head is joined with a whitening of the pooled features.

    Attributes:
        classes: Synthetic classes it is fitted to, beside all real ones; 0 keeps the learned head.
        views: Views of each.
        shrinkage: Share of the mean within-class variance added in every direction.
    """

    classes: int = 0
    views: int = 4
    shrinkage: float = 0.5


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
        seed: Same seed, data and thread count, same weights.
        init: ``""`` for random weights, or a model directory to start from.
        licence: Licence of the weights.
        citation: For the card.
        cost: What a run took, for the card.
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
    whiten: WhitenConfig = WhitenConfig()
    seed: int = 0
    init: str = ""
    licence: str = "Apache-2.0"
    citation: str = ""
    cost: str = ""
    hflip: bool = False
    tables: dict[str, Any] = field(default_factory=dict, compare=False)


def load_recipe(path: str | Path, overrides: dict[str, Any] | None = None) -> Recipe:
    """Read a recipe.

    Args:
        path: The TOML file.
        overrides: Dotted keys and values put in its place, e.g. ``{"loop.workers": 2}``.

    Raises:
        ConfigError: The file is missing, no TOML, or has an unknown or ill-typed key.
    """
    path = Path(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"No recipe {path} ({reason}). Give the path of a .toml file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no valid TOML: {error}") from error
    for key, value in (overrides or {}).items():
        _put(tables, key, value)
    return recipe_from_tables(tables, str(path))


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
    parts = {
        "summary": tables.get("summary", ""),
        "network": NetworkConfig.from_dict(tables["network"]),
        "preprocess": Preprocess.from_dict(tables.get("preprocess", {})),
        "data": _data(tables.get("data", {}), where),
        "loss": read_table(LossConfig, tables.get("loss", {}), f"{where} [loss]"),
        "loop": read_table(LoopConfig, tables.get("loop", {}), f"{where} [loop]"),
        "whiten": read_table(WhitenConfig, tables.get("whiten", {}), f"{where} [whiten]"),
        "stages": _each(StageConfig, tables["stage"], f"{where} [[stage]]"),
        "tables": tables,
    }
    plain = {key: value for key, value in tables.items() if key not in parts and key != "stage"}
    recipe = read_table(Recipe, plain | parts, where)
    _check_values(recipe, where)
    return recipe


def _data(table: Any, where: str) -> DataConfig:
    if isinstance(table, dict) and "solids" in table:
        table = table | {"solids": _each(SolidSource, table["solids"], f"{where} [[data.solids]]")}
    return read_table(DataConfig, table, f"{where} [data]")


def _each(kind: type[T], tables: Any, where: str) -> tuple[T, ...]:
    if not isinstance(tables, list):
        raise ConfigError(f"{where}: a list of tables is wanted here, not {tables!r}.")
    return tuple(read_table(kind, table, where) for table in tables)


def _check_values(recipe: Recipe, where: str) -> None:
    loop, data = recipe.loop, recipe.data
    checks = {
        "at least one [[stage]]": len(recipe.stages) > 0,
        "stage.steps >= 1": all(stage.steps >= 1 for stage in recipe.stages),
        "stage.warmup, stage.classes and stage.sources >= 0": all(
            min(stage.warmup, stage.classes, stage.sources) >= 0 for stage in recipe.stages
        ),
        "data.solids, at least one": len(data.solids) > 0,
        "solids.count >= 1 and solids.weight > 0": all(
            solids.count >= 1 and solids.weight > 0 for solids in data.solids
        ),
        "data.figures_share in [0, 1]": 0 <= data.figures_share <= 1,
        "data.styles >= 1": data.styles >= 1,
        "loop.classes >= 2 and loop.views >= 1": loop.classes >= 2 and loop.views >= 1,
        "loop.ema in [0, 1)": 0 <= loop.ema < 1,
        "loop.workers and loop.threads >= 0": min(loop.workers, loop.threads) >= 0,
        "loop.save_every and loop.log_every >= 1": min(loop.save_every, loop.log_every) >= 1,
        "whiten.classes >= 0 and whiten.views >= 2": recipe.whiten.classes >= 0
        and recipe.whiten.views >= 2,
        "whiten.shrinkage > 0": recipe.whiten.shrinkage > 0,
        "loss.scale and loss.temperature > 0": min(recipe.loss.scale, recipe.loss.temperature) > 0,
    }
    for wanted, good in checks.items():
        if not good:
            raise ConfigError(f"{where}: {wanted} is wanted.")


def _put(tables: dict[str, Any], dotted: str, value: Any) -> None:
    """Set one value by its dotted key; a number picks from a list of tables."""
    *path, last = dotted.split(".")
    at: Any = tables
    try:
        for step in path:
            at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
        at[int(last) if isinstance(at, list) else last] = value
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{dotted} names nothing in the recipe. Write keys as in loop.workers, and the first "
            "of several tables as in stage.0.steps."
        ) from error
