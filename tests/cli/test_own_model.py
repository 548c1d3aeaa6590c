"""An index made by another model than the bundled one: its own is loaded, on what was asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import patentzoo
from patentzoo.errors import ModelNotFoundError
from patentzoo.index import load_index
from patentzoo.models.networks import NetworkConfig, build_network
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo import load
from patentzoo.zoo.card import Card, Weights
from patentzoo.zoo.store import save_model_dir

ASKED = ("--backend", "torch-channels-last", "--device", "cpu")


def save_small(folder: Path, seed: int) -> None:
    """A model called "mine", of its own weights."""
    import torch

    config = NetworkConfig("resnet10t", 8)
    torch.manual_seed(seed)
    weights = Weights("model.safetensors", "0" * 64, 1)
    pixels = Preprocess(size_px=32)
    card = Card("mine", "A test.", 8, "not stated", weights, config.to_dict(), pixels)
    save_model_dir(folder, build_network(config).eval(), card)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models of one name: first/mine and second/mine."""
    root = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("first", "second")):
        save_small(root / name / "mine", seed)
    return root


@pytest.fixture
def query(run, models: Path, folder: Path, tmp_path: Path, monkeypatch) -> Path:
    """A drawing of the index "made", whose model is found by its name from the working folder."""
    shutil.copytree(models / "first" / "mine", tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    code, _, error = run("index", folder, "-o", "made", "--model", "mine")
    assert code == 0, error
    return folder / "LD000002-D00001.png"


@pytest.fixture
def loads(monkeypatch) -> list[tuple[object, dict[str, str]]]:
    """What models are loaded from here on: name and options."""
    asked = []

    def watched(name=None, **options):
        asked.append((name, options))
        return load.load_model(name, **options)

    monkeypatch.setattr(patentzoo, "load_model", watched, raising=False)
    return asked


def test_search_asks_the_indexs_own_model_on_what_was_asked_for(run, query, loads):
    plain = json.loads(run("search", "made", query, "--json")[1])
    code, printed, error = run("search", "made", query, "--json", *ASKED)
    assert code == 0, error
    ((name, options),) = loads[1:]
    assert (name, options) == ("mine", {"device": "cpu", "backend": "torch-channels-last"})
    (found,) = json.loads(printed)
    assert found["hits"][0]["score"] == pytest.approx(1, abs=1e-3)
    assert [hit["id"] for hit in found["hits"]] == [hit["id"] for hit in plain[0]["hits"]]


def test_adding_and_repairing_embed_with_the_indexs_own_model(run, query, draw, tmp_path, loads):
    draw(77).save(tmp_path / "new.png")
    code, printed, error = run("index", "new.png", "-o", "made", "--add", "--json", *ASKED)
    assert code == 0, error
    assert json.loads(printed)["added"] == 1
    index = load_index("made")
    before = np.array(index.vectors)
    index.store.close()
    for file in Path("made").glob("*.seg"):
        file.write_bytes(file.read_bytes()[:-3])
    code, printed, error = run("index", "-o", "made", "--repair", "--json", *ASKED)
    assert code == 0, error
    assert json.loads(printed)["replaced"] == 7
    assert np.allclose(load_index("made").vectors, before, atol=1e-3)
    assert {name for name, _ in loads} == {"mine"}


@pytest.mark.parametrize("words", [(), ASKED])
def test_a_model_that_no_name_finds_is_an_error_that_says_how_to_give_it(
    run, query, tmp_path, words
):
    Path("mine").rename(tmp_path / "elsewhere")
    code, printed, error = run("search", "made", query, *words)
    assert (code, printed) == (1, "")
    with pytest.raises(ModelNotFoundError) as raised:
        load_index("made").model.dim  # noqa: B018  # the library says the same, but for the remedy
    assert error.startswith(f"Error: {str(raised.value).partition(' Load it yourself')[0]}")
    assert "--model FOLDER" in error
    assert run("search", "made", query, "--model", "elsewhere", *words)[0] == 0


@pytest.mark.parametrize("words", [(), ASKED])
def test_another_model_of_that_name_is_refused(run, query, models, words):
    shutil.rmtree("mine")
    shutil.copytree(models / "second" / "mine", "mine")
    code, printed, error = run("search", "made", query, *words)
    assert (code, printed) == (1, "")
    assert "Their vectors cannot be compared" in " ".join(error.split())
