"""Cards: read strictly, written so that they come back."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from patentzoo.errors import ConfigError
from patentzoo.zoo.card import Card, Score

CARD: dict[str, Any] = {
    "name": "net-loss-data",
    "summary": "A model.",
    "dim": 16,
    "licence": "Apache-2.0",
    "citation": "Someone, 2024",
    "recipe": "recipes/net.toml",
    "weights": {"file": "net.safetensors", "sha256": "0" * 64, "size_bytes": 12_500_000},
    "network": {"backbone": "resnet10t", "dim": 16, "backbone_args": {"drop_rate": 0.1}},
    "preprocess": {"size_px": 64, "margin": 0.05},
    "inference": {"hflip": True},
    "training": {"data": "drawings", "cost": "1 h", "command": "patentzoo train x"},
    "scores": [{"protocol": "figures", "metric": "mAP", "value": 0.5, "low": 0.4, "high": 1}],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    values = copy.deepcopy(CARD)
    *tables, key = path.split(".")
    place = values
    for table in tables:
        place = place[table]
    if value is None:
        del place[key]
    else:
        place[key] = value
    return values


def test_a_card_survives_being_written():
    card = Card.from_dict(CARD)
    assert Card.from_dict(tomllib.loads(card.to_toml())) == card
    assert card.inference.hflip
    assert card.preprocess.size_px == 64
    assert card.scores == (Score("figures", "mAP", 0.5, 0.4, 1),)
    assert card.size_mb == 12.5


def test_optional_parts_may_be_left_out():
    needed = ("name", "summary", "dim", "licence", "weights", "network", "preprocess")
    card = Card.from_dict({key: CARD[key] for key in needed})
    assert not card.inference.hflip
    assert card.scores == ()


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("licens", "MIT", "Unknown field 'licens' in the card. Did you mean 'licence'"),
        ("weights.sha265", "0", "Unknown field 'sha265' in .weights.. Did you mean 'sha256'"),
        ("preprocess.sizepx", 3, "'sizepx'. Did you mean 'size_px'"),
        ("inference.hfilp", True, "Did you mean 'hflip'"),
        ("training.dta", "x", "Did you mean 'data'"),
        ("name", None, "the card lacks name"),
        ("weights", None, r"lacks the table \[weights\]"),
        ("weights.size_bytes", None, "lacks size_bytes"),
        ("weights.sha256", "abc", "not 64 lower-case hex"),
        ("weights.file", "../net.safetensors", "bare name"),
        ("weights.file", "net.bin", "bare name of a .safetensors"),
        ("weights.size_bytes", 0, "at least 1"),
        ("dim", "16", "dim in the card must be int, not str"),
        ("dim", True, "dim in the card must be int, not bool"),
        ("dim", 32, "dim = 32, but network.dim = 16"),
        ("inference.hflip", 1, "hflip in .inference. must be bool"),
        ("name", "a b", "letters, digits"),
        ("scores", {"a": 1}, "list of tables"),
        ("scores", [3], "must be a table"),
        ("training", 3, "must be a table"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(path, value, says):
    with pytest.raises(ConfigError, match=says):
        Card.from_dict(changed(path, value))


def test_a_faulty_file_is_named(tmp_path):
    file = tmp_path / "card.toml"
    with pytest.raises(ConfigError, match=r"card\.toml: cannot be read"):
        Card.read(file)
    for text in ("name = ", "licens = 'x'", "[preprocess]\nsize_px = '3'"):
        file.write_text(text)
        with pytest.raises(ConfigError, match=r"card\.toml: "):
            Card.read(file)
