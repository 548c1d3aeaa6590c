"""Checkpoints: everything a run needs to go on where it stopped, written whole or not at all."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from patentzoo.errors import OutputError, TrainingError
from patentzoo.system.files import check_may_fill

log = logging.getLogger(__name__)

FILE = "checkpoint.pt"
BEST = "best.pt"
_OF_A_RUN = {FILE, BEST, "log.jsonl", "missing.txt", "model"}
"""What tells a run's folder from others."""


def save(folder: Path, state: dict[str, Any], name: str = FILE) -> None:
    """Write a checkpoint; the one before stays intact until the new one is complete.

    Raises:
        TrainingError: The disk is full or not writable.
    """
    partial = folder / (name + ".part")
    try:
        torch.save(state, partial)
        with partial.open("rb+") as written:  # a power cut must not leave an empty new file
            os.fsync(written.fileno())
        partial.replace(folder / name)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(
            f"The checkpoint could not be written to {folder}: {error}. The one before is intact; "
            "make room and start the same command again."
        ) from error


def load(folder: Path, name: str = FILE) -> dict[str, Any] | None:
    """The folder's checkpoint, or ``None``.

    Raises:
        TrainingError: There is one and it cannot be read.
    """
    path = folder / name
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and torch each raise their own on a broken file
        raise TrainingError(f"{path} is damaged ({error}). Delete it to start afresh.") from error
    return state


def best_weights(folder: Path) -> dict[str, torch.Tensor] | None:
    """The weights of the best validation so far, or ``None``.

    Raises:
        TrainingError: They cannot be read.
    """
    best = load(folder, BEST)
    if best is None:
        return None
    log.info("kept: stage %d, step %d, mAP %.4f", best["stage"], best["step"], best["mAP"])
    weights: dict[str, torch.Tensor] = best["weights"]
    return weights


def check_folder(folder: Path) -> None:
    """Raise OutputError where a folder holds other things, and nothing of a run."""
    try:
        held = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise OutputError(f"{folder} cannot be read ({error.strerror}). Choose another.") from error
    if held and not _OF_A_RUN & set(held):
        raise OutputError(
            f"{folder} holds other things ({held[0]!r}, …) and no run of patentzoo; nothing was "
            "changed. Give a new folder: out=FOLDER."
        )
    check_may_fill(folder)


@contextmanager
def no_empty_folder(folder: Path) -> Iterator[None]:
    """Remove a folder, and those above it, that were made in vain: the work ended in an error."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        yield
    except BaseException:
        with suppress(OSError):  # of the first that holds something, and so of those above it
            for each in new:
                each.rmdir()
        raise


def make_folder(folder: Path) -> None:
    """Make a run's folder.

    Raises:
        OutputError: A file or other things are in the way, or it cannot be written.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{folder} is no folder to train in ({error.strerror or error})"
        raise OutputError(f"{reason}. Choose another.") from error


def random_states() -> dict[str, Any]:
    """The states of every source of chance in this process, as tensors and plain values."""
    _, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002
    version, internal, gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [torch.from_numpy(np.asarray(keys).astype(np.int64)), position, has_gauss, cached],
        "python": [version, list(internal), gauss],
    }


def restore_random_states(states: dict[str, Any]) -> None:
    """Put back what :func:`random_states` gave."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
    keys, position, has_gauss, cached = states["numpy"]
    values = np.asarray(keys.numpy(), np.uint32)
    np.random.set_state(("MT19937", values, position, has_gauss, cached))  # noqa: NPY002
    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))


def check_classes(out: Path, saved: int, now: int) -> None:
    """Refuse to go on with other data.

    Args:
        out: Folder of the run.
        saved: Classes of its checkpoint.
        now: Classes there are.

    Raises:
        TrainingError: They differ.
    """
    if saved != now:
        raise TrainingError(
            f"{out} holds a run over {saved} classes, the data now has {now}. Choose another "
            "--out, or restore the data."
        )
