"""A served index of three patents, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from served import TOKEN, built_of

import patentzoo as pz
from patentzoo.server import ServerOptions, create_app


@pytest.fixture
def saved(folder: Path, model) -> pz.Index:
    """The index in a folder."""
    return built_of(folder, model, folder.parent / "patents.index")


@pytest.fixture
def open_client(saved: pz.Index) -> Iterator[Callable[..., TestClient]]:
    """A function from options to a client of a server with the token; errors are answers."""
    with ExitStack() as stack:

        def opened(**options: Any) -> TestClient:
            app = create_app(saved, ServerOptions(**{"token": TOKEN, **options}))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield opened


@pytest.fixture
def client(open_client: Callable[..., TestClient]) -> TestClient:
    """A client of a server with the token."""
    return open_client()


@pytest.fixture
def picture(folder: Path) -> Callable[..., tuple[str, bytes]]:
    """A function (patent, figure) -> a drawing's name and bytes."""

    def of(patent: int = 2, figure: int = 1) -> tuple[str, bytes]:
        path = folder / f"LD{patent:06d}-D{figure:05d}.png"
        return path.name, path.read_bytes()

    return of
