"""A model as a folder: ``card.toml`` and its weights; written whole, verified when read."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.errors import OutputError, WeightsError
from patentzoo.system.files import file_to_write, replacing, sha256_of, write_text
from patentzoo.zoo.card import Card, Weights
from patentzoo.zoo.registry import CARD_FILE

if TYPE_CHECKING:
    import torch

WEIGHTS_FILE = "model.safetensors"


def verify_weights(path: Path, expected: Weights) -> None:
    """Raise WeightsError unless the file is the one the card describes, byte for byte."""
    try:
        size = path.stat().st_size
        if size != expected.size_bytes:
            raise WeightsError(
                f"{path}: {size:,} bytes, the card says {expected.size_bytes:,}. The file is cut "
                "off or another one; install or copy it again."
            )
        found = sha256_of(path)
    except OSError as error:
        raise WeightsError(f"{path}: the weights are missing ({error.strerror}).") from error
    if found != expected.sha256:
        raise WeightsError(
            f"{path}: SHA-256 {found[:12]}..., the card says {expected.sha256[:12]}.... The file "
            "is damaged or another one; install or copy it again."
        )


def save_model_dir(
    path: str | PathLike[str],
    network: torch.nn.Module,
    card: Card,
    *,
    half: bool = True,
    metadata: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Card:
    """Write a folder that ``load_model`` reads: ``card.toml`` and ``model.safetensors``.

    Args:
        path: The folder, new or empty.
        network: Its state dict is stored.
        card: Its ``weights`` are filled in here, and its ``sources`` are left out: the folder is
            where the weights are.
        half: Store floating-point tensors as float16 (half the size; loaded to float32).
        metadata: Text for the header of the safetensors file, e.g. where the weights come from.
        overwrite: Replace a model that is there, as a whole.

    Returns:
        The card as written.

    Raises:
        OutputError: ``path`` cannot be written, is a file or a folder that holds something else,
            or holds a model and ``overwrite`` was not given.
    """
    target = file_to_write(path)
    check_model_folder(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            new = Path(scratch, "new")
            weights = save_weights(new / WEIGHTS_FILE, network, half=half, metadata=metadata)
            written = dataclasses.replace(card, weights=weights, sources=())
            write_text(new / CARD_FILE, written.to_toml())
            put_model_folder(new, target, Path(scratch, "old"))
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}).") from error
    return written


def check_model_folder(target: Path, *, overwrite: bool) -> None:
    """Raise OutputError unless a model may be written to a folder; see ``save_model_dir``."""
    entries = {each.name for each in target.iterdir()} if target.is_dir() else set()
    if entries - {CARD_FILE, WEIGHTS_FILE} or target.is_file():
        raise OutputError(f"{target} exists and is no model folder; give a new or empty folder.")
    if entries and not overwrite:
        raise OutputError(
            f"{target} holds a model; nothing was changed. Give another folder, or replace it: "
            "overwrite=True."
        )


def put_model_folder(new: Path, target: Path, old: Path) -> None:
    """Put a folder in another's place; should the second step fail, the first is undone."""
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def save_weights(
    path: Path,
    network: torch.nn.Module,
    *,
    half: bool = True,
    metadata: Mapping[str, str] | None = None,
) -> Weights:
    """Write a network's state dict as safetensors and describe the file."""
    state = {
        key: (_halved(t) if half else t).detach().cpu().contiguous()
        for key, t in network.state_dict().items()
    }
    return save_tensors(path, state, metadata=metadata)


def save_tensors(
    path: Path, state: Mapping[str, torch.Tensor], *, metadata: Mapping[str, str] | None = None
) -> Weights:
    """Write tensors as safetensors and describe the file."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with replacing(path) as unfinished:
        try:
            save_file(dict(state), unfinished, metadata=dict(metadata) if metadata else None)
        except SafetensorError as error:  # what it makes of a full disk
            raise OutputError(f"{path} cannot be written ({error}). Make room.") from error
        unfinished.chmod(0o644)  # safetensors writes for its owner alone
        size, digest = unfinished.stat().st_size, sha256_of(unfinished)
    return Weights(path.name, digest, size)


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    """float16 where it holds every value (a variance may exceed 65504), else unchanged."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    return half if bool(half.isfinite().all()) else tensor
