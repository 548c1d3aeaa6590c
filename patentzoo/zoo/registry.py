"""Which models there are: the cards that ship with the package."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from importlib import resources
from pathlib import Path

from patentzoo.errors import ModelNotFoundError, near_miss
from patentzoo.system.files import why_no_path
from patentzoo.zoo.card import Card
from patentzoo.zoo.weight_sources import PackageSource

DEFAULT_MODEL = "patentzoo-small"
"""What ``load_model()`` loads: small enough to ship inside the package."""
CARD_FILE = "card.toml"
HEADER = ("model", "dim", "MB", "licence of the weights", "from", "score")


def zoo_folder() -> Path:
    """The package's folder with ``cards/`` and ``weights/``."""
    return Path(str(resources.files("patentzoo.zoo")))


class CardList(list[Card]):
    """Cards; printed, they are a table."""

    def rows(self) -> list[tuple[str, str, str, str, str, str]]:
        """Name, dim, megabytes, licence, origin and best-known score of each, as text."""
        return [
            (
                card.name + (" (default)" if card.name == DEFAULT_MODEL else ""),
                str(card.dim),
                f"{card.size_mb:.1f}",
                card.licence,
                card.origin,
                shown_score(card),
            )
            for card in self
        ]

    def __str__(self) -> str:
        rows = [HEADER, *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join(lines)


def shown_score(card: Card) -> str:
    """A card's first score with its protocol."""
    if not card.scores:
        return "-"
    first = card.scores[0]
    return f"{first.metric} {first.value:.3f} ({first.protocol})"


def list_models() -> list[Card]:
    """List the cards of every model that can be loaded by name, sorted by name.

    Returns:
        Cards; the list is a table when it is printed. torch is not loaded.
    """
    cards = (_read(path) for path in (zoo_folder() / "cards").glob("*.toml"))
    return CardList(sorted(cards, key=lambda card: card.name))


def _read(path: Path) -> Card:
    card = Card.read(path)
    return card if card.sources else dataclasses.replace(card, sources=(PackageSource(),))


def find_card(name: str) -> Card:
    """The card of that name.

    Raises:
        ModelNotFoundError: None has it; the closest name is suggested.
    """
    cards = {card.name: card for card in list_models()}
    if name not in cards:
        raise ModelNotFoundError(
            f"No model is called {name!r}, and no folder of that name holds one. "
            f"{near_miss(name, cards)}"
        )
    return cards[name]


def card_named(name: str) -> tuple[Card, Path | None]:
    """A card by its name, or by its folder -> the card, and the folder it lies in, if any.

    Raises:
        ModelNotFoundError: Neither a card nor a folder with one.
        ConfigError: The folder's card is faulty.
    """
    folder = Path(name).expanduser()
    if why_no_path(folder):
        return find_card(name), None
    if folder.is_dir() and (folder / CARD_FILE).is_file():
        return Card.read(folder / CARD_FILE), folder
    if folder.is_dir() and Path(name).name != name:
        raise no_model_in(folder)
    return find_card(name), None


def no_model_in(folder: Path) -> ModelNotFoundError:
    """The error of a folder without a card; of a training run it names the model's folder."""
    inner = folder / "model"
    hint = f" The model of this run is {inner}." if (inner / CARD_FILE).is_file() else ""
    return ModelNotFoundError(
        f"{folder}: the folder holds no {CARD_FILE}; there is no model in it.{hint}"
    )


def entry_name(card: Card, folder: Path | None) -> str:
    """Under what name a model is cached: a folder's card never under that of a published one."""
    if folder is None:
        return card.name
    sources = json.dumps(card.to_dict()["sources"]).encode()
    return f"{card.name}-{hashlib.sha256(sources).hexdigest()[:8]}"
