"""A model as its files hold it: hashed without torch, built as a torch network when asked for."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from patentzoo.backends.torch_import import load_torch
from patentzoo.errors import WeightsError
from patentzoo.models.config import NetworkConfig
from patentzoo.models.preprocess import Preprocess
from patentzoo.models.retrieval_model import fingerprint, fingerprint_of
from patentzoo.system.torch_settings import for_building
from patentzoo.zoo.card import Card
from patentzoo.zoo.layouts import network_state, of_pictures

if TYPE_CHECKING:
    import torch


class StoredNetwork:
    """A card and its verified weights: what a backend is opened for.

    Attributes:
        card: The card.
        file: The safetensors file.
        cache: Where graphs are kept.
    """

    def __init__(self, card: Card, file: Path, cache: Path) -> None:
        self.card, self.file, self.cache = card, file, cache
        self.config = NetworkConfig.from_dict(dict(card.network))
        self._network: torch.nn.Module | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The card's."""
        return self.card.name

    @property
    def size_px(self) -> int:
        """Side of the input."""
        return self.card.preprocess.size_px

    @property
    def preprocess(self) -> Preprocess:
        """The card's."""
        return self.card.preprocess

    @functools.cached_property
    def weights(self) -> int:
        """How many numbers embed a picture: read from the file's header.

        Raises:
            WeightsError: The file is no safetensors file.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.file, "np") as stored:
                names = of_pictures(stored.keys(), self.card.weights.layout)
                shapes = [stored.get_slice(name).get_shape() for name in names]
        except (SafetensorError, OSError) as error:
            raise _misfit(self.file, self.card, error) from error
        return sum(int(np.prod(shape)) for shape in shapes)

    @functools.cached_property
    def fingerprint(self) -> str:
        """That of the torch network, whether or not it has been built."""
        foreign = self.card.weights.layout != "patentzoo"
        state = None if foreign or self._network is not None else _arrays(self.file)
        if state is None:
            return self._hashed(self.build())
        about = (self.config.to_dict(), self.card.preprocess)
        return fingerprint_of(state, *about, hflip=self.card.inference.hflip)

    def _hashed(self, network: torch.nn.Module) -> str:
        about = (self.config.to_dict(), self.card.preprocess)
        return fingerprint(network, *about, hflip=self.card.inference.hflip)

    def stored(self) -> tuple[NetworkConfig, dict[str, npt.NDArray[Any]]] | None:
        """What it is made of, and its weights; None of another layout, or of types numpy lacks."""
        state = _arrays(self.file) if self.card.weights.layout == "patentzoo" else None
        return None if state is None else (self.config, dict(state))

    def build(self) -> torch.nn.Module:
        """The network in eval mode, float32, with the weights loaded strictly; built once.

        Raises:
            WeightsError: The file is no safetensors file, or does not fit.
        """
        with self._lock:
            if self._network is None:
                load_torch()
                with for_building():
                    self._network = _filled(self.config, self.file, self.card)
                if "fingerprint" in self.__dict__:
                    # A foreign file may store a number in another type than the network holds it.
                    self.__dict__["fingerprint"] = self._hashed(self._network)
            return self._network

    def forget(self) -> None:
        """Let go of the network; :meth:`build` makes it again."""
        with self._lock:
            self._network = None

    def __getstate__(self) -> dict[str, Any]:
        """Card and files travel to another process; what was built stays."""
        left = {"_network", "_lock"}
        return {key: value for key, value in self.__dict__.items() if key not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._network, self._lock = None, threading.Lock()


def _filled(config: NetworkConfig, file: Path, card: Card) -> torch.nn.Module:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from patentzoo.models.networks import empty_network

    network = empty_network(config)
    try:
        stored = network_state(load_file(file), network, card.weights.layout)
        state = {key: t.float() if t.is_floating_point() else t for key, t in stored.items()}
        network.load_state_dict(state, strict=True)
    except (SafetensorError, RuntimeError, OSError, ValueError) as error:
        raise _misfit(file, card, error) from error
    return network.eval()


def _misfit(file: Path, card: Card, error: Exception) -> WeightsError:
    return WeightsError(f"{file}: does not fit the network of {card.name}: {error}")


def _arrays(file: Path) -> list[tuple[str, npt.NDArray[Any]]] | None:
    """The tensors as a network holds them, floats as float32; None where numpy cannot read them."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        stored = load_file(file)
    except (SafetensorError, KeyError, TypeError, OSError, ValueError):  # e.g. bfloat16
        return None
    return [
        (key, values.astype(np.float32) if values.dtype.kind == "f" else values)
        for key, values in sorted(stored.items())
    ]
