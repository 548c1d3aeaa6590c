"""Fixtures of the zoo: a server on this machine, a small reference model as it was published."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from loopback import Loopback, Served
from small_reference import NETWORK, Published, as_timm_0_6, card_table, randomised, saved

from patentzoo.models.networks import NetworkConfig, build_network
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.card import Card
from patentzoo.zoo.download import RetryPolicy


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server without files or faults; no proxy stands before it."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with Loopback() as running:
        yield running


@pytest.fixture(scope="session")
def published() -> Published:
    network = randomised(build_network(NetworkConfig.from_dict(dict(NETWORK))))
    return Published(network, saved(as_timm_0_6(network.state_dict())))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache.at(tmp_path / "cache")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads that give up soon."""
    hurried = {"policy": RetryPolicy(read_s=2, tries=2, backoff_s=0.01), "progress": False}
    monkeypatch.setattr("patentzoo.zoo.download.download.__kwdefaults__", hurried)


CardFolder = Callable[..., Path]


@pytest.fixture
def card_folder(tmp_path: Path) -> CardFolder:
    """A function (addresses, changed fields) -> a folder that holds the card alone."""

    def make(*urls: str, **changes: Any) -> Path:
        folder = tmp_path / "small-reference"
        folder.mkdir(exist_ok=True)
        card = Card.from_dict(card_table(*urls, **changes))
        (folder / "card.toml").write_text(card.to_toml(), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def offered(server: Loopback, published: Published, card_folder: CardFolder) -> Path:
    """The card of a model whose checkpoint the server has."""
    server.files["/net_epoch19.pth"] = Served(published.checkpoint)
    return card_folder(f"{server.address}/net_epoch19.pth?rlkey=a&dl=1")


@pytest.fixture
def unprivileged(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """A context in which this process is not root, whom no permission stops."""

    @contextmanager
    def lowered() -> Iterator[None]:
        root = os.geteuid() == 0
        for folder in (tmp_path, *tmp_path.parents[:3]):
            if root and folder != Path(tempfile.gettempdir()):
                folder.chmod(folder.stat().st_mode | 0o055)
        if root:
            os.seteuid(65534)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)

    return lowered
