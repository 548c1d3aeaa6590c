"""What the tables on speed share: their JSON, and the command that wrote it or would write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results" / "speed"


def source(found: Mapping[str, Any], name: str) -> str:
    """The command beside a link to what it wrote."""
    return f"`{found['command']}` → [{name}](results/speed/{name})"


def missing(script: str, name: str) -> str:
    """What stands in place of a table that nobody has measured."""
    command = f"python tests/benchmarks/{script} --out docs/results/speed/{name}"
    return f"*Not measured yet: `{command}`.*"


def read(folder: Path, name: str) -> dict[str, Any] | None:
    """A file of results; None where it is not there."""
    path = folder / name
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
