"""Checkpoints: everything a run needs to go on where it stopped, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from patentzoo.errors import TrainingError

FILE = "checkpoint.pt"


def save(folder: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; the one before stays intact until the new one is complete.

    Raises:
        TrainingError: The disk is full or not writable.
    """
    partial = folder / (FILE + ".part")
    try:
        torch.save(state, partial)
        partial.replace(folder / FILE)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(
            f"The checkpoint could not be written to {folder}: {error}. The one before is intact; "
            "make room and start the same command again."
        ) from error


def load(folder: Path) -> dict[str, Any] | None:
    """The folder's checkpoint, or ``None``.

    Raises:
        TrainingError: There is one and it cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and torch each raise their own on a broken file
        raise TrainingError(f"{path} is damaged ({error}). Delete it to start afresh.") from error
    return state
