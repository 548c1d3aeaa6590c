"""Which models there are: the cards that ship with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from patentzoo.errors import ModelNotFoundError, near_miss
from patentzoo.zoo.card import Card

DEFAULT_MODEL = "resnet10t-arcface-linedraw"
"""What ``load_model()`` loads: small enough to ship inside the package."""


def zoo_folder() -> Path:
    """The package's folder with ``cards/`` and ``weights/``."""
    return Path(str(resources.files("patentzoo.zoo")))


def list_models() -> list[Card]:
    """The cards of every model that can be loaded by name, sorted by name. Loads no torch."""
    cards = [Card.read(path) for path in sorted((zoo_folder() / "cards").glob("*.toml"))]
    return sorted(cards, key=lambda card: card.name)


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
