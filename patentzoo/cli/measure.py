"""evaluate and train."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.option_checks import refuse
from patentzoo.cli.output import (
    check_writable,
    out,
    show_progress,
)
from patentzoo.cli.recipe_options import Settings, Tiny, TrainAnew, parse_settings
from patentzoo.cli.scores import show_scores
from patentzoo.errors import ConfigError
from patentzoo.options import EmbedOptions

if TYPE_CHECKING:
    from patentzoo.evaluate import EvaluationResult


MODELS_ONLY = {"device", "backend", "batch_size", "workers"}
"""What baselines, which are no networks, have no use for."""

NOT_DEGRADED = {"by_figures", "allow_missing", "rerank", "hardest_queries", "plots", "baselines"}
"""What the protocol ``degraded`` has no use for."""
ONLY_DEGRADED = {"queries", "degradations", "seed", "photos"}

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        help="Models by name or folder, or baselines: pixels, phash, hog, imagenet; else the "
        "default.",
    ),
]
Data = Annotated[
    str, typer.Option(metavar="FOLDER", envvar="PATENTZOO_DATA", help="Folder of the drawings.")
]
Protocol = Annotated[
    str,
    typer.Option(
        "--protocol",
        "-p",
        metavar="NAME",
        help="figures, sheets or uspto-sample (development data), folder (your own drawings), "
        "cited (grants: what a patent cites is relevant), "
        "degraded (photographs, sketches and so on of the development figures), "
        "deeppatent, deeppatent-val, deeppatent-extended.",
    ),
]
ByFigures = Annotated[
    bool, typer.Option("--by-figures", help="Cut sheets into figures, labels removed, first.")
]
AllowMissing = Annotated[
    bool,
    typer.Option(
        "--allow-missing", help="Report listed images that are not there, instead of stopping."
    ),
]
Rerank = Annotated[bool, typer.Option("--rerank", help="Also measure k-reciprocal re-ranking.")]
HardestQueries = Annotated[
    str | None,
    typer.Option(
        "--hardest-queries",
        metavar="FILE",
        help="PNG of the first model's hardest queries and what they found.",
    ),
]
Plots = Annotated[
    str | None,
    typer.Option("--plots", metavar="FOLDER", help="Folder for plots: precision, ranks, hardest."),
]
Queries = Annotated[
    int | None,
    typer.Option("--queries", metavar="N", help="Of degraded: at most so many queries; else all."),
]
Degradations = Annotated[
    list[str] | None,
    typer.Option(
        "--degradation", metavar="NAME", help="Of degraded: only this; may be repeated; else all."
    ),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of degraded: another set.")]
QueryPhotos = Annotated[
    str,
    typer.Option(
        "--photos", metavar="WAY", help="Of degraded: how queries are read, as for search."
    ),
]
Baselines = Annotated[bool, typer.Option("--baselines", help="Measure the baselines, too.")]
Target = Annotated[
    str | None,
    typer.Option("--out", "-o", metavar="FILE", help="JSON file with every query's result."),
]


def evaluate(
    ctx: typer.Context,
    names: Names = None,
    data: Data = ".",
    protocol: Protocol = "figures",
    by_figures: ByFigures = False,
    allow_missing: AllowMissing = False,
    rerank: Rerank = False,
    hardest_queries: HardestQueries = None,
    plots: Plots = None,
    baselines: Baselines = False,
    queries: Queries = None,
    degradations: Degradations = None,
    seed: Seed = 0,
    photos: QueryPhotos = "auto",
    target: Target = None,
    device: options.Device = "auto",
    backend: options.Backend = "torch",
    batch_size: options.BatchSize = EmbedOptions.batch_size,
    workers: options.Workers = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace files of --out, --hardest-queries and --plots."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Measure retrieval: mAP, rank-1 and hit@k with 95 % intervals over patents."""
    from patentzoo import load_model
    from patentzoo.evaluate import evaluate, load_protocol
    from patentzoo.evaluate.baselines import BASELINES
    from patentzoo.zoo.registry import DEFAULT_MODEL

    if protocol == "degraded":
        refuse(ctx, NOT_DEGRADED, "means nothing for 'degraded'. Leave it out.")
        check_writable(target)
        _check_free(target, None, None, overwrite)
        measured = {"queries": queries, "only": tuple(degradations or ()), "seed": seed}
        results = _degraded(
            names or [DEFAULT_MODEL],
            {"device": device, "backend": backend},
            data,
            measured | {"photos": photos},
            {"batch_size": batch_size, "workers": workers},
        )
        _write(results, target, None, overwrite)
        show_scores(results, as_json)
        return
    refuse(ctx, ONLY_DEGRADED, "means nothing without --protocol degraded. Leave it out.")
    wanted = list(dict.fromkeys([*(names or [DEFAULT_MODEL]), *(BASELINES if baselines else [])]))
    if set(wanted) <= set(BASELINES):
        refuse(ctx, MODELS_ONLY, "means nothing for baselines, which run no network. Leave it out.")
    if protocol in ("folder", "cited"):
        refuse(ctx, {"allow_missing"}, f"means nothing for {protocol!r}, which lists no images.")
    check_writable(target, hardest_queries, folder=plots)
    _check_free(target, hardest_queries, plots, overwrite)
    images = load_protocol(protocol, data, missing="report" if allow_missing else "raise")
    if by_figures:
        images = images.cut_into_figures()
    results = [
        evaluate(
            name if name in BASELINES else load_model(name, device=device, backend=backend),
            images,
            batch_size=batch_size,
            workers=workers,
            progress=show_progress(),
            command=_command(),
            rerank=rerank,
            hardest_queries=hardest_queries if name == wanted[0] else None,
            overwrite=overwrite,
        )
        for name in wanted
    ]
    _write(results, target, plots, overwrite)
    show_scores(results, as_json)


def _degraded(
    names: list[str],
    loaded: dict[str, Any],
    data: str,
    measured: dict[str, Any],
    encoded: dict[str, Any],
) -> list[EvaluationResult]:
    """Measure models on the protocol ``degraded``."""
    from patentzoo import load_model
    from patentzoo.evaluate.baselines import BASELINES
    from patentzoo.evaluate.degraded import DegradedOptions, evaluate_degraded

    if baseline := next((name for name in names if name in BASELINES), None):
        raise ConfigError(f"{baseline} is a baseline: 'degraded' measures models. Name a model.")
    options = DegradedOptions(**measured)
    shown: dict[str, Any] = {"progress": show_progress(), "command": _command()}
    return [
        evaluate_degraded(load_model(name, **loaded), data, options, **encoded, **shown)
        for name in names
    ]


def _write(
    results: list[EvaluationResult], target: str | None, plots: str | None, overwrite: bool
) -> None:
    """Write what was measured as JSON and as plots, where that was asked for."""
    if target is not None:
        from patentzoo.evaluate import write_json

        write_json(results, target, overwrite=overwrite)
    if plots is not None:
        from patentzoo.reports import write_plots

        measured = {"results": [each.to_dict() for each in results]}
        write_plots(measured, plots, overwrite=overwrite)


def _check_free(
    target: str | None, hardest_queries: str | None, plots: str | None, overwrite: bool
) -> None:
    """Raise OutputError where a result would be replaced, before anything is measured."""
    from patentzoo.reports.curves import check_plots
    from patentzoo.system.overwrite import check_free

    for file in (target, hardest_queries):
        if file is not None:
            check_free(file, overwrite=overwrite)
    if plots is not None:
        check_plots(plots, overwrite=overwrite)


def train(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe, see recipes/.")],
    settings: Settings = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Folder of the run; else runs/ and the name."
        ),
    ] = None,
    tiny: Tiny = False,
    overwrite: TrainAnew = False,
) -> None:
    """Train a recipe's model: pre-training and fine-tuning; a run that was stopped goes on."""
    from patentzoo.train import run_recipe

    logging.getLogger("patentzoo").setLevel(logging.INFO)
    folder = run_recipe(
        recipe,
        parse_settings(settings),
        target,
        tiny,
        progress=show_progress(),
        overwrite=overwrite,
    )
    out().print(
        f"Model: {folder}\nMeasure it: patentzoo evaluate {folder} --data FOLDER",
        highlight=False,
        soft_wrap=True,
    )


def _command() -> str:
    """What was typed, with the program's name instead of its place."""
    return shlex.join(["patentzoo", *sys.argv[1:]])
