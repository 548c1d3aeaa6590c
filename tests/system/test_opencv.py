"""A missing system library is named, with what to install."""

from __future__ import annotations

import importlib

import pytest

from patentzoo.errors import MissingExtraError
from patentzoo.system.opencv import load_cv2


def test_opencv_is_what_is_loaded():
    import cv2

    assert load_cv2() is cv2


def test_a_missing_library_is_explained(monkeypatch):
    def failing(name: str) -> None:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(importlib, "import_module", failing)
    with pytest.raises(MissingExtraError, match=r"libGL\.so\.1.*apt-get install libgl1.*headless"):
        load_cv2()
