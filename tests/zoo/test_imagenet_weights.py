"""init = "imagenet": timm's weights from a hub once, then from the cache without a socket."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import HubServer

pytestmark = pytest.mark.slow

BACKBONE = "resnet10t"
PROGRAM = """
import sys

if sys.argv[1] == "refused":
    def refuse(event, _):
        if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
            raise SystemExit(f"{event}: no network here")
    sys.addaudithook(refuse)

import torch
from safetensors.torch import load_file
from patentzoo.errors import TrainingError
from patentzoo.train.config import load_recipe
from patentzoo.train.initial_weights import starting_network

try:
    network = starting_network(load_recipe("recipe.toml", {}), None)
except TrainingError as error:
    print(error)
else:
    state, given = network.state_dict(), load_file("model.safetensors")
    names = [name for name in given if name.startswith("layer")]
    print(all(torch.equal(state[f"backbone.{name}"], given[name]) for name in names), len(names))
"""
RECIPE = f"""
name = "resnet10t-supcon-two"
init = "imagenet"
network = {{ backbone = "{BACKBONE}", dim = 16, pooling = "avg" }}
preprocess = {{ size_px = 64 }}
data = {{ kind = "folder", root = "collection" }}
loss = {{ name = "supcon" }}
loop = {{ classes = 2, views = 2, workers = 0 }}
stage = [{{ steps = 1, size_px = 64 }}]
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    """A hub with the backbone's repository, whose weights are random; the file lies here, too."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(3)
    file = tmp_path / "model.safetensors"
    save_file(timm.create_model(BACKBONE).state_dict(), file)
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    with HubServer() as running:
        repository = timm.get_pretrained_cfg(BACKBONE).hf_hub_id
        running.put(repository, {"model.safetensors": file.read_bytes()})
        yield running


def start(folder: Path, endpoint: str, sockets: str, **more: str) -> subprocess.CompletedProcess:
    """The starting weights of the recipe, in a process of their own."""
    left_out = ("HF_", "HUGGINGFACE_", "TORCH_HOME")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    home = {"HOME": str(folder), "HF_HOME": str(folder / "hub"), "HF_ENDPOINT": endpoint}
    home |= {"XDG_CACHE_HOME": str(folder / "cache"), "NO_PROXY": "127.0.0.1"}
    home |= {"no_proxy": "127.0.0.1", "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, sockets],
        cwd=folder,
        env=clean | home | more,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_fetched_once_they_need_no_network(hub: HubServer, tmp_path: Path):
    first = start(tmp_path, hub.address, "open")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("True "), first.stdout
    assert any("model.safetensors" in line for line in hub.asked)
    asked = len(hub.asked)
    again = start(tmp_path, hub.address, "refused", HF_HUB_OFFLINE="1")
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert len(hub.asked) == asked


def test_never_fetched_they_are_an_error_that_says_what_to_do(hub: HubServer, tmp_path: Path):
    done = start(tmp_path, hub.address, "refused", HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert f"could not fetch the weights of '{BACKBONE}'" in done.stdout
    assert "init = 'none'" in done.stdout
    assert hub.asked == []
