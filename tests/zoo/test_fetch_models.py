"""A model from its authors: fetched once, verified always, never half, never random."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from loopback import Fault, Served
from safetensors import safe_open
from small_reference import Harm, Published, saved, zipped

from patentzoo.errors import ConfigError, DownloadError, OutputError, WeightsError
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.convert import convert
from patentzoo.zoo.download import Patience
from patentzoo.zoo.fetch import Request, find
from patentzoo.zoo.load import load_model


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache.at(tmp_path / "cache")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    patience = Patience(read_s=2, tries=2, backoff_s=0.01)
    monkeypatch.setattr(
        "patentzoo.zoo.download.download.__kwdefaults__",
        {
            "patience": patience,
            "progress": False,
        },
    )


def found(folder: Path, cache: Cache, *, offline: bool = False) -> Path:
    return find(str(folder), Request(cache, offline)).weights


def cached(cache: Cache) -> list[str]:
    """What a reader of the cache could take for a model."""
    return [
        str(file.relative_to(cache.root))
        for file in cache.root.glob("models/*/*")
        if not file.parent.name.startswith(".")
    ]


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


def harmful(tmp_path: Path) -> bytes:
    return saved({"a": torch.zeros(1), "b": Harm(tmp_path / "it-ran")})


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("flipped", "damaged"),
        ("truncated", "cut off or damaged"),
        ("wrong hash", "its publisher says 0000"),
        ("404", "HTTP 404"),
        ("403", "HTTP 403"),
        ("web page", "a web page came"),
        ("pickle", "nothing of it was run"),
        ("names", "leads out of"),
        ("bomb", "zip bomb"),
        ("html in zip", "a web page"),
        ("empty zip", "none of its 0 files"),
        ("lying header", "damaged"),
    ],
)
def test_no_fault_leaves_a_model_in_the_cache(
    fault, says, card_folder, cache, server, published, tmp_path
):
    data = published.checkpoint
    answers = {
        "flipped": Served(zipped({"a.pth": data[:9000] + bytes([data[9000] ^ 1]) + data[9001:]})),
        "truncated": Served(data[: len(data) // 2]),
        "pickle": Served(harmful(tmp_path)),
        "web page": Served(b"<!DOCTYPE html>", kind="text/html"),
        "names": Served(zipped({"net_epoch19.pth": data, "../../net.pth": data})),
        "bomb": Served(zipped({"net_epoch19.pth": bytes(30_000_000)})),
        "html in zip": Served(zipped({"net_epoch19.pth": b"<html></html>"})),
        "empty zip": Served(zipped({})),
        "lying header": Served(
            zipped(
                {
                    "x.safetensors": (50).to_bytes(8, "little")
                    + b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,'
                    + b"9]}}"
                }
            )
        ),
    }
    if fault.isdigit():
        server.always = Fault(status=int(fault))
    server.files["/x"] = answers.get(fault, Served(data))
    source = {"kind": "archive", "urls": [f"{server.address}/x"]}
    if fault == "wrong hash":
        source["sha256"] = "0" * 64
    folder = card_folder(sources=[source])
    with pytest.raises(DownloadError, match=says):
        found(folder, cache)
    assert cached(cache) == []
    assert not list(cache.root.glob("records/*"))
    assert not (tmp_path / "it-ran").exists()
    with pytest.raises(DownloadError, match="the network may not be used"):
        load_model(folder, cache_dir=cache.root, offline=True)
    server.always = Fault()
    server.files["/x"] = Served(data)
    if fault != "wrong hash":
        assert found(folder, cache).is_file()


def test_a_flipped_bit_in_the_cache_is_noticed_and_mended(offered, cache, server):
    weights = found(offered, cache)
    good = weights.read_bytes()
    for damaged in (good[:5000] + bytes([good[5000] ^ 1]) + good[5001:], good[:-9]):
        weights.write_bytes(damaged)
        with pytest.raises(WeightsError, match=r"SHA-256|bytes, the card says"):
            found(offered, cache, offline=True)
        assert found(offered, cache).read_bytes() == good  # the same bytes, made anew
    assert len(server.asked) == 3


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


FIND = """
import sys
from pathlib import Path
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.fetch import Request, find
{patch}
print(find(sys.argv[1], Request(Cache.at(sys.argv[2]), False)).weights)
"""


def process(folder: Path, cache: Cache, patch: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FIND.format(patch=patch), str(folder), str(cache.root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_four_processes_at_once_are_one_download_and_four_successes(offered, cache, server):
    server.always = Fault(wait_s=0.5)
    running = [process(offered, cache) for _ in range(4)]
    printed = [each.communicate(timeout=300) for each in running]
    assert [each.returncode for each in running] == [0] * 4, printed
    assert len({out for out, _ in printed}) == 1
    assert len(server.asked) == 1


DIE = "import os; die = lambda *_: os.kill(os.getpid(), 9)\n"


def test_killed_while_downloading_the_next_call_goes_on(offered, cache, server):
    server.faults.append(Fault(cut=100_000))
    server.always = Fault(status=503)
    running = process(offered, cache, f"{DIE}import time; time.sleep = die")
    running.communicate(timeout=120)
    assert running.returncode == -signal.SIGKILL
    assert cached(cache) == []
    server.always = Fault()
    assert found(offered, cache).is_file()
    assert server.asked[-1][2] == "bytes=100000-"


def test_killed_while_converting_the_next_call_succeeds(offered, cache, server):
    running = process(offered, cache, f"{DIE}import patentzoo.zoo.store as s; s._swap = die")
    running.communicate(timeout=300)
    assert running.returncode == -signal.SIGKILL
    assert cached(cache) == []
    assert list(cache.root.glob("models/.*"))  # what the killed process left
    assert found(offered, cache).is_file()
    assert not list(cache.root.glob("models/.*"))
    assert len(server.asked) == 1  # the download was whole already


def test_a_lock_left_by_a_killed_process_does_not_bind(cache):
    lines = (
        "import os, sys",
        "from patentzoo.zoo.cache import Cache",
        "with Cache.at(sys.argv[1]).slot('x').lock():",
        "    os.kill(os.getpid(), 9)",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines), cache.root], check=False)
    assert done.returncode == -signal.SIGKILL
    before = time.monotonic()
    with cache.slot("x").lock():
        assert time.monotonic() - before < 2


OFFLINE = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise SystemExit(f"{event}: no sockets here")
sys.addaudithook(refuse)
import patentzoo as pz
bundled = pz.load_model(device="cpu")
kept = pz.load_model(sys.argv[1], device="cpu", cache_dir=sys.argv[2])
for name in ("swinv2-arcface-dpat", "hf://org/name", sys.argv[1]):
    try:
        pz.load_model(name, cache_dir=sys.argv[2] + "-empty")
    except pz.DownloadError as error:
        print("may not be used" in str(error))
print(bundled.name, kept.name)
"""


def test_offline_not_one_socket_is_opened(offered, cache, server, tmp_path):
    """The whole of Python watched, imports and all: bundled, cached and absent models."""
    found(offered, cache)
    asked = len(server.asked)
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, offered, cache.root],
        env=os.environ | {"PATENTZOO_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["True"] * 3
    assert done.stdout.split()[-1] == "small-reference"
    assert len(server.asked) == asked
