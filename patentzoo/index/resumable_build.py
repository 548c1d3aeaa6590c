"""A long build: kept beside its target until it is complete, and gone on with after a stop."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from patentzoo.embedding import embed_batches
from patentzoo.embedding.resumed_runs import UnchangedSources
from patentzoo.errors import OutputError, PatentZooError
from patentzoo.index import transaction, updates
from patentzoo.index.index import Index
from patentzoo.index.saving import save_to
from patentzoo.index.storage import failures, schema
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.target import (
    check_target,
    holds_index,
    move_into,
    remove_folder,
    workplace,
)
from patentzoo.index.upsert_batch import batches_of_shards, in_chunks
from patentzoo.options import EmbedOptions
from patentzoo.shards import ShardSet
from patentzoo.system.files import make_folder
from patentzoo.system.locks import exclusive_lock

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)


def build_at(
    path: Path,
    model: RetrievalModel,
    images: Any,
    options: EmbedOptions,
    meta: dict[str, Any],
    *,
    overwrite: bool,
) -> Index:
    """Build an index of images at ``path``; see ``build_index``."""
    unfinished = workplace(path)
    make_folder(unfinished.parent, f"{unfinished.parent}: the index cannot be written")
    with exclusive_lock(unfinished.with_suffix(".lock"), f"Building {path}"):
        store = _begun(unfinished, {**meta, "build_key": build_key(meta, images, options)})
        store.mmap = isinstance(images, ShardSet)  # more than memory holds, perhaps
        index = Index(store, model)
        try:
            _fill(index, model, images, options)
            index.compact()
        except BaseException:  # Ctrl-C, too: what is committed is gone on with
            kept, left_out = len(index), len(index.failures)
            index.store.close()
            if kept or left_out:
                logger.warning("%d drawings are done; the same call goes on from there.", kept)
            else:
                remove_folder(unfinished)
            raise
        _move(index, unfinished, path, overwrite=overwrite)
    return Index(IndexFolder.open(path, mmap=store.mmap), model)


def _fill(index: Index, model: RetrievalModel, images: Any, options: EmbedOptions) -> None:
    """Commit every few hundred drawings; at the end, leave out what is asked for no more."""
    with index.read() as view:
        hashes = transaction.known_hashes(view.connection)
    if isinstance(images, ShardSet):
        for part in batches_of_shards(images, hashes):
            updates.commit(index, part)
        return
    known = UnchangedSources(hashes)
    batches = embed_batches(model, images, options=options, skip=known)
    for batch in in_chunks(batches, index.dim):
        updates.commit(index, batch)
    updates.set_paths(index, known.paths)
    with index.read() as view:
        there = set(transaction.known_hashes(view.connection)) | failures.sources(view.connection)
    stale = there - known.seen
    if stale:  # an earlier run met them; this one, asked for other images, did not
        with index.store.writing() as connection:
            rows = [transaction.rows_of_source(connection, name) for name in sorted(stale)]
            transaction.delete_rows(connection, np.concatenate(rows))
            failures.delete(connection, stale)


def _begun(folder: Path, meta: dict[str, Any]) -> IndexFolder:
    """The unfinished index of an earlier run with the same model and options, or a new one."""
    if folder.is_dir():
        with contextlib.suppress(PatentZooError):
            store = IndexFolder.open(folder)
            with store.reading() as connection:
                found = schema.read_meta(connection)
            if found.get("build_key") == meta["build_key"]:
                store.remove_orphans()
                return store
            store.close()
        remove_folder(folder)
    make_folder(folder, f"{folder}: the index cannot be written")
    return IndexFolder.create(folder, meta)


def build_key(meta: dict[str, Any], images: Any, options: EmbedOptions) -> str:
    """What must be the same for vectors and metadata of an earlier run to be used."""
    rule = options.patent
    if callable(rule):
        label = f"function {getattr(rule, '__module__', '')}.{getattr(rule, '__qualname__', '')}"
    elif rule is not None and Path(os.fspath(rule)).is_file():
        label = hashlib.sha256(Path(os.fspath(rule)).read_bytes()).hexdigest()
    else:
        label = str(rule)
    settings = {key: meta[key] for key in ("fingerprint", "storage", "dim")}
    read = [label, options.figures, options.max_pixels, sorted(options.moved_limits().items())]
    read += [] if options.photos == "grey" else [options.photos]
    read += [] if options.kind == "all" else [options.kind]
    read += [images.key] if isinstance(images, ShardSet) else []
    return json.dumps([settings, read], sort_keys=True, default=float)


def _move(index: Index, unfinished: Path, path: Path, *, overwrite: bool) -> None:
    """Put the finished index in its place; an index that has come there meanwhile stays."""
    check_target(path, overwrite=overwrite)
    if path.is_dir() and holds_index(path):
        save_to(index, path, overwrite=overwrite)
        index.store.close()
        remove_folder(unfinished)
        return
    index.store.close()
    try:
        move_into(unfinished, path)
    except OSError as error:
        raise OutputError(
            f"{path}: the index cannot be written ({error.strerror or error}). It is complete in "
            f"{unfinished}: the same call goes on from there."
        ) from error
