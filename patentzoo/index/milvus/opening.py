"""build_index() and load_index() of an index that a Milvus server keeps.

A build fills a collection under another name, and gives it its own when it is complete, so that one
that is there serves until then. A build that was stopped goes on in what it had.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from patentzoo.embedding import embed_batches
from patentzoo.embedding.resumed_runs import UnchangedSources
from patentzoo.errors import ConfigError, OutputError
from patentzoo.index.milvus import calibration, changes
from patentzoo.index.milvus.address import Address, join_address, read_address
from patentzoo.index.milvus.collection import STEP, MilvusCollection
from patentzoo.index.milvus.index import MilvusIndex
from patentzoo.index.milvus.left_out import LeftOut
from patentzoo.index.milvus.server import MilvusServer
from patentzoo.index.resumable_build import build_key
from patentzoo.index.upsert_batch import (
    UpsertBatch,
    batches_of_shards,
    in_chunks,
    of_embeddings,
)
from patentzoo.options import EmbedOptions
from patentzoo.results import Embeddings
from patentzoo.shards import ShardSet

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)
BUILDING = "__building"


def open_served(address: str, model: RetrievalModel | None) -> MilvusIndex:
    """See ``load_index``."""
    return MilvusIndex(read_address(address), model)


def served_at(uri: str | None, path: Any, storage: str) -> Address:
    """Check what ``build_index`` was given for a served index; where it is to be.

    Raises:
        ConfigError: Something is missing, or means nothing with a server.
    """
    if path is not None:
        raise ConfigError("path= is for an index in a folder; engine='milvus' takes uri=.")
    if storage != "float32":
        raise ConfigError(
            f"storage = {storage!r}: a Milvus server is sent float32. It can be told to keep less."
        )
    return join_address(uri, None)


def build_served(
    address: Address,
    model: RetrievalModel,
    given: Any,
    run: EmbedOptions,
    meta: Mapping[str, Any],
    *,
    overwrite: bool,
) -> MilvusIndex:
    """See ``build_index``."""
    server = MilvusServer(address)
    final = MilvusCollection(server)
    _check_target(final, address, overwrite=overwrite)
    drawings = MilvusCollection(server, f"{address.collection}{BUILDING}")
    left_out = LeftOut(server, drawings.name)
    _begin(drawings, left_out, {**meta, "build_key": build_key(dict(meta), given, run)})
    try:
        _fill(drawings, left_out, model, given, run)
        calibration.calibrate_large(drawings)
    except BaseException:
        logger.warning("What was sent to %s is kept; the same call goes on from there.", address)
        raise
    if final.exists():
        _check_target(final, address, overwrite=overwrite)
        final.drop()
    LeftOut(server, final.name).drop()
    left_out.rename(final.name)
    drawings.rename(final.name)
    return MilvusIndex(address, model)


def _check_target(final: MilvusCollection, address: Address, *, overwrite: bool) -> None:
    if overwrite or not final.exists():
        return
    count = final.server.count(final.name)
    raise OutputError(
        f"{address} holds a collection of {count:,} rows; nothing was changed. To add to it: "
        "load_index(path).add(drawings). To replace it: overwrite=True."
    )


def _begin(drawings: MilvusCollection, left_out: LeftOut, meta: Mapping[str, Any]) -> None:
    """Take up the unfinished collection of an earlier run with the same model and options."""
    if drawings.exists():
        if drawings.meta().get("build_key") == meta["build_key"]:
            drawings.open()
            return
        drawings.drop()
    left_out.drop()
    kept = {key: meta[key] for key in ("model", "fingerprint", "photos", "reading", "build_key")}
    drawings.create(int(meta["dim"]), kept)


def _fill(
    drawings: MilvusCollection,
    left_out: LeftOut,
    model: RetrievalModel,
    given: Any,
    run: EmbedOptions,
) -> None:
    """Send what is missing; at the end, take out what is asked for no more."""
    begun = bool(drawings.server.count(drawings.name))
    if isinstance(given, Embeddings):
        for batch in _pieces(of_embeddings(given)):
            changes.commit(drawings, left_out, batch, fresh=not begun)
        return
    known = changes.known_sources(drawings) if begun else {}
    if isinstance(given, ShardSet):
        for batch in batches_of_shards(given, known):
            changes.commit(drawings, left_out, batch, fresh=not begun)
        return
    unchanged = UnchangedSources(known)
    batches = embed_batches(model, given, options=run, skip=unchanged)
    for batch in in_chunks(batches, model.dim):
        changes.commit(drawings, left_out, batch, fresh=not begun)
    if begun:
        changes.set_paths(drawings, unchanged.paths)
        every = set(changes.KnownSources(drawings))
        changes.remove_sources(drawings, left_out, every - unchanged.seen)


def _pieces(batch: UpsertBatch) -> Iterator[UpsertBatch]:
    """A batch of vectors without sources in parts, so that its rows are not all made at once."""
    step = 10 * STEP
    for start in range(0, max(len(batch.ids), 1), step):
        part = slice(start, start + step)
        yield UpsertBatch(
            batch.vectors[part],
            batch.ids[part],
            batch.metadata[part],
            batch.source_of[part],
            failures=batch.failures if start == 0 else (),
        )
