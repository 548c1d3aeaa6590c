"""A process that decodes: sources come in by a pipe, tensors go out through shared memory."""

from __future__ import annotations

import pickle
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from patentzoo.embedding.core_budget import CoreBudget
from patentzoo.embedding.page_reader import Event, PreparedPage, Reader, SourceEnd
from patentzoo.embedding.timings import Stage, Stopwatch
from patentzoo.models.preprocess import Preprocess
from patentzoo.system.opencv import load_cv2


@dataclass(frozen=True)
class Ready:
    """The process has started."""


@dataclass(frozen=True)
class Read:
    """An event of a source; a page's tensor is in the shared memory, not here.

    Attributes:
        event: The event.
        seconds: By stage, what was spent since the last one.
    """

    event: Event
    seconds: dict[Stage, float]


@dataclass(frozen=True)
class NotUnderstood:
    """The source cannot be made of what came: its class is unknown in this process, say."""

    reason: str


@dataclass(frozen=True)
class Raised:
    """Something that is no fault of an image; the text stands in where it cannot travel."""

    error: BaseException | None
    text: str


Message = Ready | Read | NotUnderstood | Raised


def serve(connection: Connection, preprocess: Preprocess, shared: Any) -> None:
    """Read sources until the pipe is closed.

    Args:
        connection: Pickled sources come in; ``Message`` goes out. After each page an empty message
            says that its tensor was taken.
        preprocess: Makes a page the network's input.
        shared: Memory for one tensor: size_px * size_px float32.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    load_cv2().setNumThreads(1)  # each process has one core
    tensor = np.frombuffer(shared, np.float32).reshape(1, preprocess.size_px, preprocess.size_px)
    reader = Reader(preprocess, CoreBudget(1), Stopwatch())
    try:
        connection.send(Ready())
        while True:
            _answer(connection, reader, tensor, connection.recv_bytes())
    except (EOFError, OSError):  # nobody is there any more
        return


def _answer(connection: Connection, reader: Reader, tensor: Any, request: bytes) -> None:
    try:
        source = pickle.loads(request)
    except Exception as error:
        connection.send(NotUnderstood(f"{type(error).__name__}: {error}"))
        return
    try:
        for event in reader.read(source):
            if isinstance(event, PreparedPage):
                tensor[:] = event.tensor
                event = PreparedPage(event.id, tensor[:, :0, :0].copy(), event.metadata)
            connection.send(Read(event, reader.watch.taken()))
            if not isinstance(event, SourceEnd):
                connection.recv_bytes()
    except (EOFError, OSError):
        raise
    except BaseException as error:
        connection.send(Raised(_portable(error), f"{type(error).__name__}: {error}"))


def _portable(error: BaseException) -> BaseException | None:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return None
    return error
