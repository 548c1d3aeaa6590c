"""A model from its authors: fetched once, verified always, taken by what it holds."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil

import pytest
import torch
from fetching import cached, found
from loopback import Served
from safetensors import safe_open
from small_reference import Published, saved, zipped

from patentzoo.errors import ConfigError, DownloadError, OutputError, WeightsError
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.convert import convert
from patentzoo.zoo.doctor import examine
from patentzoo.zoo.load import load_model
from patentzoo.zoo.resolve import Request, find

pytestmark = pytest.mark.usefixtures("impatient")


def test_fetched_once_then_taken_from_the_cache(
    offered, cache, server, published: Published, caplog
):
    with caplog.at_level(logging.WARNING):
        model = load_model(offered, cache_dir=cache.root, device="cpu")
    with torch.inference_mode():
        vectors = model.network(published.batch())
    assert torch.equal(vectors, published.expected())
    assert "Its publisher gives no hash" in caplog.text
    assert len(server.asked) == 1
    caplog.clear()
    again = load_model(offered, cache_dir=cache.root, device="cpu")
    assert again.fingerprint == model.fingerprint
    assert load_model(offered, cache_dir=cache.root, offline=True).fingerprint == model.fingerprint
    assert len(server.asked) == 1
    assert caplog.text == ""
    assert not list(cache.root.glob("downloads/*"))
    assert model.card.weights.sha256
    assert model.card.licence == "not stated by its authors"


def test_a_carried_cache_serves_where_there_is_no_network(offered, cache, server, tmp_path):
    model = load_model(offered, cache_dir=cache.root, device="cpu")
    shutil.move(cache.root, tmp_path / "carried")
    there = load_model(offered, cache_dir=tmp_path / "carried", offline=True, device="cpu")
    assert there.fingerprint == model.fingerprint
    assert len(server.asked) == 1
    found = {each.subject.partition("-")[0]: each.state for each in examine(tmp_path / "carried")}
    assert found["small"] == "ok"


def test_where_it_came_from_is_noted(offered, cache, published, server):
    weights = found(offered, cache)
    record = json.loads(next(cache.root.glob("records/*.json")).read_text())
    assert record["from"] == f"{server.address}/net_epoch19.pth?rlkey=a&dl=1"
    assert record["checkpoint"] == "net_epoch19.pth"
    digest = hashlib.sha256(published.checkpoint).hexdigest()
    assert record["file_sha256"] == record["checkpoint_sha256"] == digest
    with safe_open(weights, "pt") as opened:
        provenance = json.loads(opened.metadata()["provenance"])
    assert provenance["checkpoint_sha256"] == digest
    assert provenance["card"] == "small-reference"


def test_the_second_address_where_the_first_is_dead(card_folder, cache, server, published):
    server.files["/folder"] = Served(zipped({"shared/net_epoch19.pth": published.checkpoint}))
    folder = card_folder(f"{server.address}/gone.pth", f"{server.address}/folder?dl=1")
    found(folder, cache)
    assert [path for _, path, _ in server.asked] == ["/gone.pth", "/folder?dl=1"]


def test_the_latest_epoch_that_fits_is_taken_by_its_contents(card_folder, cache, server, published):
    other = saved({"module.backbone.x": torch.zeros(3)})
    half = saved(
        {
            name: t * 0.5 if t.is_floating_point() else t
            for name, t in published.network.state_dict().items()
        }
    )
    members = {
        "w/README.txt": b"read me",
        "w/net_epoch3.pth": half,
        "w/net_epoch19.pth": published.checkpoint,
        "w/efficientnet_epoch25.pth": other,
        "w/arcface_epoch99.pth": b"no checkpoint",
    }
    server.files["/folder"] = Served(zipped(members), kind="application/zip")
    model = load_model(card_folder(f"{server.address}/folder"), cache_dir=cache.root)
    with torch.inference_mode():
        assert torch.equal(model.network(published.batch()), published.expected())
    (record,) = (json.loads(f.read_text()) for f in cache.root.glob("records/*.json"))
    assert record["checkpoint"] == "w/net_epoch19.pth"


def test_where_nothing_fits_all_that_was_found_is_listed(card_folder, cache, server):
    members = {
        "w/README.txt": b"read me",
        "w/vgg_epoch2.pth": saved({"classifier.weight": torch.zeros(3)}),
        "w/page.pth": b"<html>",
    }
    server.files["/folder"] = Served(zipped(members))
    with pytest.raises(DownloadError) as caught:
        found(card_folder(f"{server.address}/folder"), cache)
    said = str(caught.value)
    assert "none of its 3 files is the checkpoint" in said
    assert "w/vgg_epoch2.pth: 1 tensors: " in said
    assert "classifier.weight" in said
    assert "w/README.txt: not looked at" in said
    assert cached(cache) == []


def test_another_checkpoint_than_the_one_noted_is_refused(offered, cache, server, published):
    weights = found(offered, cache)
    weights.unlink()
    state = {
        n: t + 1 if t.is_floating_point() else t for n, t in published.network.state_dict().items()
    }
    server.files["/net_epoch19.pth"] = Served(saved(state), etag='"new"')
    with pytest.raises(DownloadError, match="Its publisher has changed the file"):
        found(offered, cache)
    next(cache.root.glob("records/*.json")).unlink()
    assert found(offered, cache).is_file()


def test_a_card_that_states_the_hash_of_its_weights_takes_no_other(
    offered, cache, card_folder, server
):
    sha256 = find(str(offered), Request(cache, False)).card.weights.sha256
    size = find(str(offered), Request(cache, False)).card.weights.size_bytes
    url = f"{server.address}/net_epoch19.pth"
    for digest, good in ((sha256, True), ("0" * 64, False)):
        weights = {"file": "model.safetensors", "sha256": digest, "size_bytes": size}
        folder = card_folder(url, weights=weights)
        if good:
            assert found(folder, cache).is_file()
        else:
            with pytest.raises(WeightsError):
                found(folder, cache)


def test_sources_are_tried_in_their_order(card_folder, cache, server, published, caplog):
    server.files["/b"] = Served(published.checkpoint)
    sources = [{"kind": "archive", "urls": [f"{server.address}/{name}"]} for name in "ab"]
    folder = card_folder(sources=sources)
    assert found(folder, cache).is_file()
    assert "small-reference, archive: " in caplog.text
    del server.files["/b"]
    with pytest.raises(DownloadError, match="none of its 2 sources has it"):
        found(folder, Cache.at(cache.root / "other"))


def test_convert_does_the_same_for_a_file_at_hand(card_folder, cache, tmp_path, published):
    folder = card_folder("https://example.org/x")
    file = tmp_path / "download.zip"
    file.write_bytes(zipped({"w/net_epoch19.pth": published.checkpoint}))
    done = convert(file, str(folder), cache_dir=cache.root)
    assert (done.checkpoint, done.first) == ("w/net_epoch19.pth", True)
    model = load_model(folder, cache_dir=cache.root, offline=True)
    with torch.inference_mode():
        assert torch.equal(model.network(published.batch()), published.expected())
    assert file.is_file()  # the user's file is his
    loose = tmp_path / "renamed.pth"
    loose.write_bytes(published.checkpoint)
    out = convert(loose, str(folder), out=tmp_path / "mine", cache_dir=cache.root)
    assert not out.first
    made, again = (place / "model.safetensors" for place in (done.folder, out.folder))
    assert made.read_bytes() == again.read_bytes()  # the same bytes, from wherever it came
    assert load_model(tmp_path / "mine", offline=True).fingerprint == model.fingerprint
    with pytest.raises(ConfigError, match="no such file"):
        convert(tmp_path / "absent.zip", str(folder))
    (tmp_path / "x.txt").write_text("words")
    with pytest.raises(WeightsError, match="no checkpoint"):
        convert(tmp_path / "x.txt", str(folder), cache_dir=cache.root)


def test_a_cache_that_cannot_be_written(offered, tmp_path, unprivileged, cache):
    found(offered, cache)  # imports what it needs, while it may
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with unprivileged(), pytest.raises(OutputError, match=r"cache_dir=, or the variable"):
        found(offered, Cache.at(closed / "cache"))
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cache cannot be written"):
        found(offered, Cache.at(tmp_path / "file"))
