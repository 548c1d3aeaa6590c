"""The first import of torch, which is most of the time that a small model takes to load."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any


def load_torch() -> Any:
    """The module ``torch``, imported while Python's cycle collector rests.

    The import makes some million objects that stay; looking through them over and over for garbage
    would take a tenth of its time (docs/results/speed/startup.json).
    """
    if "torch" in sys.modules or not gc.isenabled():
        return importlib.import_module("torch")
    gc.disable()
    try:
        return importlib.import_module("torch")
    finally:
        gc.enable()
