"""From a name or a folder to a model: find, verify, construct, load strictly, set to eval."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.atomic import replacing, write_text
from patentzoo.errors import (
    ConfigError,
    ModelError,
    ModelNotFoundError,
    OutputError,
    WeightsError,
    near_miss,
)
from patentzoo.zoo.card import Card, Weights
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, zoo_folder

if TYPE_CHECKING:
    import torch

    from patentzoo.model import RetrievalModel

logger = logging.getLogger(__name__)

CARD_FILE, WEIGHTS_FILE = "card.toml", "model.safetensors"
BACKENDS = ("auto", "torch")


def load_model(
    name: str | PathLike[str] | None = None,
    *,
    device: str = "auto",
    backend: str = "auto",
    revision: str | None = None,
    offline: bool | None = None,
    cache_dir: str | PathLike[str] | None = None,
) -> RetrievalModel:
    """Load a model, ready to embed.

    Args:
        name: A card's name (see ``list_models``), or a folder with ``card.toml`` and its weights,
            as a training run writes it; None is the model that ships with the package.
        device: ``"auto"`` (cuda, mps or cpu, whichever comes first), or a torch device.
        backend: ``"auto"`` or ``"torch"``.
        revision: Only for models on a hub.
        offline: Never use the network; the models known now need none in any case.
        cache_dir: Where downloads would be kept; unused by models that are files here.

    Raises:
        ModelNotFoundError: Neither a card nor a folder has that name.
        WeightsError: The weights are missing, damaged or do not fit the network.
        ConfigError: An unknown device or backend, or a faulty card.
    """
    if backend not in BACKENDS:
        raise ConfigError(f"backend = {backend!r} is unknown. {near_miss(backend, BACKENDS)}")
    card, weights = _find(DEFAULT_MODEL if name is None else os.fspath(name))
    if revision is not None:
        raise ConfigError(
            f"revision = {revision!r}, but {card.name} is a file here and has no revisions. "
            "Leave it out."
        )
    verify_weights(weights, card.weights)
    return _construct(card, weights, device)


def _find(name: str) -> tuple[Card, Path]:
    if name.startswith("hf://"):
        raise ModelError(
            f"{name}: models on a hub cannot be loaded by this version. Give a name from "
            f"list_models() or a folder that holds {CARD_FILE} and its weights."
        )
    folder = Path(name)
    if folder.is_dir() and (folder / CARD_FILE).is_file():
        card = Card.read(folder / CARD_FILE)
        return card, folder / card.weights.file
    if folder.is_dir() and ("/" in name or os.sep in name):
        raise ModelNotFoundError(f"{folder}: the folder holds no {CARD_FILE}; it is no model.")
    card = find_card(name)
    return card, zoo_folder() / "weights" / card.weights.file


def verify_weights(path: Path, expected: Weights) -> None:
    """Raise WeightsError unless the file is the one the card describes, byte for byte."""
    try:
        size = path.stat().st_size
        if size != expected.size_bytes:
            raise WeightsError(
                f"{path}: {size:,} bytes, the card says {expected.size_bytes:,}. The file is cut "
                "off or another one; install or copy it again."
            )
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path}: the weights are missing ({error.strerror}).") from error
    if found != expected.sha256:
        raise WeightsError(
            f"{path}: SHA-256 {found[:12]}..., the card says {expected.sha256[:12]}.... The file "
            "is damaged or another one; install or copy it again."
        )


def _construct(card: Card, weights: Path, device: str) -> RetrievalModel:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from patentzoo.model import RetrievalModel
    from patentzoo.networks import NetworkConfig, build_network

    config = NetworkConfig.from_dict(dict(card.network))
    network = build_network(config)
    try:
        stored = load_file(weights)
        state = {key: t.float() if t.is_floating_point() else t for key, t in stored.items()}
        network.load_state_dict(state, strict=True)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise WeightsError(
            f"{weights}: does not fit the network of {card.name}: {error}"
        ) from error
    return RetrievalModel(
        network,
        card.preprocess,
        name=card.name,
        dim=card.dim,
        network_config=config.to_dict(),
        card=card,
        device=device,
        hflip=card.inference.hflip,
    )


def save_model_dir(
    path: str | PathLike[str],
    network: torch.nn.Module,
    card: Card,
    *,
    half: bool = True,
) -> Card:
    """Write a folder that ``load_model`` reads: ``card.toml`` and ``model.safetensors``.

    Args:
        path: The folder; one that already holds a model is replaced as a whole, never mixed.
        network: Its state dict is stored.
        card: Its ``weights`` are filled in here.
        half: Store floating-point tensors as float16 (half the size; loaded to float32).

    Returns:
        The card as written.

    Raises:
        OutputError: ``path`` cannot be written, is a file, or a folder that holds something else.
    """
    target = Path(path)
    entries = {each.name for each in target.iterdir()} if target.is_dir() else set()
    if entries - {CARD_FILE, WEIGHTS_FILE} or target.is_file():
        raise OutputError(f"{target} exists and is no model folder; give a new or empty folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            new = Path(scratch, "new")
            weights = save_weights(new / WEIGHTS_FILE, network, half=half)
            written = dataclasses.replace(card, weights=weights)
            write_text(new / CARD_FILE, written.to_toml())
            _swap(new, target, Path(scratch, "old"))
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}).") from error
    return written


def _swap(new: Path, target: Path, old: Path) -> None:
    """Put a folder in another's place; should the second step fail, the first is undone."""
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def save_weights(path: Path, network: torch.nn.Module, *, half: bool = True) -> Weights:
    """Write a network's state dict as safetensors and describe the file."""
    from safetensors.torch import save_file

    state = {
        key: (_halved(t) if half else t).detach().cpu().contiguous()
        for key, t in network.state_dict().items()
    }
    with replacing(path) as unfinished:
        save_file(state, unfinished)
        unfinished.chmod(0o644)  # safetensors writes for its owner alone
        data = unfinished.read_bytes()
    return Weights(path.name, hashlib.sha256(data).hexdigest(), len(data))


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    """float16 where it holds every value (a variance may exceed 65504), else unchanged."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    return half if bool(half.isfinite().all()) else tensor
