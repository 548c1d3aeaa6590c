"""The first import of OpenVINO, which would otherwise report itself to its maker."""

from __future__ import annotations

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
