"""Ours: ``load_model`` and ``embed``, as the README writes them."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from timed_process import run

import patentzoo as pz

STAGES = ("read", "decode", "preprocess", "model", "waiting", "total")
NOTES: dict[str, Any] = {}
"""The backend that was chosen, and where the time of the last run went.

Reading, decoding and preprocessing are added up over the workers.
"""


def load(given: argparse.Namespace) -> Any:
    return pz.load_model(given.folder, device=given.device, backend=given.backend)


def embed(model: Any, files: list[str], given: argparse.Namespace) -> np.ndarray:
    told: list[Any] = []
    found = pz.embed(
        model,
        [(str(number), file) for number, file in enumerate(files)],
        batch_size=given.batch_size,
        workers=None if given.workers else 1,
        figures="whole",  # a vector a file, as the others make it
        timings=told.append,
    )
    split = {name: round(getattr(told[0], name), 3) for name in STAGES}
    NOTES.update(backend=model.backend, workers=told[0].workers, split_s=split)
    return found.vectors


embed.notes = NOTES  # type: ignore[attr-defined]


if __name__ == "__main__":
    run(load, embed)
