"""The first import of OpenVINO, which would otherwise report itself to its maker."""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TELEMETRY = "openvino_telemetry"
_lock = threading.Lock()


@contextmanager
def silent() -> Iterator[None]:
    """Keep what is imported meanwhile from finding the telemetry package.

    ``import openvino`` sends an event to its maker's statistics, unless somebody has refused that
    by a command of its own; so does NNCF. Both go on without a word where the package that sends
    is missing. To None in ``sys.modules`` Python answers as to a missing module.
    """
    with _lock:
        hidden = TELEMETRY not in sys.modules
        if hidden:
            sys.modules[TELEMETRY] = None  # type: ignore[assignment]
        try:
            yield
        finally:
            if hidden:
                sys.modules.pop(TELEMETRY, None)


def load_openvino() -> Any:
    """The module ``openvino``, imported without a word to anybody."""
    if "openvino" in sys.modules:
        return importlib.import_module("openvino")
    with silent():
        return importlib.import_module("openvino")


@functools.cache
def shared_core() -> Any:
    """The one ``openvino.Core`` of this process, which is never taken down.

    On processors with AMX its plugin for CPUs gives the thread that loads it a stack of its own
    for signals, and frees that when it goes, which may be in another thread. The first signal
    after that (a worker that ends is one) would then end the process without a word.
    """
    return load_openvino().Core()
