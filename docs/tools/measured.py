"""What every table of measurements shares: its JSON, its numbers, and the command that wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"
SPEED = RESULTS / "speed"


def read(folder: Path, name: str) -> dict[str, Any] | None:
    """Read a file of results; None where it is not there."""
    path = folder / name
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def load(name: str) -> dict[str, Any]:
    """Read a file of results that is kept with the project."""
    found = read(RESULTS, name)
    if found is None:
        raise SystemExit(f"docs/results/{name} is not there.")
    return found


def source(found: Mapping[str, Any], name: str) -> str:
    """Print the command beside a link to the file of docs/results that it wrote."""
    return f"`{found['command']}` → [{Path(name).name}](results/{name})"


def missing(command: str) -> str:
    """Say in place of a table that nobody has measured it, and with which command to."""
    return f"*Not measured yet: `python {command}`.*"


def unmeasured(script: str, name: str) -> str:
    """The same, of a benchmark that writes a file of docs/results/speed."""
    return missing(f"tests/benchmarks/{script} --out docs/results/speed/{name}")


def interval(metric: Mapping[str, float]) -> str:
    """Print a metric with its 95 % interval."""
    return f"{short(metric['value'])} [{short(metric['low'])}, {short(metric['high'])}]"


def short(value: float) -> str:
    """Print a share to three digits."""
    return f"{value:.3f}"
