"""What a model's card says of the run that made it: its data, its measured cost, its command."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.system.progress import duration
from patentzoo.system.toml import inline
from patentzoo.train.settings import DataConfig
from patentzoo.train.starting_model import RECIPE, starting_card
from patentzoo.zoo.card import Training

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe
    from patentzoo.train.loop import Run


def facts_of(run: Run, runs: Path, command: str, *, tiny: bool) -> Training:
    """The ``[training]`` table of the card of a run that has ended.

    Args:
        run: The run.
        runs: The folder that holds it and those it may have started from.
        command: What to type to train the model again.
        tiny: Whether it was a trial.
    """
    pieces = [*data_of(run.recipe), *_read(run), *_start(run.recipe, runs)]
    return Training(data="; ".join(pieces), cost=_cost(run, runs), command=command, tiny=tiny)


def data_of(recipe: Recipe) -> list[str]:
    """What a recipe draws, and the real figures beside it, in words."""
    data = recipe.data
    if data.kind != "synthetic":
        return []
    pieces = [f"{s.count} {s.kind} solids (seed {s.seed}){_folder(s.folder)}" for s in data.solids]
    if data.figures:
        pieces.append(f"real figures from {Path(data.figures).name}")
    if any(solids.kind.startswith("ldraw") for solids in data.solids):
        pieces.append("LDraw solids from the LDraw.org parts library, CC BY 2.0 / 4.0")
    return pieces


def _folder(folder: str) -> str:
    return f" from {Path(folder).name}" if folder and Path(folder).name != "ldraw" else ""


def _read(run: Run) -> list[str]:
    """The pictures that were read, counted."""
    files = getattr(run.data, "files", None)
    if files is None:
        return []
    data = run.recipe.data
    single = data.sampler == "two-views"  # then every drawing is a class of its own
    patents = "" if single else f" of {run.data.class_count} patents"
    held = f", {run.held_out.patents} more held out" if run.held_out else ""
    return [f"{len(files)} drawings{patents} in {_place(data)}{held}"]


def _place(data: DataConfig) -> str:
    return Path(data.table if data.kind == "csv" else data.root).name


def _start(recipe: Recipe, runs: Path) -> list[str]:
    """What the run began with and who taught it, and what these were trained on."""
    pieces = []
    begun = (("begun from", recipe.init), ("and its mean with", recipe.mean_with))
    for what, init in (*begun, ("taught by", recipe.distil.teacher)):
        card = starting_card(init, runs)
        if card is not None:
            before = f", itself trained on: {card.training.data}" if card.training.data else ""
            pieces.append(f"{what} {card.name}{before}")
        elif init not in ("", "none"):
            pieces.append(f"{what} the weights {init if init == 'imagenet' else Path(init).name}")
    return pieces


def _is_a_run(init: str, runs: Path) -> bool:
    """Whether a recipe begins with the model of another run, by its recipe's name or its folder."""
    folder = Path(init)
    return init.startswith(RECIPE) or (
        folder.is_dir() and folder.resolve().parent.parent == Path(runs).resolve()
    )


def _cost(run: Run, runs: Path) -> str:
    import torch

    took = f"{duration(run.clock.seconds)} in all, measured"
    if _is_a_run(run.recipe.init, runs):
        took = f"{duration(run.clock.seconds)}, after the runs it begins with, measured"
    precision = run.recipe.loop.precision
    if run.engine.device.type == "cuda":
        name = torch.cuda.get_device_name(run.engine.device)
        return f"{took}: {run.engine.processes} × {name}, {precision}"
    threads, drawing = torch.get_num_threads(), run.recipe.loop.workers
    beside = f" and {drawing} worker process{'es' * (drawing > 1)}" if drawing else ""
    return (
        f"{took}: {run.engine.processes * threads} {run.engine.device.type.upper()} "
        f"thread{'s' * (run.engine.processes * threads > 1)}{beside}, {precision}"
    )


def command_line(source: str | Path, overrides: Mapping[str, Any], tiny: bool) -> str:
    """What to type to train a model again, with every ``--set``.

    Args:
        source: Path of the recipe.
        overrides: Dotted keys and values that replaced the recipe's.
        tiny: Whether it was a trial.
    """
    words = ["patentzoo", "train", shown_path(source)]
    for key, value in overrides.items():
        words += ["--set", f"{key}={typed(value)}"]
    return shlex.join([*words, *(["--tiny"] if tiny else [])])


def shown_path(path: str | Path) -> str:
    """A path as a card may show it: from the working folder, else its name alone."""
    given = Path(path)
    if not given.is_absolute():
        return given.as_posix()
    here = Path.cwd()
    return given.relative_to(here).as_posix() if given.is_relative_to(here) else given.name


def typed(value: Any) -> str:
    """A value as ``--set`` reads it; text is bare where nothing else could be meant by it."""
    if not isinstance(value, str):
        return inline(value)
    text = shown_path(value) if Path(value).is_absolute() else value
    try:
        tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return inline(text)
