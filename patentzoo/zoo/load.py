"""From a name, a folder or an address to a model: find, verify, construct, load strictly."""

from __future__ import annotations

import os
import sys
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.backends import BACKENDS
from patentzoo.backends.selection import asked_for
from patentzoo.system.arguments import PATH, checked
from patentzoo.system.terminal import is_terminal
from patentzoo.zoo.cache import Cache, is_offline
from patentzoo.zoo.card import Card
from patentzoo.zoo.registry import CARD_FILE, DEFAULT_MODEL
from patentzoo.zoo.resolve import Request, find
from patentzoo.zoo.store import WEIGHTS_FILE, save_model_dir, save_weights

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

__all__ = ["CARD_FILE", "WEIGHTS_FILE", "load_model", "save_model_dir", "save_weights"]


@checked(name=PATH | None)
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
        backend: ``"auto"`` is the fastest installed that gives torch's vectors: OpenVINO, where
            there is one for this machine, see docs/backends.md. Or one by name: ``"torch"``,
            ``"torch-channels-last"``, ``"torch-bf16"``, ``"torch-fp16"``, ``"torch-compiled"``,
            ``"torch-compiled-bf16"``, ``"openvino"``, ``"openvino-bf16"``, ``"openvino-f16"``,
            ``"openvino-int8"``, ``"onnx"``.
        revision: Branch, tag or commit of a repository; ``main`` by default.
        offline: True: open no socket; what is not in the cache is an error. None: as the variables
            ``PATENTZOO_OFFLINE`` and ``HF_HUB_OFFLINE`` say.
        cache_dir: Where fetched models are kept; by default ``PATENTZOO_CACHE``, else ``patentzoo``
            in the user's cache folder (``XDG_CACHE_HOME`` or ``~/.cache``), and the hub's own cache
            (``HF_HOME``) for repositories.

    Returns:
        The model, whose embeddings are float32 rows of length 1 and ``model.dim`` numbers.

    Raises:
        ModelNotFoundError: Neither a card nor a folder nor a repository has that name.
        DownloadError: The model could not be fetched, or may not be: offline.
        WeightsError: The weights are missing, damaged or do not fit the network.
        OutputError: The cache cannot be written, or its disk is full.
        MissingExtraError: The backend's library is not installed.
        ModelError: The backend cannot take over this network.
        ConfigError: An unknown device or backend, one that cannot run here, or a faulty card or
            address.
    """
    asked_for(backend)  # a misspelt one is told before anything is fetched
    request = Request(Cache.at(cache_dir), is_offline(offline), progress=is_terminal(sys.stderr))
    found = find(DEFAULT_MODEL if name is None else os.fspath(name), request, revision)
    return construct(found.card, found.weights, device, backend, request.cache)


def construct(
    card: Card, weights: Path, device: str, backend: str = "torch", cache: Cache | None = None
) -> RetrievalModel:
    """Make a card's network run, with verified weights loaded into it strictly.

    Raises:
        WeightsError: The file is no safetensors file, or does not fit.
        PatentZooError: As :func:`patentzoo.backends.selection.open_backend`.
    """
    from patentzoo.backends.devices import resolve
    from patentzoo.backends.selection import open_backend
    from patentzoo.models.retrieval_model import RetrievalModel
    from patentzoo.zoo.stored_network import StoredNetwork
    from patentzoo.zoo.words import words_of

    network = StoredNetwork(card, weights, (cache or Cache.at()).root)
    wanted = asked_for(backend)
    where = resolve(device, wanted)
    opened = open_backend(wanted, where, network)
    if BACKENDS[opened.name].family != "torch":
        network.forget()  # the self-check or an export may have built it
    return RetrievalModel.on_backend(
        opened,
        network,
        card.preprocess,
        dim=card.dim,
        card=card,
        hflip=card.inference.hflip,
        words=words_of(card, weights, where),
    )
