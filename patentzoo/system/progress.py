"""Progress bars on stderr: of sources embedded, of a download, of a stage of training."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Protocol

from patentzoo.system.terminal import is_terminal


class StageProgress(AbstractContextManager["StageProgress"]):
    """A progress bar with the time that remains, or nothing.

    Args:
        shown: Draw it, on stderr.
    """

    def __init__(self, shown: bool) -> None:
        self._progress: Any = None
        if shown:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            columns = (
                *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
                *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
                TextColumn("{task.fields[loss]}"),
            )
            self._progress = Progress(*columns, console=Console(stderr=True))
            self._progress.start()
        self._task: Any = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def begin(self, stage: int, step: int, steps: int) -> None:
        """A stage begins, or goes on at ``step``."""
        if self._progress is not None:
            name = f"stage {stage}"
            self._task = self._progress.add_task(name, total=steps, completed=step, loss="")

    def advance(self, loss: float) -> None:
        """A step is done."""
        if self._progress is not None:
            self._progress.update(self._task, advance=1, loss=f"loss {loss:.3f}")


class SourceProgress(Protocol):
    """What is told of each finished source."""

    def advance(self, failed: int) -> None:
        """One more source is finished; ``failed`` images have failed so far."""


class _NoSourceProgress:
    def advance(self, failed: int) -> None:
        pass


@contextmanager
def progress_of(total: int | None, *, shown: bool) -> Iterator[SourceProgress]:
    """Draw a bar while the block runs, if it is to be shown.

    Args:
        total: Sources in all, None where that is unknown: then without the time left.
        shown: Whether to draw at all.
    """
    if not shown or sys.stderr is None:  # a program with windows has none
        yield _NoSourceProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        Remaining(),
        TextColumn("{task.fields[failed]}"),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as drawn:
        task = drawn.add_task("embedding", total=total, rate="", failed="")

        class Drawn:
            def advance(self, failed: int) -> None:
                drawn.advance(task)
                speed = drawn.tasks[0].speed
                rate = f"{speed:.1f}/s" if speed else ""
                note = f"{failed:,} failed" if failed else ""
                drawn.update(task, rate=rate, failed=note)

        yield Drawn()


class DownloadProgress(Protocol):
    """What a download tells while it runs."""

    def at(self, size: int, total: int | None) -> None:
        """So many bytes are here."""


class _NoDownloadProgress:
    def at(self, size: int, total: int | None) -> None:
        pass


@contextmanager
def download_bar(name: str, *, shown: bool) -> Iterator[DownloadProgress]:
    """A bar, or one that draws nothing where none is wanted or stderr is no terminal."""
    if not shown or not is_terminal(sys.stderr):
        yield _NoDownloadProgress()
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
