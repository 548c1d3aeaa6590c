"""What a run writes about itself: JSON lines, TensorBoard events, Weights & Biases."""

from __future__ import annotations

import json
import logging
import warnings
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from patentzoo.errors import MissingExtraError, OutputError
from patentzoo.system.files import write_text
from patentzoo.train.settings import LoopConfig

log = logging.getLogger(__name__)


FILE = "log.jsonl"


Line = dict[str, Any]


class RunLog(AbstractContextManager["RunLog"]):
    """The log of one run.

    Args:
        folder: The run's.
        loop: Which logs are kept.
        name: The run's name, for Weights & Biases.
        writes: False in every process but the first: nothing is written.
    """

    def __init__(self, folder: Path, loop: LoopConfig, name: str, *, writes: bool = True) -> None:
        self.path, self.writes = folder / FILE, writes
        self._events = _event_writer(folder) if writes and loop.tensorboard else None
        self._wandb = _wandb_run(loop.wandb, name, folder) if writes and loop.wandb else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._events is not None:
            self._events.close()
        if self._wandb is not None:
            self._wandb.finish()

    def rewind(self, stage: int, step: int) -> None:
        """Drop lines behind the checkpoint a run goes on from: they will be written again."""
        if not self.writes or not self.path.exists():
            return
        kept = [line for line in read(self.path) if (line["stage"], line["step"]) <= (stage, step)]
        write_text(self.path, "".join(json.dumps(line) + "\n" for line in kept))

    def write(self, line: Line, total_steps: int) -> None:
        """Add a line.

        Args:
            line: With ``stage`` and ``step``, and numbers by name.
            total_steps: Steps since the run began, over all stages.

        Raises:
            OutputError: The disk is full.
        """
        if not self.writes:
            return
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written ({error.strerror}).") from error
        numbers = {k: v for k, v in line.items() if k not in ("stage", "step", "of", "time")}
        if self._events is not None:
            for key, value in numbers.items():
                self._events.add_scalar(key, value, total_steps)
        if self._wandb is not None:
            self._wandb.log(numbers, step=total_steps)


def read(path: Path) -> list[Line]:
    """The lines of a log; a last one that was cut off is left out."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break
    return lines


def _event_writer(folder: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # protobuf's and numpy's, at import
            from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        log.info("tensorboard is not installed: no events are written")
        return None
    return SummaryWriter(str(folder / "events"))


def _wandb_run(project: str, name: str, folder: Path) -> Any:
    try:
        import wandb
    except ImportError as error:
        raise MissingExtraError(
            "loop.wandb is set, but Weights & Biases is not installed: pip install wandb"
        ) from error
    return wandb.init(project=project, name=name, dir=str(folder), resume="allow", id=name)
