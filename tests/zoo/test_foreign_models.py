"""Models of timm and open_clip in repositories: their own vectors, their own preprocessing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hub_server import FIRST, SECOND
from original_repositories import (
    OPEN_CLIP,
    TIMM,
    open_clip_repository,
    timm_model,
    timm_repository,
)
from PIL import Image

import patentzoo as pz
from patentzoo.errors import ConfigError, DownloadError, ModelNotFoundError, WeightsError

PARITY = 1e-5


@pytest.fixture(scope="module")
def sheets(shared: Path) -> list[np.ndarray]:
    """Real sheets: portrait, landscape, and one of odd size."""
    files = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))[::60]
    greys = []
    for file in files[:6]:
        with Image.open(file) as image:
            greys.append(np.asarray(image.convert("L")))
    return [*greys, np.ascontiguousarray(greys[0][:800, :].T), greys[1][:911, :377]]


def pixels(model: pz.RetrievalModel, grey: np.ndarray) -> torch.Tensor:
    """What the backbone sees of a page."""
    with torch.inference_mode():
        return model.network.folded(torch.from_numpy(model.preprocess(grey))[None])


def coloured(grey: np.ndarray, channels: int) -> Image.Image:
    return Image.fromarray(grey).convert("RGB" if channels == 3 else "L")


def apart(model: pz.RetrievalModel, transform, std, sheets) -> float:
    """Worst difference of the pixels, before the normalisation."""
    scale = torch.tensor(std).view(1, -1, 1, 1)
    channels = scale.numel()
    worst = 0.0
    for grey in sheets:
        theirs = transform(coloured(grey, channels))[None]
        ours = pixels(model, grey)
        assert ours.shape == theirs.shape
        worst = max(worst, float(((ours - theirs) * scale).abs().max()))
    return worst


def unit(rows: torch.Tensor) -> torch.Tensor:
    return rows / rows.norm(dim=1, keepdim=True)


def load(hub, repo: str, cache_dir: Path, **options) -> pz.RetrievalModel:
    return pz.load_model(
        f"hf://{repo}", device="cpu", backend="torch", cache_dir=cache_dir, **options
    )


@pytest.mark.realdata
@pytest.mark.parametrize("name", TIMM)
def test_a_timm_repository_gives_timms_vectors(hub, tmp_path, sheets, name, record_property):
    """By timm's own loader from the same files: pixels to 1/255, vectors to 1e-5."""
    import timm
    from timm.data import create_transform, resolve_data_config

    files = timm_repository(name)
    hub.put("org/its-name", files)
    ours = load(hub, "org/its-name", tmp_path / "cache")
    folder = tmp_path / "original"
    folder.mkdir()
    for file, data in files.items():
        (folder / file).write_bytes(data)
    theirs = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    data = resolve_data_config({}, pretrained_cfg=theirs.pretrained_cfg)
    record_property("pixels", apart(ours, create_transform(**data), data["std"], sheets))
    assert apart(ours, create_transform(**data), data["std"], sheets) <= 1 / 255 + 1e-6
    batch = torch.cat([pixels(ours, grey) for grey in sheets])
    with torch.inference_mode():
        expected = unit(theirs(batch)).numpy()
    got = ours.encode(np.stack([ours.preprocess(grey) for grey in sheets]))
    record_property("vectors", float(np.abs(got - expected).max()))
    assert got.shape == expected.shape == (len(sheets), ours.dim)
    assert np.abs(got - expected).max() <= PARITY
    assert expected.std(axis=0).max() > 10 * PARITY  # the sheets are told apart
    assert ours.card.licence == "apache-2.0"
    assert ours.name == "its-name"


@pytest.mark.realdata
@pytest.mark.parametrize("name", OPEN_CLIP)
def test_an_open_clip_repository_gives_open_clips_vectors(
    hub, tmp_path, sheets, name, record_property
):
    open_clip = pytest.importorskip("open_clip")
    files = open_clip_repository(name)
    hub.put("org/clip", files)
    ours = load(hub, "org/clip", tmp_path / "cache")
    folder = tmp_path / "original"
    folder.mkdir()
    for file, data in files.items():
        (folder / file).write_bytes(data)
    theirs, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    theirs.eval()
    std = theirs.visual.preprocess_cfg["std"]
    found = apart(ours, transform, std, sheets)
    assert found <= 1 / 255 + 1e-6
    record_property("pixels", found)
    batch = torch.cat([pixels(ours, grey) for grey in sheets])
    with torch.inference_mode():
        expected = theirs.encode_image(batch, normalize=True).numpy()
    got = ours.encode(np.stack([ours.preprocess(grey) for grey in sheets]))
    record_property("vectors", float(np.abs(got - expected).max()))
    assert got.shape == expected.shape == (len(sheets), ours.dim)
    assert np.abs(got - expected).max() <= PARITY
    assert expected.std(axis=0).max() > 10 * PARITY


def test_a_foreign_model_is_fetched_once_and_then_offline(hub, tmp_path):
    hub.put("org/conv", timm_repository("conv"))
    first = load(hub, "org/conv", tmp_path / "cache")
    asked = len(hub.asked)
    again = load(hub, f"org/conv@{FIRST}", tmp_path / "cache", offline=True)
    assert again.fingerprint == first.fingerprint
    assert load(hub, "org/conv", tmp_path / "cache").fingerprint == first.fingerprint
    assert len(hub.asked) == asked
    assert first.card.weights.sha256 == again.card.weights.sha256
    (record,) = (tmp_path / "cache" / "records").glob("*.json")
    assert json.loads(record.read_text())["sha256"] == first.card.weights.sha256


def test_weights_that_change_in_the_cache_are_noticed(hub, tmp_path):
    hub.put("org/conv", timm_repository("conv"))
    model = load(hub, "org/conv", tmp_path / "cache")
    (file,) = (tmp_path / "cache" / "hub").glob("models--*/snapshots/*/model.safetensors")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.resolve().write_bytes(bytes(data))
    with pytest.raises(WeightsError, match="SHA-256"):
        load(hub, "org/conv", tmp_path / "cache", offline=True)
    mended = load(hub, "org/conv", tmp_path / "cache")  # fetched once more
    assert mended.fingerprint == model.fingerprint


def test_another_kind_of_repository_is_named(hub, tmp_path):
    clip = {"model_type": "clip", "text_config": {}}
    hub.put("org/hf", {"config.json": json.dumps(clip).encode(), "model.safetensors": b"x"})
    with pytest.raises(ModelNotFoundError) as raised:
        load(hub, "org/hf", tmp_path / "cache")
    for word in ("card.toml", "open_clip_config.json", "timm", "model.safetensors", "(clip)"):
        assert word in str(raised.value)


def test_offline_without_a_copy_says_what_to_do(hub, tmp_path):
    with pytest.raises(DownloadError, match="patentzoo fetch hf://org/conv"):
        load(hub, "org/conv", tmp_path / "cache", offline=True)


def test_weights_that_do_not_fit_their_configuration_are_refused(hub, tmp_path):
    files = timm_repository("conv")
    config = json.loads(files["config.json"])
    config["architecture"] = "resnet18"
    hub.put("org/conv", files | {"config.json": json.dumps(config).encode()})
    with pytest.raises(WeightsError, match="does not fit the network"):
        load(hub, "org/conv", tmp_path / "cache")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"architecture": "nosuchnet"}, "no timm model"),
        ({"pretrained_cfg": {"mean": [0.5, 0.5]}}, "3 channels with 2 values"),
        ({"model_args": {"in_chans": 4}}, "4 channels"),
        ({"model_args": {"checkpoint_path": "/etc/passwd"}}, "may not hold checkpoint_path"),
        ({"pretrained_cfg": {"crop_mode": "weird"}}, "crop_mode"),
        ({"pretrained_cfg": {"crop_mode": "border"}}, "pads with a colour"),
        ({"pretrained_cfg": {"interpolation": "random"}}, "interpolation"),
    ],
)
def test_a_configuration_that_cannot_be_followed_is_explained(hub, tmp_path, changes, says):
    files = timm_repository("conv")
    config = json.loads(files["config.json"]) | changes
    hub.put("org/conv", files | {"config.json": json.dumps(config).encode()})
    with pytest.raises(ConfigError, match=says):
        load(hub, "org/conv", tmp_path / "cache")


def test_an_older_configuration_of_one_table_is_read(hub, tmp_path):
    files = timm_repository("conv")
    config = json.loads(files["config.json"])
    flat = {"architecture": config["architecture"], "num_classes": 7} | config["pretrained_cfg"]
    hub.put("org/new", files)
    hub.put("org/old", files | {"config.json": json.dumps(flat).encode()})
    new, old = (load(hub, f"org/{each}", tmp_path / "cache") for each in ("new", "old"))
    page = np.full((90, 70), 255, np.uint8)
    page[20:60, 30:40] = 0
    assert np.array_equal(new.preprocess(page), old.preprocess(page))
    batch = new.preprocess(page)[None]
    assert np.abs(new.encode(batch) - old.encode(batch)).max() <= PARITY


def test_a_moved_branch_is_another_model(hub, tmp_path):
    hub.put("org/conv", timm_repository("conv"))
    first = load(hub, "org/conv", tmp_path / "cache")
    hub.put("org/conv", timm_repository("widened"), SECOND)
    assert load(hub, "org/conv", tmp_path / "cache").fingerprint == first.fingerprint
    second = load(hub, f"org/conv@{SECOND}", tmp_path / "cache")
    assert second.dim != first.dim


def test_a_foreign_model_saved_by_us_is_ours(hub, tmp_path):
    from patentzoo.zoo.store import save_model_dir

    hub.put("org/plain", timm_repository("plain"))
    model = load(hub, "org/plain", tmp_path / "cache")
    save_model_dir(tmp_path / "mine", model.network, model.card, half=False)
    again = pz.load_model(tmp_path / "mine", device="cpu", backend="torch")
    assert again.fingerprint == model.fingerprint
    assert again.card.weights.layout == "patentzoo"


def test_the_classifier_is_what_is_left_out(hub, tmp_path):
    """Everything else has to be there: timm's features are those before its classifier."""
    hub.put("org/plain", timm_repository("plain"))
    model = load(hub, "org/plain", tmp_path / "cache")
    original = timm_model("plain")
    kept = {k for k in original.state_dict() if not k.startswith("head.")}
    assert {k.removeprefix("backbone.") for k in model.network.state_dict()} == kept


def test_images_go_through_the_whole_of_it(hub, tmp_path):
    hub.put("org/wide", timm_repository("wide"))
    model = load(hub, "org/wide", tmp_path / "cache")
    page = Image.new("L", (300, 200), 255)
    page.paste(0, (40, 50, 200, 90))
    stream = io.BytesIO()
    page.save(stream, "PNG")
    found = pz.embed(model, [page, stream.getvalue()])
    assert found.vectors.shape == (2, model.dim)
    assert np.allclose(found.vectors[0], found.vectors[1])


@pytest.mark.parametrize("library", ["timm", "open_clip"])
def test_a_repository_of_pickles_is_converted_once(hub, tmp_path, library):
    from patentzoo.zoo.convert_repository import convert_repository

    if library == "open_clip":
        pytest.importorskip("open_clip")
    made, name = (timm_repository, "conv") if library == "timm" else (open_clip_repository, "vit")
    hub.put("org/safe", made(name))
    hub.put("org/pickled", made(name, safe=False))
    cache = tmp_path / "cache"
    with pytest.raises(WeightsError, match=r"pickle only \((open_clip_)?pytorch_model\.bin\)"):
        load(hub, "org/pickled", cache)
    done = convert_repository("hf://org/pickled", cache_dir=cache)
    assert done.checkpoint.endswith("pytorch_model.bin")
    safe = load(hub, "org/safe", cache)
    assert load(hub, "org/pickled", cache, offline=True).fingerprint == safe.fingerprint
    convert_repository("hf://org/pickled", cache_dir=cache, out=tmp_path / "mine", offline=True)
    mine = pz.load_model(tmp_path / "mine", device="cpu", backend="torch")
    assert mine.fingerprint == safe.fingerprint


def test_a_pickle_that_would_run_code_runs_none(hub, tmp_path):
    from small_reference import Harm, saved

    from patentzoo.zoo.convert_repository import convert_repository

    files = timm_repository("conv", safe=False)
    hub.put("org/evil", files | {"pytorch_model.bin": saved(Harm(tmp_path / "trace"))})
    with pytest.raises(WeightsError, match="nothing of it was run"):
        convert_repository("hf://org/evil", cache_dir=tmp_path / "cache")
    assert not (tmp_path / "trace").exists()


def test_a_cards_repository_is_noted_and_kept_to(hub, tmp_path, caplog):
    """No commit is known of these cards: the first that is fetched counts from then on."""
    pytest.importorskip("open_clip")
    repo = "patentclip/PatentCLIP_Vit_B"
    hub.put(repo, open_clip_repository("vit"))
    options = {"device": "cpu", "backend": "torch", "cache_dir": tmp_path / "cache"}
    first = pz.load_model("patentclip-vitb32", **options)
    assert first.name == "patentclip-vitb32"
    assert first.card.licence == "not stated by its authors"
    assert first.dim == 40  # this repository's; the card expects 512, and is told
    assert f"noted from now on: commit {FIRST}" in caplog.text
    assert "of 512 by its card" in caplog.text
    hub.put(repo, open_clip_repository("quick"), SECOND)
    assert pz.load_model("patentclip-vitb32", **options).fingerprint == first.fingerprint
    record = tmp_path / "cache" / "records" / "patentclip-vitb32.json"
    assert json.loads(record.read_text())["revision"] == FIRST
    offline = pz.load_model("patentclip-vitb32", **options, offline=True)
    assert offline.fingerprint == first.fingerprint


def test_every_foreign_card_is_whole():
    """What the zoo lists of others: where from, whose words, and what was not verified."""
    foreign = [card for card in pz.list_models() if card.weights.layout != "patentzoo"]
    assert {card.name for card in foreign} == {
        *("clip-vitb32", "dinov2-vits14", "dinov2-vitb14", "siglip2-vitb16"),
        *("patentclip-vitb32", "patentclip-rn50", "patentclip-rn101", "patentclip-vitl14"),
    }
    for card in foreign:
        assert card.licence
        assert card.citation
        assert "not fetched here" in card.verified
        assert card.sources[0].format == card.weights.layout
        assert card.takes_words == (card.weights.layout == "open_clip")
