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
from patentzoo.cli.output import out, print_json, report_failures, show_progress, table
from patentzoo.errors import ConfigError

if TYPE_CHECKING:
    from patentzoo.evaluate import EvaluationResult


def evaluate(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...",
            help="Models by name or folder, or floors: pixels, phash, hog. Default: the bundled.",
        ),
    ] = None,
    data: Annotated[
        str, typer.Option(envvar="PATENTZOO_DATA", help="Folder of the drawings.")
    ] = ".",
    protocol: Annotated[
        str, typer.Option("--protocol", "-p", help="figures, sheets, or folder: your own drawings.")
    ] = "figures",
    floors: Annotated[
        bool, typer.Option("--floors", help="Measure the three floors, too.")
    ] = False,
    target: Annotated[
        str | None, typer.Option("--out", "-o", help="JSON file with every query's result.")
    ] = None,
    device: options.Device = "auto",
    batch_size: options.BatchSize = 32,
    workers: options.Workers = None,
    as_json: options.Json = False,
) -> None:
    """Measure retrieval: mAP, rank-1 and hit@k with 95 % intervals over patents."""
    from patentzoo import load_model
    from patentzoo.evaluate import evaluate, load_protocol, write_json
    from patentzoo.evaluate.floors import FLOORS
    from patentzoo.zoo.registry import DEFAULT_MODEL

    wanted = [*(names or [DEFAULT_MODEL]), *(FLOORS if floors else [])]
    images = load_protocol(protocol, data)
    results = [
        evaluate(
            name if name in FLOORS else load_model(name, device=device),
            images,
            batch_size=batch_size,
            workers=workers,
            progress=show_progress(),
            command=_command(),
        )
        for name in wanted
    ]
    if target is not None:
        write_json(results, target)
    _show(results, as_json)


def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe, see recipes/.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a value: --set loop.workers=2"),
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run; runs/<name> by default.")
    ] = None,
    tiny: Annotated[
        bool, typer.Option("--tiny", help="A minute's trial of the whole way.")
    ] = False,
) -> None:
    """Train a recipe's model; a run that was stopped goes on."""
    from patentzoo.train import run_recipe

    logging.getLogger("patentzoo").setLevel(logging.INFO)
    overrides = dict(parse_setting(each) for each in settings or [])
    folder = run_recipe(recipe, overrides, target, tiny)
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
    metrics = list(results[0].metrics)
    scores = table("model", *(f">{name}" for name in metrics), title=title)
    for result in results:
        best, *others = (result.metrics[name] for name in metrics)
        scores.add_row(result.model, str(best), *(f"{each.value:.3f}" for each in others))
    out().print(scores, highlight=False, markup=False)
