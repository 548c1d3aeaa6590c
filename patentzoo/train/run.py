"""From a recipe's file to a model folder: what every way to train has in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.errors import TrainingError
from patentzoo.system.files import file_to_write

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe
    from patentzoo.train.held_out import Gain

Check = Callable[["Recipe"], None]


@dataclass(frozen=True)
class RunRequest:
    """What is to be trained, and where.

    Attributes:
        path: The recipe, a TOML file.
        overrides: Dotted keys and values that replace the recipe's.
        out: Folder of the run; None is ``runs/<name>``.
        tiny: Go the whole way in a minute.
        progress: Draw a progress bar.
        overwrite: Train anew where ``out`` holds a finished model.
        command: What to type to train the model again; None is ``patentzoo train`` with the above.
    """

    path: str | Path
    overrides: Mapping[str, Any] = field(default_factory=dict)
    out: str | Path | None = None
    tiny: bool = False
    progress: bool = False
    overwrite: bool = False
    command: str | None = None

    @property
    def runs(self) -> Path:
        """The folder that holds this run and those it may start from."""
        return Path(self.out).parent if self.out else Path("runs")

    def load(self) -> Recipe:
        """Read the recipe with what was to be replaced in it.

        Raises:
            ConfigError: It is faulty.
            TrainingError: ``init`` names a model that does not exist.
            OutputError: This user may not look into the folder of ``out``.
        """
        from patentzoo.train.config import load_recipe

        if self.out:
            file_to_write(Path(self.out) / "model")
        return load_recipe(self.path, dict(self.overrides), self.runs)


@dataclass(frozen=True)
class RunOutcome:
    """What a run wrote.

    Attributes:
        folder: The model directory.
        gain: What it gained on the patents that were held out; None where none were.
    """

    folder: Path
    gain: Gain | None = None


def run_request(request: RunRequest, check: Check | None = None) -> RunOutcome:
    """Train what is asked for.

    Args:
        request: What and where.
        check: Raises for a recipe that is of another kind than the caller wants.

    Raises:
        ConfigError: The recipe is faulty.
        TrainingError: The run cannot start or go on, or gained nothing.
        OutputError: ``out`` holds a finished model and ``overwrite`` was not given.
    """
    recipe = request.load()
    if check is not None:
        check(recipe)
    return train_recipe(request, recipe)


def train_recipe(request: RunRequest, recipe: Recipe) -> RunOutcome:
    """Train a recipe that has been read, as :func:`run_request` does."""
    from patentzoo.system.torch_settings import for_training
    from patentzoo.train.checkpoint import check_folder, no_empty_folder
    from patentzoo.zoo.store import check_model_folder

    ending = "-tiny" if request.tiny else ""
    folder = Path(request.out) if request.out else request.runs / f"{recipe.name}{ending}"
    finished = file_to_write(folder / "model").exists()
    check_model_folder(folder / "model", overwrite=request.overwrite)
    check_folder(folder)
    with no_empty_folder(folder), for_training():
        if request.tiny:
            recipe = _small(request, recipe, folder)
        else:
            _refuse_trial(recipe, request.runs)
        return _trained(request, recipe, folder, anew=finished)


def _trained(request: RunRequest, recipe: Recipe, folder: Path, *, anew: bool) -> RunOutcome:
    from patentzoo.train.export import export
    from patentzoo.train.loop import Run
    from patentzoo.train.plot import plot_run
    from patentzoo.train.provenance import command_line, facts_of
    from patentzoo.train.whiten import whiten

    run = Run(recipe, folder, progress=request.progress)
    if anew:
        run.begin_anew()
    network, gain = run.train(), None
    if run.engine.is_main:
        if recipe.whiten.classes:
            recipe = whiten(network, recipe, run.data)
        network = network.cpu()
        if run.held_out is not None:
            gain = run.held_out.gain(recipe, network)
        command = request.command or command_line(request.path, request.overrides, request.tiny)
        facts = facts_of(run, request.runs, command, tiny=request.tiny)
        scores = gain.scores() if gain else ()
        export(network, recipe, folder / "model", str(request.path), training=facts, scores=scores)
        plot_run(folder)
    run.engine.wait()
    return RunOutcome(folder / "model", gain)


def _small(request: RunRequest, recipe: Recipe, folder: Path) -> Recipe:
    """The recipe's tiny form; a recipe whose model it starts from is gone through first."""
    from patentzoo.train.smoke_run import shrink
    from patentzoo.train.starting_model import RECIPE

    started = {}
    for key, init in (("init", recipe.init), ("mean_with", recipe.mean_with)):
        name = init.removeprefix(RECIPE)
        before = Path(request.path).parent / f"{name}.toml"
        there = (request.runs / name / "model").is_dir() or not before.is_file()
        if init.startswith(RECIPE) and not there:
            started[key] = str(_tiny_run_of(before, name, request))
    if started:
        recipe = dataclasses.replace(request, overrides={**request.overrides, **started}).load()
    return shrink(recipe, folder)


def _tiny_run_of(path: Path, name: str, request: RunRequest) -> Path:
    """The model folder of a recipe's tiny run beside another one; trained where it is not there."""
    out = request.runs / f"{name}-tiny"
    if (out / "model").is_dir():
        return out / "model"
    shared = ("network.", "preprocess.", "loop.precision", "data.shards")
    overrides = {k: v for k, v in request.overrides.items() if k.startswith(shared)}
    first = RunRequest(path, overrides, out, tiny=True, progress=request.progress)
    return run_request(first).folder


def _refuse_trial(recipe: Recipe, runs: Path) -> None:
    """Raise TrainingError where a run would begin with the weights of a tiny one."""
    from patentzoo.train.starting_model import starting_card

    for key, init in (("init", recipe.init), ("mean_with", recipe.mean_with)):
        card = starting_card(init, runs)
        if card is not None and card.training.tiny:
            raise TrainingError(
                f"{key} = {init!r}: {card.name} was trained with --tiny, and its weights are "
                "worth nothing. Train it in full first."
            )
