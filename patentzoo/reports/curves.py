"""Plots of an evaluation: precision over recall, ranks, the hardest queries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError
from patentzoo.reports.evaluation_file import Given, Measured, read_measured
from patentzoo.reports.plot_figure import new_figure
from patentzoo.system.files import check_may_fill, file_to_write, replacing
from patentzoo.system.overwrite import check_free

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = np.linspace(0, 1, 101)
"""Recall levels at which precision is averaged over the queries."""

RANK_EDGES = (1, 2, 3, 5, 10, 20, 50, 100)
"""First ranks are counted up to each of these."""


def precision_recall(results: Given) -> Figure:
    """Precision over recall, the mean over the queries, a line for each model.

    At each level of recall a query counts with the best precision it reaches at that level or
    beyond (interpolated precision; Manning, Raghavan & Schütze, Introduction to Information
    Retrieval, 2008, section 8.4).

    Args:
        results: The JSON that ``patentzoo evaluate --out`` writes: its path, or what it holds.

    Raises:
        ConfigError: No such file, or one without the ranks of the relevant images.
        MissingExtraError: matplotlib is not installed.
    """
    models = read_measured(results)
    if not models:
        raise ConfigError("These results hold no queries.")
    if not all(place for model in models for place in model.places):
        raise ConfigError(
            "These results do not hold the ranks of the relevant images ('places'). Run patentzoo "
            "evaluate again."
        )
    figure = new_figure(6, 4.5)
    axes = figure.add_subplot()
    for model in models:
        curve = np.mean([interpolated(each) for each in model.places], axis=0)
        axes.plot(LEVELS, curve, label=_label(model))
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(color="0.9")
    axes.legend()
    return figure


def interpolated(places: Sequence[int]) -> npt.NDArray[np.float64]:
    """One query's precision at each of ``LEVELS``: float64 (101,).

    Args:
        places: The ranks of its relevant images, rising, from 1.
    """
    found = np.arange(1, len(places) + 1)
    precision = found / np.asarray(places, np.float64)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    needed = np.ceil(LEVELS * len(places) - 1e-9).astype(int)
    return np.asarray(best[np.maximum(needed, 1) - 1], np.float64)


def rank_histogram(results: Given) -> Figure:
    """How many queries found their patent at which rank, bars side by side for each model.

    Args:
        results: As for :func:`precision_recall`.

    Raises:
        ConfigError: No such file, or another one.
        MissingExtraError: matplotlib is not installed.
    """
    models = read_measured(results)
    figure = new_figure(7, 4)
    axes = figure.add_subplot()
    places = np.arange(len(RANK_EDGES) + 1)
    width = 0.8 / max(1, len(models))
    for number, model in enumerate(models):
        shift = (number - (len(models) - 1) / 2) * width
        counts = rank_counts(model.first_ranks)
        axes.bar(places + shift, counts / len(model.first_ranks), width, label=_label(model))
    low = [1, *(edge + 1 for edge in RANK_EDGES)]
    names = [str(a) if a == b else f"{a}–{b}" for a, b in zip(low, RANK_EDGES, strict=False)]
    axes.set_xticks(places, [*names, f"> {RANK_EDGES[-1]}"])
    axes.set(xlabel="rank of the first figure of the query's patent", ylabel="share of the queries")
    axes.legend()
    return figure


def rank_counts(first_ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many ranks lie in (0, 1], (1, 2], (2, 3], (3, 5] ... and beyond: int64 (9,)."""
    bins = np.searchsorted(RANK_EDGES, first_ranks, side="left")
    return np.bincount(bins, minlength=len(RANK_EDGES) + 1).astype(np.int64)


def hardest_queries(results: Given, *, count: int = 20) -> Figure:
    """The queries of lowest average precision of the first model, worst on top.

    Beside each bar stand the rank of its first relevant image and what was found first instead.

    Args:
        results: As for :func:`precision_recall`.
        count: How many.

    Raises:
        ConfigError: No such file, another one, or one without results.
        MissingExtraError: matplotlib is not installed.
    """
    models = read_measured(results)
    if not models:
        raise ConfigError("These results hold no queries.")
    worst = sorted(models[0].queries, key=lambda each: float(each["average_precision"]))[:count]
    figure = new_figure(9, 1 + 0.3 * len(worst))
    axes = figure.add_subplot()
    rows = np.arange(len(worst))
    axes.barh(rows, [each["average_precision"] for each in worst], color="#1f4e8c")
    for row, each in enumerate(worst):
        words = f"first at {each['first_rank']}; nearest: {Path(str(each['nearest'])).name}"
        place = float(each["average_precision"]) + 0.01
        axes.text(place, row, words, va="center", fontsize=7, parse_math=False)
    names = [Path(str(each["id"])).name for each in worst]
    axes.set_yticks(rows, names, fontsize=7, parse_math=False)
    axes.invert_yaxis()
    axes.set(xlabel="average precision", xlim=(0, 1), title=_label(models[0]))
    return figure


def write_plots(results: Given, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
    """Write ``precision-recall.png``, ``ranks.png`` and ``hardest-queries.png``.

    Args:
        results: As for :func:`precision_recall`.
        folder: Made if it is not there.
        overwrite: Replace files of these names.

    Returns:
        The files.

    Raises:
        ConfigError: No such file, or another one.
        MissingExtraError: matplotlib is not installed.
        OutputError: A file exists and ``overwrite`` was not given, or the folder cannot be
            written.
    """
    check_plots(file_to_write(folder), overwrite=overwrite)
    drawn = {
        "precision-recall.png": precision_recall(results),
        "ranks.png": rank_histogram(results),
        "hardest-queries.png": hardest_queries(results),
    }
    for name, figure in drawn.items():
        with replacing(Path(folder) / name) as unfinished:
            figure.savefig(unfinished, format="png", dpi=110)
    return [Path(folder) / name for name in drawn]


def check_plots(folder: str | Path, *, overwrite: bool = False) -> None:
    """Raise OutputError where :func:`write_plots` would replace a file."""
    check_may_fill(Path(folder))
    for name in ("precision-recall.png", "ranks.png", "hardest-queries.png"):
        check_free(Path(folder) / name, overwrite=overwrite)


def _label(model: Measured) -> str:
    return f"{model.model}, mAP {model.mean_ap:.3f}"
