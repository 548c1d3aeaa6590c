"""The cards that ship with the package."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from patentzoo.errors import ModelNotFoundError
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, list_models, zoo_folder


def test_the_default_model_is_there_with_the_weights_its_card_describes():
    card = find_card(DEFAULT_MODEL)
    data = (zoo_folder() / "weights" / card.weights.file).read_bytes()
    assert len(data) == card.weights.size_bytes <= 12_000_000
    assert hashlib.sha256(data).hexdigest() == card.weights.sha256


def test_every_card_is_in_the_file_of_its_name():
    cards = list_models()
    assert [card.name for card in cards] == sorted(card.name for card in cards)
    files = {path.stem for path in (zoo_folder() / "cards").glob("*.toml")}
    assert {card.name for card in cards} == files
    assert all(card.licence for card in cards)


def test_an_unknown_name_suggests_the_near_miss():
    with pytest.raises(ModelNotFoundError, match=f"Did you mean '{DEFAULT_MODEL}'"):
        find_card("patentzoo-smal")


def test_listing_models_loads_no_torch():
    code = "import sys, patentzoo as pz; pz.list_models(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
