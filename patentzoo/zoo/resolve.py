"""From a name to a model's files: its sources in order, verified, none trusted unseen."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patentzoo.errors import (
    ConfigError,
    DownloadError,
    ModelError,
    ModelNotFoundError,
    WeightsError,
)
from patentzoo.zoo.author_archives import from_authors
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.card import Card
from patentzoo.zoo.hub import SCHEME, Repository, fetch_weights, find_in_hub
from patentzoo.zoo.registry import card_named, entry_name, zoo_folder
from patentzoo.zoo.store import verify_weights
from patentzoo.zoo.weight_sources import (
    ArchiveSource,
    HubSource,
    LocalSource,
    PackageSource,
    Source,
    kind_of,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResolvedWeights:
    """A model's files, verified.

    Attributes:
        card: With the hash and size of the weights.
        weights: The safetensors file.
    """

    card: Card
    weights: Path


@dataclass(frozen=True)
class Request:
    """How a model is to be had.

    Attributes:
        cache: Where fetched models are kept.
        offline: Open no socket.
        again: Ask the hub what a branch points to now.
        progress: Draw progress bars.
        folder: Where the card lies; None for a card of the package.
    """

    cache: Cache
    offline: bool
    again: bool = False
    progress: bool = False
    folder: Path | None = None


def find(name: str, request: Request, revision: str | None = None) -> ResolvedWeights:
    """Find a model, and fetch it where it is not here yet.

    Args:
        name: A card's name, a folder with ``card.toml``, or ``hf://organisation/name@revision``.
        request: How.
        revision: Of a repository.

    Raises:
        ModelNotFoundError: Nothing has that name.
        DownloadError: None of its sources could be reached.
        WeightsError: What came is not what the card describes.
        OutputError: The cache cannot be written.
        ConfigError: A faulty card or address, or a revision of something that has none.
    """
    if name.startswith(SCHEME):
        repository = Repository.parse(name, revision)
        return ResolvedWeights(
            *find_in_hub(repository, request.cache, offline=request.offline, again=request.again)
        )
    card, folder = card_named(name)
    if revision is not None:
        raise ConfigError(
            f"revision = {revision!r}, but {card.name} is no repository and has no revisions. "
            "Leave it out."
        )
    default: Source = PackageSource() if folder is None else LocalSource()
    request = dataclasses.replace(request, folder=folder)
    return _from_sources(card, card.sources or (default,), request)


def _from_sources(card: Card, sources: tuple[Source, ...], request: Request) -> ResolvedWeights:
    reasons: list[ModelError] = []
    for source in sources:
        try:
            return _WAYS[type(source)](card, source, request)
        except (DownloadError, WeightsError, ModelNotFoundError) as error:
            reasons.append(error)
            if len(sources) > 1:
                logger.warning("%s, %s: %s", card.name, kind_of(source), error)
    if len(reasons) == 1:
        raise reasons[0]
    lines = "\n".join(
        f"  {kind_of(source)}: {reason}" for source, reason in zip(sources, reasons, strict=True)
    )
    raise DownloadError(f"{card.name}: none of its {len(sources)} sources has it.\n{lines}")


def _from_package(card: Card, source: PackageSource, request: Request) -> ResolvedWeights:
    path = zoo_folder() / "weights" / card.weights.file
    verify_weights(path, card.weights)
    return ResolvedWeights(card, path)


def _from_folder(card: Card, source: LocalSource, request: Request) -> ResolvedWeights:
    path = (request.folder or zoo_folder()) / (source.file or card.weights.file)
    verify_weights(path, card.weights)
    return ResolvedWeights(card, path)


def _from_hub(card: Card, source: HubSource, request: Request) -> ResolvedWeights:
    repository = Repository(source.repo, source.revision)
    path = fetch_weights(
        repository, card.weights, source.file, request.cache, offline=request.offline
    )
    return ResolvedWeights(card, path)


def _from_archive(card: Card, source: ArchiveSource, request: Request) -> ResolvedWeights:
    entry = request.cache.entry(entry_name(card, request.folder))
    return ResolvedWeights(
        *from_authors(card, source, entry, offline=request.offline, progress=request.progress)
    )


_WAYS: dict[type[Source], Callable[[Card, Any, Request], ResolvedWeights]] = {
    PackageSource: _from_package,
    LocalSource: _from_folder,
    HubSource: _from_hub,
    ArchiveSource: _from_archive,
}
