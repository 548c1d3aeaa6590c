"""evaluate and train."""

from __future__ import annotations

import logging
import shlex
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.option_checks import refuse
from patentzoo.cli.output import (
    check_writable,
    out,
    print_json,
    print_table,
    report_failures,
    show_progress,
    table,
)
from patentzoo.errors import ConfigError
from patentzoo.options import EmbedOptions

SHOWN = ("mAP", "rank-1", "hit@5", "hit@10", "hit@20", "mAP@10")
"""Metrics on the terminal; the JSON holds them all."""

if TYPE_CHECKING:
    from patentzoo.evaluate import EvaluationResult


MODELS_ONLY = {"device", "backend", "batch_size", "workers"}
"""What floors, which are no networks, have no use for."""

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        help="Models by name or folder, or floors: pixels, phash, hog, imagenet; else the default.",
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
Worst = Annotated[
    str | None,
    typer.Option(
        "--worst",
        metavar="FILE",
        help="PNG of the first model's worst queries and what they found.",
    ),
]
Plots = Annotated[
    str | None,
    typer.Option("--plots", metavar="FOLDER", help="Folder for plots: precision, ranks, worst."),
]
Floors = Annotated[bool, typer.Option("--floors", help="Measure the floors, too.")]
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
    worst: Worst = None,
    plots: Plots = None,
    floors: Floors = False,
    target: Target = None,
    device: options.Device = "auto",
    backend: options.Backend = "torch",
    batch_size: options.BatchSize = EmbedOptions.batch_size,
    workers: options.Workers = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files of --out, --worst and --plots.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Measure retrieval: mAP, rank-1 and hit@k with 95 % intervals over patents."""
    from patentzoo import load_model
    from patentzoo.evaluate import evaluate, load_protocol, write_json
    from patentzoo.evaluate.baselines import FLOORS
    from patentzoo.zoo.registry import DEFAULT_MODEL

    wanted = list(dict.fromkeys([*(names or [DEFAULT_MODEL]), *(FLOORS if floors else [])]))
    if set(wanted) <= set(FLOORS):
        refuse(ctx, MODELS_ONLY, "means nothing for floors, which run no network. Leave it out.")
    if protocol == "folder":
        refuse(ctx, {"allow_missing"}, "means nothing for 'folder', which lists no images.")
    check_writable(target, worst, folder=plots)
    _check_free(target, worst, plots, overwrite)
    images = load_protocol(protocol, data, missing="report" if allow_missing else "raise")
    if by_figures:
        images = images.cut_into_figures()
    results = [
        evaluate(
            name if name in FLOORS else load_model(name, device=device, backend=backend),
            images,
            batch_size=batch_size,
            workers=workers,
            progress=show_progress(),
            command=_command(),
            rerank=rerank,
            worst=worst if name == wanted[0] else None,
            overwrite=overwrite,
        )
        for name in wanted
    ]
    if target is not None:
        write_json(results, target, overwrite=overwrite)
    if plots is not None:
        from patentzoo.reports import write_plots

        measured = {"results": [each.to_dict() for each in results]}
        write_plots(measured, plots, overwrite=overwrite)
    _show(results, as_json)


def _check_free(target: str | None, worst: str | None, plots: str | None, overwrite: bool) -> None:
    """Raise OutputError where a result would be replaced, before anything is measured."""
    from patentzoo.reports.curves import check_plots
    from patentzoo.system.overwrite import check_free

    for file in (target, worst):
        if file is not None:
            check_free(file, overwrite=overwrite)
    if plots is not None:
        check_plots(plots, overwrite=overwrite)


def train(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe, see recipes/.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Replace a value, e.g. loop.workers=2; may be repeated.",
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Folder of the run; else runs/ and the name."
        ),
    ] = None,
    tiny: Annotated[
        bool, typer.Option("--tiny", help="Try the whole way, in about a minute.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Train anew where a finished model is.")
    ] = False,
) -> None:
    """Train a recipe's model: pre-training and fine-tuning; a run that was stopped goes on."""
    from patentzoo.train import run_recipe

    logging.getLogger("patentzoo").setLevel(logging.INFO)
    overrides = dict(parse_setting(each) for each in settings or [])
    folder = run_recipe(
        recipe, overrides, target, tiny, progress=show_progress(), overwrite=overwrite
    )
    out().print(
        f"Model: {folder}\nMeasure it: patentzoo evaluate {folder} --data FOLDER",
        highlight=False,
        soft_wrap=True,
    )


def parse_setting(text: str) -> tuple[str, Any]:
    """`key=value` with the value read as TOML; what is no TOML is a string.

    Raises:
        ConfigError: No `=`, or no key before it.
    """
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise ConfigError(f"--set {text!r} is not KEY=VALUE, e.g. --set loop.workers=2")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _command() -> str:
    """What was typed, with the program's name instead of its place."""
    return shlex.join(["patentzoo", *sys.argv[1:]])


def _show(results: list[EvaluationResult], as_json: bool) -> None:
    report_failures(results[0].failures)
    if as_json:
        print_json([result.to_dict(per_query=False) for result in results])
    else:
        _print_scores(results)


def _print_scores(results: list[EvaluationResult]) -> None:
    counts = results[0].counts
    title = f"{results[0].protocol}: {results[0].description}; {counts['queries']} queries"
    metrics = [name for name in results[0].metrics if name in SHOWN]
    scores = table("model", *(f">{name}" for name in metrics), title=title)
    for result in results:
        best, *others = (result.metrics[name] for name in metrics)
        scores.add_row(result.model, str(best), *(f"{each.value:.3f}" for each in others))
        for name, variant in result.variants.items():
            best, *others = (variant.metrics[metric] for metric in metrics)
            scores.add_row(f"  {name}", str(best), *(f"{each.value:.3f}" for each in others))
    print_table(scores, blocks=True)
