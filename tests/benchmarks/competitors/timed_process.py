"""One competitor in a process of its own: load, warm up, then files to vectors on the clock."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Load = Callable[[argparse.Namespace], Any]
Embed = Callable[[Any, list[str], argparse.Namespace], np.ndarray]


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    """What every competitor is told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True, help="card.toml, model.safetensors")
    parser.add_argument("--files", type=Path, required=True, help="a path a line")
    parser.add_argument("--out", type=Path, required=True, help="where the vectors go, .npy")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backend", default="auto", help="patentzoo only")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="processes that decode; 0: none")
    parser.add_argument("--threads", type=int, default=0, help="torch's threads; 0: as it comes")
    parser.add_argument("--warm", type=int, default=2, help="files embedded before the clock")
    return parser.parse_args(line)


def run(load: Load, embed: Embed, line: list[str] | None = None) -> None:
    """Measure, write the vectors, print seconds as JSON.

    The clock runs from the list of files to all vectors in memory: it includes the start of the
    processes that decode, not the import of libraries nor the loading of weights.
    """
    given = arguments(line)
    files = given.files.read_text(encoding="utf-8").splitlines()
    if given.threads:
        import torch

        torch.set_num_threads(given.threads)
    loaded = load(given)
    embed(loaded, files[: given.warm], given)
    wall, used = time.perf_counter(), time.process_time()
    vectors = embed(loaded, files, given)
    seconds = time.perf_counter() - wall
    assert vectors.shape[0] == len(files), "a competitor lost images"
    np.save(given.out, vectors.astype(np.float32))
    found = {
        "images": len(files),
        "seconds": round(seconds, 4),
        "main_cpu_seconds": round(time.process_time() - used, 4),
        **getattr(embed, "notes", {}),
    }
    sys.stdout.write("\n" + json.dumps(found) + "\n")
