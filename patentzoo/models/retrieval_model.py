"""A retrieval model: network, preprocessing, and the fingerprint that tells it from every other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from patentzoo.backends.devices import DEVICES, pick_device
from patentzoo.backends.torch_backend import TorchBackend
from patentzoo.errors import ConfigError, ModelError
from patentzoo.models.backend import Backend, ModelSource
from patentzoo.models.preprocess import Preprocess
from patentzoo.system.arguments import shown

if TYPE_CHECKING:
    import torch

__all__ = ["DEVICES", "CardLike", "RetrievalModel", "fingerprint", "fingerprint_of", "pick_device"]


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
        preprocess: Grey page -> float32 (1, S, S).
        dim: Length of an embedding.
        hflip: The embedding is the normalised mean of the image's and its mirror image's.
        fingerprint: 64 hex digits over weights, network configuration, preprocessing and ``hflip``;
            equal fingerprints mean comparable vectors. The name has no part in it, nor has what
            the network runs on.
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
        self._subject: ModelSource | None = None
        self._runs: Backend = TorchBackend(network, pick_device(device))

    @classmethod
    def on_backend(
        cls,
        backend: Backend,
        subject: ModelSource,
        preprocess: Preprocess,
        *,
        dim: int,
        card: CardLike | None = None,
        hflip: bool = False,
    ) -> RetrievalModel:
        """A model whose network is already running somewhere.

        Args:
            backend: Where.
            subject: The network as a backend sees it, with its name and fingerprint.
            preprocess: As above.
            dim: As above.
            card: As above.
            hflip: As above.
        """
        model = cls.__new__(cls)
        model.name, model.card, model.preprocess = subject.name, card, preprocess
        model.dim, model.hflip, model.fingerprint = dim, hflip, subject.fingerprint
        model._subject, model._runs = subject, backend
        return model

    def __repr__(self) -> str:
        return (
            f"RetrievalModel({self.name!r}, dim={self.dim}, size_px={self.preprocess.size_px}, "
            f"device={self.device!r}, backend={self.backend!r}, "
            f"fingerprint={self.fingerprint[:12]})"
        )

    @property
    def backend(self) -> str:
        """What the network runs on, a name of ``patentzoo.backends.BACKENDS``."""
        return self._runs.name

    @property
    def device(self) -> str:
        """Where the network runs, e.g. ``"cpu"`` or ``"cuda"``."""
        return self._runs.device

    @property
    def threads(self) -> int:
        """How many CPU threads one call of :meth:`encode` may use."""
        return self._runs.threads

    @property
    def network(self) -> torch.nn.Module:
        """float32 (B, 1, S, S) -> (B, dim). Beside another backend than torch it is built anew."""
        if isinstance(self._runs, TorchBackend):
            return self._runs.network
        assert self._subject is not None
        return self._subject.build()

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
        side = self.preprocess.size_px
        if not isinstance(batch, np.ndarray):
            raise ConfigError(
                f"encode() takes pages that are prepared, float32 (B, 1, {side}, {side}), not "
                f"{shown(batch)}. For pictures: patentzoo.embed(model, images)."
            )
        if batch.dtype != np.float32 or batch.ndim != 4 or batch.shape[1:] != (1, side, side):
            raise ConfigError(
                f"encode() takes float32 (B, 1, {side}, {side}), got {batch.dtype} {batch.shape}."
            )
        if not len(batch):
            return np.empty((0, self.dim), np.float32)
        rows = self._runs(batch, hflip=self.hflip)
        if rows.shape != (len(batch), self.dim) or not np.isfinite(rows).all():
            raise ModelError(
                f"{self.name}: the network gave {rows.shape} with "
                f"{int((~np.isfinite(rows)).sum())} values that are not finite; "
                f"expected {(len(batch), self.dim)} unit vectors."
            )
        return rows


def fingerprint(
    network: torch.nn.Module,
    network_config: Mapping[str, Any],
    preprocess: Preprocess,
    *,
    hflip: bool = False,
) -> str:
    """SHA-256 over everything that decides a vector: 64 hex digits."""
    state = (
        (name, tensor.detach().cpu().contiguous().numpy())
        for name, tensor in sorted(network.state_dict().items())
    )
    return fingerprint_of(state, network_config, preprocess, hflip=hflip)


def fingerprint_of(
    state: Iterable[tuple[str, npt.NDArray[Any]]],
    network_config: Mapping[str, Any],
    preprocess: Preprocess,
    *,
    hflip: bool = False,
) -> str:
    """The same of weights that are no torch tensors: names and arrays, sorted by name."""
    digest = hashlib.sha256()
    settings = {
        "network": dict(network_config),
        "preprocess": preprocess.to_dict(),
        "hflip": hflip,
    }
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for name, values in state:
        digest.update(f"\n{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
