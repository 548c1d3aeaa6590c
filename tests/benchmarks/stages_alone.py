"""Core seconds an image of each stage alone, with every core at it: what bounds a pipeline of them.

One process a core, pinned to it, one thread each; they begin each stage together. The network is
also run by one process on all cores, and the better way counts. Rounds go on until the mean of
every stage is known to ``CLOSE``, or there were ``ROUNDS``.
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
CLOSE = 0.02
"""Half of a mean's 95 % interval, as a share of all stages together, that is near enough."""
ROUNDS = (3, 15)
"""At least and at most."""


def measure(
    folder: Path,
    files: list[str],
    scratch: Path,
    cores: list[int],
    environment: dict[str, str],
    device: str = "cpu",
    batch: int = BATCH,
    rounds: tuple[int, int] = ROUNDS,
) -> tuple[dict[str, float], dict[str, float], int]:
    """Seconds of one core an image, by stage; the model's are the device's where that is no CPU.

    Returns:
        Means, half of their 95 % intervals, and how many rounds there were.

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
        taken: list[dict[str, float]] = []
        while True:
            once = _together(running, "files")
            once |= _together(running if device == "cpu" else running[:1], "model")
            if device == "cpu" and len(cores) > 1:
                once |= _together(running[:1], "model on all")
                once["model on all"] *= len(cores)
            taken.append(once)
            means, halves = intervals(taken)
            narrow = max(halves.values()) <= CLOSE * sum(means.values())
            if len(taken) >= rounds[1] or (narrow and len(taken) >= rounds[0]):
                return means, halves, len(taken)
    finally:
        for process in running:
            process.kill()
            process.communicate()  # closes its pipes


def intervals(taken: list[dict[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    """Means and half of their 95 % intervals, by stage; of the network, those of the better way."""
    values = {stage: np.array([each[stage] for each in taken]) for stage in taken[0]}
    together = values.pop("model on all", None)
    if together is not None and together.mean() < values["model"].mean():
        values["model"] = together
    spread = {
        name: float(each.std(ddof=1)) if len(each) > 1 else 1.0 for name, each in values.items()
    }
    halves = {name: 1.96 * each / len(taken) ** 0.5 for name, each in spread.items()}
    return {name: float(each.mean()) for name, each in values.items()}, halves


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
    everywhere = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    _pin({given.core} if everywhere else set())
    import patentzoo as pz

    model = pz.load_model(given.folder, device=given.device)
    files = given.files.read_text(encoding="utf-8").splitlines()
    encode(model, prepared(model, files[:1])[0], given.batch_size)  # off the clock
    inputs: list[np.ndarray] = []
    on_all: Any = None
    for line in sys.stdin:
        told: dict[str, float] = {}
        if line.strip() == "files":
            inputs, told = prepared(model, files)
        elif line.strip() == "model":
            start = time.perf_counter()
            encode(model, inputs, given.batch_size)
            told = {"model": time.perf_counter() - start}
        elif line.strip() == "model on all":
            _pin(everywhere)
            if on_all is None:
                on_all = pz.load_model(given.folder, device=given.device)
                encode(on_all, inputs[:1], given.batch_size)
            start = time.perf_counter()
            encode(on_all, inputs, given.batch_size)
            told = {"model on all": time.perf_counter() - start}
            _pin({given.core} if everywhere else set())
        mean = {stage: seconds / len(files) for stage, seconds in told.items()}
        sys.stdout.write(json.dumps(mean) + "\n")
        sys.stdout.flush()


def _pin(cores: set[int]) -> None:
    """Keep this thread to some cores; threads that exist stay where they are."""
    if cores:
        os.sched_setaffinity(0, cores)


def prepared(model: Any, files: list[str]) -> tuple[list[np.ndarray], dict[str, float]]:
    """Files to the network's inputs by what ``embed`` reads with; seconds of each stage."""
    from patentzoo.embedding.core_budget import CoreBudget
    from patentzoo.embedding.page_reader import PreparedPage, Reader
    from patentzoo.embedding.timings import Stopwatch
    from patentzoo.options import EmbedOptions
    from patentzoo.sources import iter_sources, read_options

    reader = Reader(model.preprocess, CoreBudget(1), watch := Stopwatch())
    numbered = [(str(number), file) for number, file in enumerate(files)]
    events = (
        e
        for source in iter_sources(numbered, read_options(EmbedOptions(figures="whole")))
        for e in reader.read(source)
    )
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
