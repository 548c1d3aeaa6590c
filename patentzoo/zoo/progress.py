"""A download's progress bar on stderr: bytes, rate, time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from patentzoo.terminal import is_terminal


class Bar(Protocol):
    """What a download tells while it runs."""

    def at(self, size: int, total: int | None) -> None:
        """So many bytes are here."""


class _NoBar:
    def at(self, size: int, total: int | None) -> None:
        pass


@contextmanager
def download_bar(name: str, *, shown: bool) -> Iterator[Bar]:
    """A bar, or one that draws nothing where none is wanted or stderr is no terminal."""
    if not shown or not is_terminal(sys.stderr):
        yield _NoBar()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        task = drawn.add_task(name, total=None)

        class _Drawn:
            def at(self, size: int, total: int | None) -> None:
                drawn.update(task, completed=size, total=total)

        yield _Drawn()
