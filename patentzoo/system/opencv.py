"""OpenCV, imported where it is used, with an error that says what a slim machine lacks."""

from __future__ import annotations

import importlib
from typing import Any

from patentzoo.errors import MissingExtraError


def load_cv2() -> Any:
    """The module ``cv2``.

    Raises:
        MissingExtraError: OpenCV, or a system library it wants, is not there.
    """
    try:
        return importlib.import_module("cv2")
    except ImportError as error:
        raise MissingExtraError(
            f"OpenCV cannot be imported ({error}). Where libGL.so.1 is missing, as in slim "
            "containers: apt-get install libgl1 (Debian, Ubuntu), or change to the build that "
            "needs no display: pip uninstall -y opencv-python && pip install opencv-python-headless"
        ) from error
