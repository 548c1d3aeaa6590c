"""Whatever goes wrong under way: nothing half-done, nothing foreign comes into the cache."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from fetching import cached, found
from loopback import Fault, Served
from small_reference import Harm, saved, zipped

from patentzoo.errors import DownloadError, WeightsError
from patentzoo.zoo.load import load_model

pytestmark = pytest.mark.usefixtures("impatient")


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
