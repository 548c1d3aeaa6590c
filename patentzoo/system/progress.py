"""A progress bar: sources finished, rate, time left, failures so far; on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Bar(Protocol):
    """What is told of each finished source."""

    def advance(self, failed: int) -> None:
        """One more source is finished; ``failed`` images have failed so far."""


class _NoBar:
    def advance(self, failed: int) -> None:
        pass


@contextmanager
def progress_of(total: int | None, *, shown: bool) -> Iterator[Bar]:
    """Draw a bar while the block runs, if it is to be shown.

    Args:
        total: Sources in all, None where that is unknown: then without the time left.
        shown: Whether to draw at all.
    """
    if not shown or sys.stderr is None:  # a program with windows has none
        yield _NoBar()
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
