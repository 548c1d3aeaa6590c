"""Seconds an image of each stage alone, with every core at it: what bounds a pipeline of them.

One process a core, pinned to it, one thread each; they begin each stage together.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

STAGES = ("read", "decode", "preprocess", "model")
BATCH = 32


def measure(
    folder: Path,
    files: list[str],
    scratch: Path,
    cores: list[int],
    environment: dict[str, str],
    device: str = "cpu",
    batch: int = BATCH,
) -> dict[str, float]:
    """Seconds of one core an image, by stage; the model's are the device's where that is no CPU.

    Raises:
        RuntimeError: One of the processes ended early.
    """
    running = []
    for number, core in enumerate(cores):
        listing = scratch / f"stage-{core}.txt"
        listing.write_text("\n".join(files[number :: len(cores)]), encoding="utf-8")
        command = [sys.executable, __file__, "--folder", str(folder), "--files", str(listing)]
        command += ["--core", str(core), "--device", device, "--batch-size", str(batch)]
        alone, pipe = {**environment, "OMP_NUM_THREADS": "1"}, subprocess.PIPE
        running.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=alone))
    try:
        _together(running, "ready")
        read = _together(running, "files")
        return read | _together(running if device == "cpu" else running[:1], "model")
    finally:
        for process in running:
            process.kill()
            process.communicate()  # closes its pipes


def _together(running: list[subprocess.Popen[str]], step: str) -> dict[str, float]:
    """Start a step in all processes; the mean of their seconds an image, by stage."""
    for process in running:
        assert process.stdin
        process.stdin.write(f"{step}\n")
        process.stdin.flush()
    found: list[dict[str, float]] = []
    for process in running:
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process for step {step!r} ended early")
        found.append(json.loads(line))
    return {stage: float(np.mean([each[stage] for each in found])) for stage in found[0]}


def work(given: argparse.Namespace) -> None:
    """One core's process: for each line of standard input a step, and its seconds an image."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {given.core})
    import patentzoo as pz

    model = pz.load_model(given.folder, device=given.device)
    files = given.files.read_text(encoding="utf-8").splitlines()
    encode(model, prepared(model, files[:1])[0], given.batch_size)  # off the clock
    inputs: list[np.ndarray] = []
    for line in sys.stdin:
        told: dict[str, float] = {}
        if line.strip() == "files":
            inputs, told = prepared(model, files)
        elif line.strip() == "model":
            start = time.perf_counter()
            encode(model, inputs, given.batch_size)
            told = {"model": time.perf_counter() - start}
        mean = {stage: seconds / len(files) for stage, seconds in told.items()}
        sys.stdout.write(json.dumps(mean) + "\n")
        sys.stdout.flush()


def prepared(model: Any, files: list[str]) -> tuple[list[np.ndarray], dict[str, float]]:
    """Files to the network's inputs by what ``embed`` reads with; seconds of each stage."""
    from patentzoo.embedding.core_budget import CoreBudget
    from patentzoo.embedding.page_reader import PreparedPage, Reader
    from patentzoo.embedding.timings import Stopwatch
    from patentzoo.options import ReadOptions
    from patentzoo.sources import iter_sources

    reader = Reader(model.preprocess, CoreBudget(1), watch := Stopwatch())
    numbered = [(str(number), file) for number, file in enumerate(files)]
    events = (e for source in iter_sources(numbered, ReadOptions()) for e in reader.read(source))
    inputs = [event.tensor for event in events if isinstance(event, PreparedPage)]
    found = watch.timings(len(inputs), 1, 1)
    return inputs, {stage: getattr(found, stage) for stage in STAGES if stage != "model"}


def encode(model: Any, inputs: list[np.ndarray], batch: int) -> None:
    """Batches through the network; the last one filled up, as ``embed`` does."""
    for first in range(0, len(inputs), batch):
        some = inputs[first : first + batch]
        model.encode(np.stack(some + some[-1:] * (batch - len(some))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    work(parser.parse_args())
