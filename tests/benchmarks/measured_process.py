"""A command in a fresh process: what it printed, how long it took, and its peak of memory."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

POLL_S = 0.25
"""Asking for the memory of some gigabytes takes ten milliseconds: not too often."""


def in_process(command: list[str], environment: dict[str, str], limit_s: float) -> dict[str, Any]:
    """Run it to its end; its last line of output is JSON.

    Returns:
        What it printed, with ``peak_mb`` (None where the system does not tell) and ``process_s``;
        or ``error``, its last words.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=complained, env=environment)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, tree_mb(process.pid))
            if time.perf_counter() - start > limit_s:
                process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
        seconds = time.perf_counter() - start
        said.seek(0)
        complained.seek(0)
        lines = said.read().decode(errors="replace").split("\n")
        words = complained.read().decode(errors="replace").strip().splitlines()
    if process.returncode:
        why = words[-1] if words else f"ended with {process.returncode}"
        return {"error": why[:300], "process_s": round(seconds, 1)}
    found = json.loads(next(line for line in reversed(lines) if line.strip()))
    peak_mb = round(peak) if peak else None
    return {**found, "peak_mb": peak_mb, "process_s": round(seconds, 1)}


def tree_mb(root: int) -> float:
    """Proportional set size of a process and all below it: pages that are shared count once."""
    return sum(_pss_kb(pid) for pid in [root, *_below(root)]) / 1024


def _below(root: int) -> list[int]:
    found: list[int] = []
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            children = [int(c) for t in tasks for c in (t / "children").read_text().split()]
        except OSError:
            continue
        found += children
        waiting += children
    return found


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it ended, or this is not Linux
        return 0
    line = next((each for each in text.splitlines() if each.startswith("Pss:")), "Pss: 0")
    return int(line.split()[1])
