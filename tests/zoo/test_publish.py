"""A model folder becomes a repository, and comes back from it as the same model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
import yaml
from hub_server import FIRST, HubServer
from small_reference import NETWORK, PREPROCESS

from patentzoo.errors import ConfigError, DownloadError, ModelNotFoundError, OutputError
from patentzoo.zoo.card import Card, Score, Training
from patentzoo.zoo.load import load_model, save_model_dir
from patentzoo.zoo.model_card import model_card
from patentzoo.zoo.publish import publish
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch):
    from huggingface_hub import constants

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    for name in ("HF_HUB_OFFLINE", "PATENTZOO_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    with HubServer() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_TOKEN", running.token)
        yield running


@pytest.fixture(scope="module")
def folder(published, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("models") / "small"
    table = {
        "name": "small",
        "summary": "A model for tests",
        "dim": 24,
        "licence": "Apache-2.0",
        "citation": "Someone, 2024",
        "weights": {"file": "model.safetensors", "sha256": "0" * 64, "size_bytes": 1},
        "network": NETWORK,
        "preprocess": PREPROCESS,
    }
    scores = (Score("figures", "mAP", 0.5, 0.4, 0.6, "patentzoo evaluate"),)
    card = dataclasses.replace(
        Card.from_dict(table),
        scores=scores,
        training=Training("drawings", "1 h", "patentzoo train x"),
    )
    save_model_dir(place, published.network, card, half=False)
    return place


def front_matter(text: str) -> dict:
    return yaml.safe_load(text.split("---\n")[1])


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # within huggingface_hub
def test_uploaded_and_loaded_again_it_is_the_same_model(hub, folder, published, tmp_path):
    done = publish(folder, "org/small")
    assert (done.commit, done.folder) == (FIRST, None)
    assert done.address == f"{hub.address}/org/small"
    assert f'revision = "{FIRST}"' in done.source()
    stored = hub.commits["org/small", FIRST]
    assert sorted(stored) == ["README.md", "card.toml", "config.json", "model.safetensors"]
    model = load_model(f"hf://org/small@{FIRST}", device="cpu", cache_dir=tmp_path)
    assert model.fingerprint == load_model(folder, device="cpu").fingerprint
    with torch.inference_mode():
        assert torch.equal(model.network(published.batch()), published.expected())


def test_a_dry_run_uploads_nothing_and_leaves_the_files(hub, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = publish(folder, "org/small", dry_run=True)
    assert done.folder == Path("small-hub")
    assert hub.asked == []
    assert json.loads(Path("small-hub/config.json").read_text())["library_name"] == "patentzoo"
    assert load_model("small-hub/").card.scores == load_model(folder).card.scores
    with pytest.raises(OutputError, match="exists"):
        publish(folder, "org/small", dry_run=True)
    publish(folder, "org/small", dry_run=True, overwrite=True)
    Path("small-hub/notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="no repository of a model"):
        publish(folder, "org/small", dry_run=True, overwrite=True)
    assert Path("small-hub/notes.txt").read_text() == "mine"


def test_the_model_card_carries_what_a_hub_reads(folder):
    text = model_card(Card.read(folder / "card.toml"), "org/small")
    data = front_matter(text)
    assert data["license"] == "apache-2.0"
    assert data["library_name"] == "patentzoo"
    assert {"patentzoo", "design-patents", NETWORK["backbone"]} <= set(data["tags"])
    assert data["metrics"] == ["mAP"]
    (result,) = data["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == 0.5
    assert result["dataset"]["name"] == "figures"
    for said in ("Someone, 2024", "`patentzoo evaluate`", "0.400 – 0.600", 'hf://org/small"'):
        assert said in text


def test_a_licence_nobody_stated_is_told_and_not_published(hub, folder, tmp_path):
    card = find_card("swinv2-arcface-dpat")
    data = front_matter(model_card(card, "org/x"))
    assert (data["license"], data["license_name"]) == ("other", "not-stated-by-its-authors")
    other = tmp_path / "unlicensed"
    other.mkdir()
    (other / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    text = (folder / "card.toml").read_text().replace('"Apache-2.0"', '"not stated by its authors"')
    (other / "card.toml").write_text(text)
    with pytest.raises(ConfigError, match="not yours to publish"):
        publish(other, "org/x")
    assert publish(other, "org/x", dry_run=True, out=tmp_path / "look").folder
    assert hub.asked == []


def test_the_bundled_models_card_can_be_rendered():
    text = model_card(find_card(DEFAULT_MODEL), "org/bundled")
    results = front_matter(text)["model-index"][0]["results"]
    assert len(results) == len({score.protocol for score in find_card(DEFAULT_MODEL).scores})


def test_a_model_card_says_whose_network_it_is_and_what_a_trial_is_worth():
    own, theirs = find_card(DEFAULT_MODEL), find_card("patentclip-vitb32")
    text = model_card(own, "org/x")
    assert "Network: timm `tf_efficientnet_lite0`" in text
    assert "176 × 176 px, one channel\n" in text
    assert "the more alike the drawings." in text
    foreign = model_card(theirs, "org/x")
    assert "Network: open_clip `" in foreign
    assert "224 × 224 px, 3 channels, the grey page in each\n" in foreign
    assert {"open_clip"} == {"timm", "open_clip"} & set(front_matter(foreign)["tags"])
    trial = dataclasses.replace(own, training=dataclasses.replace(own.training, tiny=True))
    assert "the more alike" not in model_card(trial, "org/x")
    assert "numbers, which says nothing about the drawing." in model_card(trial, "org/x")
    dotted = dataclasses.replace(own, summary="A model.")
    assert "A model. It turns" in model_card(dotted, "org/x")


def test_what_cannot_be_published_is_explained(hub, folder, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="no hub address"):
        publish(folder, "small")
    with pytest.raises(ConfigError, match="leave out the revision"):
        publish(folder, "org/small@v1")
    for repo in ("bad name", "hf://organisation/name", ""):
        with pytest.raises(ConfigError, match=f"^'{repo}' is no hub address. Write organisation/"):
            publish(folder, repo, dry_run=True, out=tmp_path / "hub")
    with pytest.raises(ModelNotFoundError, match="no model in it"):
        publish(tmp_path, "org/small")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(DownloadError, match="could not be"):
        publish(folder, "org/small")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigError, match="nothing can be uploaded"):
        publish(folder, "org/small")


@pytest.fixture
def trial(folder, published, tmp_path) -> Path:
    """The model as a tiny training run would have written it."""
    card = Card.read(folder / "card.toml")
    training = dataclasses.replace(card.training, tiny=True)
    place = tmp_path / "trial"
    save_model_dir(place, published.network, dataclasses.replace(card, training=training))
    return place


def test_a_trial_is_published_by_force_only_and_says_what_it_is(trial, tmp_path):
    for dry in (True, False):
        with pytest.raises(ConfigError, match=r"trained with --tiny.*force=True"):
            publish(trial, "org/small", dry_run=dry, out=tmp_path / "hub")
    assert not (tmp_path / "hub").exists()
    publish(trial, "org/small", dry_run=True, out=tmp_path / "hub", force=True)
    readme = (tmp_path / "hub" / "README.md").read_text(encoding="utf-8")
    assert "these weights are worth nothing" in readme.split("# small")[1].split("## Use")[0]
    assert Card.read(tmp_path / "hub" / "card.toml").training.tiny


def test_other_weights_do_not_go_by_a_bundled_models_name(folder, published, tmp_path):
    card = dataclasses.replace(Card.read(folder / "card.toml"), name=DEFAULT_MODEL)
    save_model_dir(tmp_path / "model", published.network, card)
    with pytest.raises(ConfigError, match=rf"{DEFAULT_MODEL} is a model of the zoo.*name=NAME"):
        publish(tmp_path / "model", "org/x", dry_run=True, out=tmp_path / "hub")
    publish(tmp_path / "model", "org/x", dry_run=True, out=tmp_path / "hub", name="mine")
    assert Card.read(tmp_path / "hub" / "card.toml").name == "mine"
    assert "# mine\n" in (tmp_path / "hub" / "README.md").read_text(encoding="utf-8")
