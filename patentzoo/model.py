"""A retrieval model: network, preprocessing, and the fingerprint that tells it from every other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, ModelError, near_miss
from patentzoo.preprocess import Preprocess

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


class CardLike(Protocol):
    """What a model keeps of its card (the zoo's ``Card`` is one)."""

    @property
    def name(self) -> str:
        """The published name."""

    @property
    def licence(self) -> str:
        """Licence of the weights."""


class RetrievalModel:
    """A network in eval mode with the preprocessing it was trained with.

    Attributes:
        name: The card's name.
        card: The card, or None for a network that has none (e.g. while training).
        network: float32 (B, 1, S, S) -> (B, dim), on ``device``.
        preprocess: Grey page -> float32 (1, S, S).
        dim: Length of an embedding.
        device: Where the network runs, e.g. ``"cpu"`` or ``"cuda"``.
        hflip: The embedding is the normalised mean of the image's and its mirror image's.
        fingerprint: 64 hex digits over weights, network configuration, preprocessing and ``hflip``;
            equal fingerprints mean comparable vectors. The name has no part in it.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        preprocess: Preprocess,
        *,
        name: str,
        dim: int,
        network_config: Mapping[str, Any],
        card: CardLike | None = None,
        device: str = "auto",
        hflip: bool = False,
    ) -> None:
        self.name = name
        self.card = card
        self.preprocess = preprocess
        self.dim = dim
        self.hflip = hflip
        self.fingerprint = fingerprint(network, network_config, preprocess, hflip=hflip)
        self.device = pick_device(device)
        self.network = network.to(self.device).eval()

    def __repr__(self) -> str:
        return (
            f"RetrievalModel({self.name!r}, dim={self.dim}, size_px={self.preprocess.size_px}, "
            f"device={self.device!r}, fingerprint={self.fingerprint[:12]})"
        )

    def encode(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Embed preprocessed pages. Safe to call from several threads.

        Args:
            batch: float32 (B, 1, S, S), S = ``preprocess.size_px``, as ``preprocess`` makes them.

        Returns:
            float32 (B, dim), rows of length 1.

        Raises:
            ConfigError: Another shape or dtype.
            ModelError: The network gave NaN, infinite or zero vectors.
        """
        import torch

        side = self.preprocess.size_px
        if batch.dtype != np.float32 or batch.ndim != 4 or batch.shape[1:] != (1, side, side):
            raise ConfigError(
                f"encode() takes float32 (B, 1, {side}, {side}), got {batch.dtype} {batch.shape}."
            )
        if not len(batch):
            return np.empty((0, self.dim), np.float32)
        # A copy where the array is read-only: torch warns about sharing memory it may write to.
        owned = batch if batch.flags.writeable and batch.flags.c_contiguous else batch.copy()
        with torch.inference_mode():
            pixels = torch.from_numpy(owned).to(self.device)
            vectors = _unit(self.network(pixels).float())
            if self.hflip:
                vectors = _unit(vectors + _unit(self.network(pixels.flip(-1)).float()))
            rows: npt.NDArray[np.float32] = vectors.cpu().numpy()
        if rows.shape != (len(batch), self.dim) or not np.isfinite(rows).all():
            raise ModelError(
                f"{self.name}: the network gave {rows.shape} with "
                f"{int((~np.isfinite(rows)).sum())} values that are not finite; "
                f"expected {(len(batch), self.dim)} unit vectors."
            )
        return rows


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    # No epsilon: a zero vector has no direction, becomes NaN here and is reported by encode().
    unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
    return unit


def pick_device(device: str) -> str:
    """Resolve ``"auto"`` to cuda, mps or cpu, in that order.

    Raises:
        ConfigError: An unknown device, or one this machine lacks.
    """
    import torch

    kind = device.partition(":")[0]
    if kind not in DEVICES:
        raise ConfigError(f"device = {device!r} is unknown. {near_miss(device, DEVICES)}")
    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if has_cuda else "mps" if has_mps else "cpu"
    if (kind == "cuda" and not has_cuda) or (kind == "mps" and not has_mps):
        raise ConfigError(f"device = {device!r}, but torch finds none here. Use device='auto'.")
    try:
        torch.empty(0, device=device)
    except RuntimeError as error:
        raise ConfigError(f"device = {device!r} cannot be used: {error}") from error
    return device


def fingerprint(
    network: torch.nn.Module,
    network_config: Mapping[str, Any],
    preprocess: Preprocess,
    *,
    hflip: bool = False,
) -> str:
    """SHA-256 over everything that decides a vector: 64 hex digits."""
    digest = hashlib.sha256()
    settings = {
        "network": dict(network_config),
        "preprocess": preprocess.to_dict(),
        "hflip": hflip,
    }
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for name, tensor in sorted(network.state_dict().items()):
        values = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"\n{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
