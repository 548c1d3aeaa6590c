"""Sources of a card: each kind strict, none able to reach out of the card's folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from small_reference import card_table

from patentzoo.errors import ConfigError
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo.card import Card
from patentzoo.zoo.registry import find_card, list_models
from patentzoo.zoo.weight_sources import (
    ArchiveSource,
    HubSource,
    LocalSource,
    PackageSource,
    read_source,
    to_table,
)

HUB = {"kind": "hub", "repo": "org/name", "revision": "0" * 40}
ARCHIVE = {"kind": "archive", "urls": ["https://example.org/x"]}


@pytest.mark.parametrize(
    ("table", "source"),
    [
        ({"kind": "package"}, PackageSource()),
        (HUB, HubSource("org/name", "0" * 40)),
        (HUB | {"file": "a/b.safetensors"}, HubSource("org/name", "0" * 40, "a/b.safetensors")),
        (ARCHIVE, ArchiveSource(("https://example.org/x",))),
        (
            ARCHIVE | {"unused": ["gem.p"], "sha256": "0" * 64, "terms": "ask"},
            ArchiveSource(
                ("https://example.org/x",), unused=("gem.p",), sha256="0" * 64, terms="ask"
            ),
        ),
        ({"kind": "local"}, LocalSource()),
        ({"kind": "local", "file": "w/x.safetensors"}, LocalSource("w/x.safetensors")),
    ],
)
def test_each_kind_is_read_and_written(table, source):
    assert read_source(table) == source
    assert to_table(source) == table


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"kind": "hubb"}, "Did you mean 'hub'"),
        ({}, "kind = None"),
        ("package", "must be a table"),
        (HUB | {"revison": "x"}, "Did you mean 'revision'"),
        (HUB | {"revision": "main"}, "not a commit"),
        (HUB | {"repo": "name"}, "organisation/name"),
        ({"kind": "hub", "repo": "a/b"}, "lacks revision"),
        ({"kind": "archive", "urls": []}, "must not be empty"),
        ({"kind": "archive", "urls": "https://example.org"}, "a list of strings"),
        ({"kind": "archive", "urls": [3]}, "a list of strings"),
        ({"kind": "archive", "urls": ["http://example.org/x"]}, "must begin with https"),
        ({"kind": "archive", "urls": ["ftp://example.org/x"]}, "must begin with https"),
        ({"kind": "archive", "urls": ["file:///etc/passwd"]}, "must begin with https"),
        (ARCHIVE | {"sha256": "abc"}, "64 lower-case hex"),
        ({"kind": "package", "file": "x"}, "Unknown field 'file'"),
    ],
)
def test_what_is_wrong_with_a_source_is_said(table, says):
    with pytest.raises(ConfigError, match=says):
        read_source(table)


@pytest.mark.parametrize(
    "file",
    [
        *("../x.safetensors", "/x.safetensors", "a/../../x.safetensors", "..\\x.safetensors"),
        *("C:x.safetensors", "x.pth", ".."),
    ],
)
@pytest.mark.parametrize("table", [{"kind": "local"}, HUB], ids=["local", "hub"])
def test_no_path_leads_out_of_the_cards_folder(table, file):
    with pytest.raises(ConfigError, match="within the card's own folder"):
        read_source(table | {"file": file})


@pytest.mark.parametrize("file", ["../x.safetensors", "a\\x.safetensors", "C:x.safetensors"])
def test_nor_does_the_name_of_the_weights(file):
    weights = {"file": file, "sha256": "0" * 64, "size_bytes": 1}
    with pytest.raises(ConfigError, match="bare name"):
        Card.from_dict(card_table("https://example.org/x", weights=weights))


def test_a_card_with_sources_survives_being_written():
    table = card_table(sources=[ARCHIVE, {"kind": "local"}, HUB, {"kind": "package"}])
    table["weights"] |= {"sha256": "1" * 64}
    card = Card.from_dict(table)
    assert Card.from_dict(tomllib.loads(card.to_toml())) == card
    assert [type(source).__name__ for source in card.sources] == [
        *("ArchiveSource", "LocalSource", "HubSource", "PackageSource"),
    ]


@pytest.mark.parametrize("sources", [[], [HUB], [ARCHIVE, {"kind": "package"}]])
def test_only_an_archives_card_may_lack_the_hash(sources):
    with pytest.raises(ConfigError, match="only for an archive's card"):
        Card.from_dict(card_table(sources=sources))


@pytest.mark.parametrize(
    "argument", ["checkpoint_path", "pretrained", "pretrained_cfg_overlay", "cache_dir"]
)
def test_a_card_cannot_make_timm_fetch_or_read_other_files(argument):
    table: dict[str, Any] = card_table("https://example.org/x")
    network = table["network"] | {"backbone_args": {argument: "x"}}
    with pytest.raises(ConfigError, match=f"{argument} is not for cards"):
        Card.from_dict(table | {"network": network})


def test_the_reference_card_says_what_the_notebook_does():
    """Higuchi & Yanai (2023): network, transform, and the two places where the weights are."""
    card = find_card("swinv2-arcface-dpat")
    assert card.licence == "not stated by its authors"
    (source,) = card.sources
    assert isinstance(source, ArchiveSource)
    assert [url.rpartition("&")[2] for url in source.urls] == ["dl=1", "dl=1"]
    assert "epoch19.pth" in source.urls[0]
    step = card.preprocess
    assert (step.size_px, step.fit, step.binarize, step.ink_crop) == (384, "crop", 120, False)
    assert (step.mean, step.std, step.ink_positive) == (0.5, 0.5, False)
    assert (card.network["head"], card.dim) == ("reference", 512)
    assert card.origin == "dropbox.com"


def test_the_reference_card_and_its_recipe_see_the_same_pages():
    card = find_card("swinv2-arcface-dpat")
    recipe = Path(__file__).resolve().parents[2] / card.recipe
    table = tomllib.loads(recipe.read_text(encoding="utf-8"))
    assert Preprocess.from_dict(table["preprocess"]) == card.preprocess
    assert table["network"]["dim"] == card.dim
    assert table["network"]["backbone"].partition(".")[0] == card.network["backbone"]


def test_printed_the_list_is_a_table():
    lines = str(list_models()).splitlines()
    assert lines[0].split()[:3] == ["model", "dim", "MB"]
    assert len(lines) == 1 + len(list_models())
    assert any("swinv2-arcface-dpat" in line and "dropbox.com" in line for line in lines)
