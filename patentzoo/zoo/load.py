"""From a name, a folder or an address to a model: find, verify, construct, load strictly."""

from __future__ import annotations

import os
import sys
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.errors import ConfigError, WeightsError, near_miss
from patentzoo.zoo.cache import Cache, is_offline
from patentzoo.zoo.card import Card
from patentzoo.zoo.fetch import Request, find
from patentzoo.zoo.registry import CARD_FILE, DEFAULT_MODEL
from patentzoo.zoo.store import WEIGHTS_FILE, save_model_dir, save_weights

if TYPE_CHECKING:
    from patentzoo.model import RetrievalModel

__all__ = ["CARD_FILE", "WEIGHTS_FILE", "load_model", "save_model_dir", "save_weights"]

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
    """Load a model, ready to embed; fetch it first where it is not here yet.

    Args:
        name: A card's name (see ``list_models``); a folder with ``card.toml`` and its weights, as a
            training run writes it; or ``hf://organisation/name@revision``, a repository on a hub.
            None is the model that ships with the package.
        device: ``"auto"`` (cuda, mps or cpu, whichever comes first), or a torch device.
        backend: ``"auto"`` or ``"torch"``.
        revision: Branch, tag or commit of a repository; ``main`` by default.
        offline: True: open no socket; what is not in the cache is an error. None: as the variables
            ``PATENTZOO_OFFLINE`` and ``HF_HUB_OFFLINE`` say.
        cache_dir: Where fetched models are kept; by default ``PATENTZOO_CACHE``, else ``patentzoo``
            in the user's cache folder (``XDG_CACHE_HOME`` or ``~/.cache``), and the hub's own cache
            (``HF_HOME``) for repositories.

    Raises:
        ModelNotFoundError: Neither a card nor a folder nor a repository has that name.
        DownloadError: The model could not be fetched, or may not be: offline.
        WeightsError: The weights are missing, damaged or do not fit the network.
        OutputError: The cache cannot be written, or its disk is full.
        ConfigError: An unknown device or backend, or a faulty card or address.
    """
    if backend not in BACKENDS:
        raise ConfigError(f"backend = {backend!r} is unknown. {near_miss(backend, BACKENDS)}")
    request = Request(Cache.at(cache_dir), is_offline(offline), progress=sys.stderr.isatty())
    found = find(DEFAULT_MODEL if name is None else os.fspath(name), request, revision)
    return construct(found.card, found.weights, device)


def construct(card: Card, weights: Path, device: str) -> RetrievalModel:
    """Make a card's network and load verified weights into it, strictly.

    Raises:
        WeightsError: The file is no safetensors file, or does not fit.
    """
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
    except (SafetensorError, RuntimeError, OSError, ValueError) as error:
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
