"""The images of a protocol as vectors, by a model or by a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError, ImageError, PatentZooError, near_miss
from patentzoo.evaluate.protocol import Protocol
from patentzoo.images import Page
from patentzoo.options import EmbedOptions, Figures, ReadOptions
from patentzoo.results import Embeddings, Failure
from patentzoo.sources import iter_sources

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


@dataclass(frozen=True, eq=False)
class Gallery:
    """n encoded images.

    Attributes:
        ids: n ids.
        vectors: (n, d) floats.
        patents: n patents.
        failures: images that were left out.
        model: name of what made the vectors.
        fingerprint: of the model; empty for a baseline.
    """

    ids: tuple[str, ...]
    vectors: NDArray[np.floating]
    patents: tuple[str, ...]
    failures: tuple[Failure, ...]
    model: str
    fingerprint: str = ""


def encode_gallery(
    model: RetrievalModel | Embeddings | str,
    protocol: Protocol,
    options: EmbedOptions,
) -> Gallery:
    """Encode a protocol's images; a fixed protocol allows no failures, a folder reports them."""
    if isinstance(model, str):
        return _by_floor(model, protocol, options.progress)
    if isinstance(model, Embeddings):
        return _from_embeddings(model, protocol)
    from patentzoo.embedding import embed

    embeddings = embed(
        model,
        protocol.images,
        options=options,
        on_error="raise" if protocol.patents and not protocol.lenient else "skip",
        figures=_figures(protocol),
    )
    return _from_embeddings(embeddings, protocol)


def _from_embeddings(embeddings: Embeddings, protocol: Protocol) -> Gallery:
    owners = {protocol.owner(id_) for id_ in embeddings.ids}
    missing = set(protocol.patents) - owners
    if missing and not protocol.lenient:
        raise ConfigError(
            f"The embeddings lack {len(missing)} images of protocol {protocol.name!r}, one of them "
            f"{min(missing)!r}: embed the protocol's own (id, file) pairs."
        )
    rows = zip(embeddings.ids, embeddings.metadata, strict=True)
    return Gallery(
        ids=tuple(embeddings.ids),
        vectors=embeddings.vectors,
        patents=tuple(_patent(protocol, id_, data.get("patent")) for id_, data in rows),
        failures=(*_not_there(protocol), *embeddings.failures),
        model=embeddings.model,
        fingerprint=embeddings.fingerprint,
    )


def _by_floor(name: str, protocol: Protocol, progress: bool) -> Gallery:
    from patentzoo.evaluate.baselines import BASELINES, CENTRED

    if protocol.by_figures:
        raise ConfigError("Baselines are not measured by figures; leave --by-figures out for them.")
    if name not in BASELINES:
        raise ConfigError(f"No baseline {name!r}. {near_miss(name, BASELINES)}")
    ids, patents, failures = [], [], []
    vectors: list[NDArray[np.float32]] = []
    for id_, outcome in _pages(protocol, name, progress):
        try:
            if isinstance(outcome, PatentZooError):
                raise outcome
            vectors.append(BASELINES[name](outcome.grey))
        except ImageError as error:
            if protocol.patents and not protocol.lenient:
                raise
            failures.append(Failure(id_, str(error)))
        else:
            ids.append(id_)
            patents.append(_patent(protocol, id_, outcome.patent))
    stacked = np.stack(vectors) if vectors else np.empty((0, 1), np.float32)
    if name in CENTRED and len(stacked):
        stacked = stacked - stacked.mean(axis=0)
    return Gallery(tuple(ids), stacked, tuple(patents), (*_not_there(protocol), *failures), name)


def _figures(protocol: Protocol) -> Figures:
    """How a protocol's sheets are cut: those it lists one by one count as they are."""
    if protocol.by_figures:
        return "split"
    return "whole" if protocol.patents else "auto"


def _not_there(protocol: Protocol) -> list[Failure]:
    return [Failure(id_, "listed, but there is no such file") for id_ in protocol.missing]


def _pages(
    protocol: Protocol, name: str, progress: bool
) -> Iterator[tuple[str, Page | PatentZooError]]:
    from rich.console import Console
    from rich.progress import track

    sources = list(iter_sources(protocol.images, ReadOptions(figures=_figures(protocol))))
    console = Console(stderr=True)
    for source in track(sources, description=name, console=console, disable=not progress):
        yield from source.outcomes()


def _patent(protocol: Protocol, id_: str, read: str | None) -> str:
    """The patent of an image; one that belongs to none is a patent of its own."""
    return protocol.patents.get(protocol.owner(id_)) or read or f"no patent: {id_}"
