"""The makers of sheets and of damaged files lie beside the tests of images."""

from __future__ import annotations

import sys
from pathlib import Path

MAKERS = Path(__file__).resolve().parents[1] / "images"
sys.path[:0] = [str(MAKERS), str(MAKERS / "fuzz")]
