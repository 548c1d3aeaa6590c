"""Progress bars on stderr: of sources embedded, of a download, of a training run."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Protocol

from patentzoo.system.terminal import is_terminal

log = logging.getLogger(__name__)


class StageProgress(AbstractContextManager["StageProgress"]):
    """One progress bar for a training run, with the time that remains in all of its stages.

    Where it is not shown, :meth:`tell` logs a sentence now and then in its place.

    Args:
        shown: Draw it, on stderr.
        stages: Steps of each stage (0 where that is not known yet) and what one of them costs, in
            any unit: a step on larger pictures takes longer.
    """

    def __init__(self, shown: bool, stages: Sequence[tuple[int, float]] = ()) -> None:
        self._stages = list(stages)
        self._begun, self._clock = 0.0, (0.0, 0.0)
        self._total = self._done = 0.0
        self._progress: Any = _training_bar() if shown else None
        if self._progress is not None:
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
        while len(self._stages) <= stage:
            self._stages.append((0, 1.0))
        cost = self._stages[stage][1]
        self._stages[stage] = (steps, cost)
        self._total = sum(count * each for count, each in self._stages)
        self._begun = sum(count * each for count, each in self._stages[:stage])
        self._done = self._begun + step * cost
        self._clock = time.monotonic(), self._done
        self._stage, self._step, self._steps, self._cost = stage, step, steps, cost
        if self._progress is None:
            return
        fields = {"description": f"stage {stage}", "total": self._total, "completed": self._done}
        if self._task is None:
            self._task = self._progress.add_task(**fields, step=f"{step}/{steps}", told="")
        else:
            self._progress.update(self._task, **fields, step=f"{step}/{steps}")

    def advance(self, loss: float) -> None:
        """A step is done."""
        self._step += 1
        self._done = self._begun + self._step * self._cost
        if self._progress is not None:
            step = f"{self._step}/{self._steps}"
            told = f"loss {loss:.3f}"
            self._progress.update(self._task, completed=self._done, step=step, told=told)

    def tell(self, values: Mapping[str, float]) -> None:
        """Say what was measured: in a sentence of the log, or for a validation beside the bar."""
        named = [f"{_WORDS[key]} {value:.3f}" for key, value in values.items() if key in _WORDS]
        if self._progress is not None:
            if "mAP" in values:
                self._progress.console.print(f"step {self._step}: {', '.join(named)}")
            return
        if rate := values.get("images_per_second"):
            named.append(f"{rate:.1f} images/s")
        left = self._left()
        log.info(
            "stage %d, step %d of %d: %s%s",
            *(self._stage, self._step, self._steps, ", ".join(named)),
            f", about {duration(left)} left"
            if left is not None and left >= 0.5 and self._step
            else "",
        )

    def _left(self) -> float | None:
        """Seconds until the run ends, at the speed of this stage; None before its first step."""
        began, done = self._clock
        if self._done <= done:
            return None
        speed = (self._done - done) / max(1e-9, time.monotonic() - began)
        return (self._total - self._done) / speed


_WORDS = {"loss": "loss", "mAP": "validation mAP", "rank-1": "rank-1"}
"""What a sentence about training says of its numbers; the log file holds them all."""


def _training_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        *(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}")),
        *(TimeElapsedColumn(), TextColumn("left"), Remaining()),
        TextColumn("{task.fields[told]}"),
    )
    return Progress(*columns, console=Console(stderr=True), speed_estimate_period=120)


def duration(seconds: float) -> str:
    """A span of time in words: ``"40 seconds"``, ``"12 minutes"``, ``"3 hours 5 minutes"``."""
    if seconds < 90:
        return _counted(round(seconds), "second")
    minutes = round(seconds / 60)
    if minutes < 120:
        return _counted(minutes, "minute")
    hours, rest = divmod(minutes, 60)
    return _counted(hours, "hour") + (f" {_counted(rest, 'minute')}" if rest else "")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


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

        class _Bar:
            def advance(self, failed: int) -> None:
                drawn.advance(task)
                speed = drawn.tasks[0].speed
                rate = f"{speed:.1f}/s" if speed else ""
                note = f"{failed:,} failed" if failed else ""
                drawn.update(task, rate=rate, failed=note)

        yield _Bar()


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
