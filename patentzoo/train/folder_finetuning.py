"""finetune(): from a model and a folder of drawings to a model that knows them better."""

from __future__ import annotations

import logging
import re
import shlex
from dataclasses import dataclass
from importlib import resources
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.data.records import hold_out, read_folder
from patentzoo.errors import ConfigError
from patentzoo.system.arguments import FLAG, NUMBER, POSSIBLE_PATH, TABLE, checked, shown
from patentzoo.train.provenance import shown_path, typed
from patentzoo.train.run import RunRequest, run_request
from patentzoo.zoo.card import Card
from patentzoo.zoo.given import is_model
from patentzoo.zoo.registry import CARD_FILE, DEFAULT_MODEL, list_models, no_model_in

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel
    from patentzoo.train.held_out import Gain

log = logging.getLogger(__name__)

RECIPE = "finetune-your-folder.toml"
CLASSES = 16
"""Patents in a batch; fewer where the folder holds fewer."""


@dataclass(frozen=True)
class FineTuned:
    """A model that was fine-tuned on a folder.

    Attributes:
        folder: The model, for ``load_model``.
        gain: What it gained on the patents that training left out.
    """

    folder: Path
    gain: Gain

    def __str__(self) -> str:
        return f"{self.folder}: {self.gain}"


@checked(
    folder=POSSIBLE_PATH | None,
    out=POSSIBLE_PATH | None,
    held_out=NUMBER,
    settings=TABLE | None,
    tiny=FLAG,
    overwrite=FLAG,
)
def finetune(
    model: RetrievalModel | Card | str | PathLike[str] | None,
    folder: str | PathLike[str] | None,
    *,
    out: str | PathLike[str] = "runs/finetuned",
    held_out: float = 0.25,
    settings: dict[str, Any] | None = None,
    progress: bool = False,
    overwrite: bool = False,
    tiny: bool = False,
) -> FineTuned:
    """Fine-tune a model on a folder of drawings, and measure what that gains.

    A share of the patents is held out. The model searches for each of their drawings among the
    others before and after; one that gained nothing is not written.

    Args:
        model: What to begin with: of ``load_model``, or a model's name, folder or card. None is the
            model that ships with the package.
        folder: Drawings, a subfolder a patent, or with USPTO file names. None only with ``tiny``,
            which reads none.
        out: Folder of the run; the model is ``out/model``. A run that was interrupted goes on.
        held_out: Share of the patents with two drawings or more to measure on, in (0, 0.9].
        settings: Dotted keys of the recipe ``recipes/finetune-your-folder.toml`` and their values,
            e.g. ``{"stage.0.epochs": 8.0}``.
        progress: Draw a progress bar on the terminal.
        overwrite: Train anew where ``out`` holds a finished model.
        tiny: A minute's trial on procedural solids; its weights are worthless.

    Returns:
        The model's folder and what it gained.

    Raises:
        ImageNotFoundError: The folder holds no drawings.
        ModelNotFoundError: ``model`` is a folder that holds none.
        ConfigError: No folder, too few patents, or a setting that makes no sense.
        TrainingError: The run gained nothing, or cannot go on.
        OutputError: ``out`` holds a finished model and ``overwrite`` was not given, or it holds
            other things.
    """
    if folder is None and not tiny:
        raise ConfigError("Give the folder that holds your drawings; only tiny=True needs none.")
    if not 0 < held_out <= 0.9:
        raise ConfigError(f"held_out = {held_out}: a share above 0 and up to 0.9 is wanted.")
    init = _init_of(model)
    own: dict[str, Any] = {"init": init, "data.held_out": held_out}
    own["name"] = _name(init, fspath(folder or "solids"))
    if folder is not None:
        own["data.root"] = fspath(folder)
    if tiny and folder is not None:
        log.warning("A trial draws its own solids: %s is not read.", folder)
    if folder is not None and not tiny and "data.kind" not in (settings or {}):
        own["loop.classes"] = _classes(fspath(folder), held_out)
    request = RunRequest(
        recipe_file(),
        own | (settings or {}),
        fspath(out),
        tiny,
        progress,
        overwrite,
        command=_command(own, settings or {}, tiny),
    )
    outcome = run_request(request)
    assert outcome.gain is not None  # the recipe holds patents out
    return FineTuned(outcome.folder, outcome.gain)


def recipe_file() -> Path:
    """The recipe of ``finetune``; ``recipes/`` of the repository holds a copy to read."""
    return Path(str(resources.files("patentzoo.train").joinpath(RECIPE)))


def _init_of(model: Any) -> str:
    """What a recipe's ``init`` says for a model."""
    if model is None:
        return DEFAULT_MODEL
    if isinstance(model, Card):
        return model.name
    if isinstance(model, str | PathLike):
        if Path(model).is_dir() and not (Path(model) / CARD_FILE).is_file():
            raise no_model_in(Path(model))
        return fspath(model)
    if not is_model(model):
        raise ConfigError(
            f"finetune(model, folder): {shown(model)} is no model. Give what load_model() gives, "
            "or a model's name or folder."
        )
    file = getattr(getattr(model, "_subject", None), "file", None)
    if file is None:
        raise ConfigError(
            f"finetune(model, folder): {model.name} was not loaded from files. Write it with "
            "save_model_dir() first, and give the folder."
        )
    published = {card.name: card.weights.sha256 for card in list_models()}
    if published.get(model.name) == model.card.weights.sha256:
        return str(model.name)
    return str(Path(file).parent)


def _name(init: str, folder: str) -> str:
    """A name for the new model: what it began with, and the folder."""
    parts = (Path(init).name, Path(folder).resolve().name)
    if parts[0] == "model":  # as training runs call the folder of their model
        parts = (Path(init).resolve().parent.name, parts[1])
    words = [re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip("-._") for part in parts]
    return "-".join(word for word in words if word) or "finetuned"


def _classes(folder: str, held_out: float) -> int:
    """Patents in a batch: as the recipe has it, or as many as there are to train on."""
    training, _ = hold_out(read_folder(folder), held_out)
    return max(2, min(CLASSES, len(training.patents)))


def _command(own: dict[str, Any], settings: dict[str, Any], tiny: bool) -> str:
    """What to type to fine-tune the model again."""
    words = ["patentzoo", "finetune"]
    words += [shown_path(own["data.root"])] if "data.root" in own else []
    words += ["--model", shown_path(own["init"]), "--held-out", f"{own['data.held_out']:g}"]
    for key, value in settings.items():
        words += ["--set", f"{key}={typed(value)}"]
    return shlex.join([*words, *(["--tiny"] if tiny else [])])
