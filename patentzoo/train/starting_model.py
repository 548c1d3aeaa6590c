"""The model a recipe starts from by ``init``: its files, and what is taken from its card."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from patentzoo.errors import ModelNotFoundError, TrainingError
from patentzoo.zoo.cache import Cache, is_offline
from patentzoo.zoo.card import Card
from patentzoo.zoo.hub import SCHEME
from patentzoo.zoo.package_weights import PREFIX
from patentzoo.zoo.registry import CARD_FILE, card_named
from patentzoo.zoo.resolve import Request, find
from patentzoo.zoo.store import WEIGHTS_FILE
from patentzoo.zoo.weight_sources import PackageSource

RECIPE = "recipe:"
_NO_MODEL = ("", "none", "imagenet")


def names_model(init: str) -> bool:
    """Whether ``init`` names a retrieval model rather than a backbone's weights or nothing."""
    return init not in _NO_MODEL and not init.startswith(PREFIX)


def model_folder(init: str, runs: Path) -> Path:
    """The model directory that ``init`` names.

    Raises:
        TrainingError: The run of that recipe has not ended.
    """
    if not init.startswith(RECIPE):
        return Path(init)
    name = init.removeprefix(RECIPE)
    folder = runs / name / "model"
    if not folder.is_dir():
        raise TrainingError(
            f"init = {init!r}: {folder} does not exist. Train that recipe first, with the same "
            f"--out folder above it: patentzoo train recipes/{name}.toml"
        )
    return folder


def starting_card(init: str, runs: Path) -> Card | None:
    """The card of the model that ``init`` names; None where it names none, or a folder without one.

    Args:
        init: As a recipe has it.
        runs: The folder that holds the runs, for ``"recipe:NAME"``.

    Raises:
        TrainingError: No model has that name, or the card is faulty.
    """
    if not names_model(init):
        return None
    if _is_folder(init):
        folder = runs / init.removeprefix(RECIPE) / "model" if _is_recipe(init) else Path(init)
        file = folder / CARD_FILE
        return Card.read(file) if file.is_file() else None
    if init.startswith(SCHEME):
        return find(init, _request()).card
    try:
        return card_named(init)[0]
    except ModelNotFoundError as error:
        raise TrainingError(f"init = {init!r}: {error}") from error


def starting_weights(init: str, runs: Path) -> tuple[Path, str]:
    """The safetensors file of the model that ``init`` names; fetched where it is not here yet.

    Returns:
        The file, and whose names its tensors have, as ``Weights.layout`` says.

    Raises:
        TrainingError: There is no such model.
        PatentZooError: As ``load_model``, for what has to be fetched.
    """
    if not _is_folder(init):
        try:
            found = find(init, _request())
            return found.weights, found.card.weights.layout
        except ModelNotFoundError as error:
            raise TrainingError(f"init = {init!r}: {error}") from error
    path = model_folder(init, runs) / WEIGHTS_FILE
    if not path.exists():
        raise TrainingError(f"init = {init!r}: {path} does not exist.")
    card = starting_card(init, runs)
    return path, "patentzoo" if card is None else card.weights.layout


def is_here(init: str) -> bool:
    """Whether ``init`` names a model that is on this machine: a folder's, or a bundled one."""
    if not names_model(init):
        return False
    if _is_folder(init):
        return Path(init).is_dir()
    card = None if init.startswith(SCHEME) else starting_card(init, Path())
    return card is not None and any(isinstance(s, PackageSource) for s in card.sources)


def with_models_tables(tables: dict[str, Any], runs: Path) -> dict[str, Any]:
    """A recipe's tables; what ``[network]`` and ``[preprocess]`` leave out is the model's.

    So is the licence, unless one is stated; whom the model's card cites is cited, too.

    Args:
        tables: Parsed TOML.
        runs: The folder that holds the runs.

    Raises:
        TrainingError: ``init`` names no model.
    """
    init = tables.get("init", "")
    card = starting_card(init, runs) if isinstance(init, str) else None
    if card is None:
        return tables
    own = {"network": dict(card.network), "preprocess": card.preprocess.to_dict()}
    if tables.get("init_part") == "backbone":  # the head is the recipe's own
        own["network"].pop("head", None)
    stated = {name: tables.get(name, {}) for name in own}
    if not all(isinstance(table, dict) for table in stated.values()):
        return tables  # the reader of the recipe says what is wrong
    filled: dict[str, Any] = {name: own[name] | stated[name] for name in own}
    if stated["network"].get("backbone", card.network["backbone"]) != card.network["backbone"]:
        filled["network"] = stated["network"]  # arguments of another backbone
    filled |= {"hflip": card.inference.hflip, "licence": card.licence}
    filled["citation"] = _joined(tables.get("citation", ""), card.citation)
    own_words = {key: tables[key] for key in ("hflip", "licence") if key in tables}
    return tables | filled | own_words


def _joined(own: Any, of_model: str) -> Any:
    """Two citations without what both of them name; what is no text is for the reader to refuse."""
    if not isinstance(own, str):
        return own
    parts = [part for text in (own, of_model) for part in text.split("; ") if part]
    return "; ".join(dict.fromkeys(parts))


def _is_recipe(init: str) -> bool:
    return init.startswith(RECIPE)


def _is_folder(init: str) -> bool:
    """Whether ``init`` names a folder of this machine rather than a card or a repository."""
    if init.startswith(SCHEME):
        return False
    separators = {"/", os.sep} & set(init)
    return _is_recipe(init) or bool(separators) or Path(init).is_dir()


def _request() -> Request:
    return Request(Cache.at(), is_offline())
