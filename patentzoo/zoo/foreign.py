"""Models of other libraries in repositories of a hub: timm's and open_clip's.

What kind a repository is, its files tell: ``card.toml`` is ours, ``open_clip_config.json``
open_clip's, a ``config.json`` with an architecture timm's. Commit, SHA-256 and the shape of what
comes out are noted in the cache when a model is fetched first; later loads are held to them.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patentzoo.errors import (
    DownloadError,
    PatentZooError,
    WeightsError,
)
from patentzoo.system.files import sha256_of
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.card import Card, Weights
from patentzoo.zoo.described import PICKLES, WEIGHTS_FILES, Described, RepositoryFiles, describe
from patentzoo.zoo.foreign_kinds import with_dim
from patentzoo.zoo.hub import FileMissingError, Repository, fetch_file, fetch_weights, list_files
from patentzoo.zoo.registry import CARD_FILE
from patentzoo.zoo.store import verify_weights
from patentzoo.zoo.weight_sources import HubSource

logger = logging.getLogger(__name__)


def find_model(
    repository: Repository, cache: Cache, *, offline: bool, again: bool = False
) -> tuple[Card, Path]:
    """A published model of a known kind: its card, and its verified weights.

    Args:
        repository: Where.
        cache: Where a copy is kept.
        offline: Only that copy; no socket is opened.
        again: Ask the hub what a branch points to now, although there is a copy.

    Raises:
        ModelNotFoundError: No such repository or revision, or no model of a known kind.
        DownloadError: The hub cannot be reached or refuses, or offline without a copy.
        WeightsError: The weights are not those of the card, or are there as a pickle only.
        ConfigError: A configuration that cannot be followed.
    """
    ask = RepositoryFiles(repository, cache, offline, again)
    if card_file := ask.file(CARD_FILE):
        card = Card.read(card_file)
        # Both files from one commit: a branch may move between two requests.
        commit = Repository(repository.repo, card_file.parent.name)
        return card, fetch_weights(commit, card.weights, card.weights.file, cache, offline=offline)
    described = describe(repository, cache, offline=offline, again=again)
    return _found(described, bare_card(described), cache, offline)


def find_for_card(
    card: Card, source: HubSource, cache: Cache, *, offline: bool
) -> tuple[Card, Path]:
    """The weights of a card whose repository is another library's.

    Where the card pins no commit, the one that is fetched first is noted and kept to.

    Raises:
        PatentZooError: As :func:`find_model`.
    """
    noted = cache.entry(card.name)
    revision = source.revision or noted.record().get("revision") or "main"
    at = Repository(source.repo, revision)
    described = describe(at, cache, offline=offline, layout=source.format)
    full, weights = _found(described, card, cache, offline)
    if card.weights.sha256:
        verify_weights(weights, card.weights)
    elif not noted.record():
        facts = {"model": card.name, "from": f"hf://{source.repo}"}
        facts |= {"revision": described.repository.revision, "checkpoint": full.weights.file}
        noted.write_record(facts | {"file_sha256": full.weights.sha256})
        logger.warning(
            "%s: its card pins no commit of hf://%s; noted from now on: commit %s, SHA-256 %s.",
            *(card.name, source.repo, described.repository.revision, full.weights.sha256),
        )
    return full, weights


def _found(described: Described, card: Card, cache: Cache, offline: bool) -> tuple[Card, Path]:
    """The card with what the repository says, and the weights as they were fetched first."""
    kept = described.entry.folder / CARD_FILE
    if kept.is_file():  # converted from a pickle
        converted = Card.read(kept)
        weights = kept.parent / converted.weights.file
        verify_weights(weights, converted.weights)
        return _merged(card, described, converted.network, converted.weights), weights
    noted = described.entry.record()
    path = _weights(described, noted, cache, offline)
    expected = Weights(path.name, noted["sha256"], noted["size_bytes"], described.model.layout)
    return _merged(card, described, noted["network"], expected), path


def _weights(described: Described, noted: dict[str, Any], cache: Cache, offline: bool) -> Path:
    """The weights file; what is noted of it is filled in where it is fetched first."""
    at, layout = described.repository, described.model.layout
    names = (noted["file"],) if "file" in noted else WEIGHTS_FILES[layout]
    for name in names:
        try:
            path = fetch_file(at, name, cache, offline=offline)
        except FileMissingError:
            continue
        if noted:
            expected = Weights(path.name, noted["sha256"], noted["size_bytes"], layout)
            return fetch_weights(at, expected, name, cache, offline=offline)
        digest = _as_the_hub_says(at, name, path, cache, offline)
        noted |= {
            "repository": str(at),
            "file": name,
            "sha256": digest,
            "size_bytes": path.stat().st_size,
            "network": with_dim(described.model.network, described.model.preprocess),
        }
        described.entry.write_record(noted)
        return path
    raise _only_pickles(described, cache, offline)


def _as_the_hub_says(at: Repository, name: str, path: Path, cache: Cache, offline: bool) -> str:
    """SHA-256 of a fetched file, which names the hub's copy of large ones."""
    digest, told = sha256_of(path), path.resolve().name
    if not re.fullmatch(r"[0-9a-f]{64}", told) or told == digest:
        return digest
    if offline:
        raise WeightsError(f"{path}: SHA-256 {digest[:12]}..., the hub said {told[:12]}....")
    path = fetch_file(at, name, cache, offline=False, force=True)
    if (digest := sha256_of(path)) != path.resolve().name:
        raise WeightsError(f"{at}: {name} is damaged: SHA-256 {digest[:12]}....")
    return digest


def _only_pickles(described: Described, cache: Cache, offline: bool) -> PatentZooError:
    at, layout = described.repository, described.model.layout
    if offline:
        return DownloadError(
            f"{at}: its weights are not in the cache, and the network may not be used. Where it "
            f"may: patentzoo fetch {at}"
        )
    files = list_files(at) or []
    pickle = next((name for name in PICKLES[layout] if name in files), "")
    if not pickle:
        wanted = " or ".join(WEIGHTS_FILES[layout])
        return WeightsError(
            f"{at}: no {wanted} in it. Found: {', '.join(files[:12]) or 'nothing that it lists'}."
        )
    return WeightsError(
        f"{at}: its weights are there as a pickle only ({pickle}), which could run code where it "
        f"is read. Make safetensors of it, once, without running any: patentzoo convert {at}"
    )


def bare_card(described: Described) -> Card:
    """A card for a model that has only an address; network and weights are still to come."""
    model, at = described.model, described.repository
    return Card(
        name=re.sub(r"^[^A-Za-z0-9]+", "", at.repo.partition("/")[2]) or "model",
        summary=f"{at.repo} on a hub, a model of {model.layout}",
        dim=1,
        licence=model.licence or "not stated in its configuration: see its page",
        weights=Weights("model.safetensors", "0" * 64, 1, model.layout),
        network={"dim": 1},
        preprocess=model.preprocess,
        citation=model.citation,
    )


def _merged(card: Card, described: Described, network: Mapping[str, Any], weights: Weights) -> Card:
    """The card, with the repository's word on network and preprocessing."""
    at, layout = described.repository, described.model.layout
    if card.network.get("dim") not in (1, network["dim"]):
        logger.warning(
            "%s: embeddings of %d numbers by its repository, of %d by its card; the former holds.",
            *(card.name, network["dim"], card.dim),
        )
    return dataclasses.replace(
        card,
        dim=int(network["dim"]),
        network=network,
        preprocess=described.model.preprocess,
        weights=weights,
        sources=(HubSource(at.repo, at.revision, format=layout),),
    )
