"""build_index() and load_index()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.embedding import OnError, Timings
from patentzoo.images import Figures, PatentRule, Photos, ReadOptions
from patentzoo.index import catalogue, changes, growth, legacy, schema, unfiled
from patentzoo.index.changes import Incoming
from patentzoo.index.codec import Codec, Storage
from patentzoo.index.engines import EngineName, check_engine, choose
from patentzoo.index.incoming import Known, Reading, of_batches, of_embeddings
from patentzoo.index.index import Index
from patentzoo.index.open import load
from patentzoo.index.resume import build_at
from patentzoo.index.saving import check_target
from patentzoo.index.store import Store
from patentzoo.results import Embeddings

if TYPE_CHECKING:
    from patentzoo.model import RetrievalModel


def build_index(
    model: RetrievalModel,
    images_or_embeddings: Any,
    *,
    path: str | PathLike[str] | None = None,
    batch_size: int = 32,
    workers: int | None = None,
    on_error: OnError = "raise",
    progress: bool = False,
    allow_urls: bool = False,
    patent: PatentRule = None,
    max_pixels: int = ReadOptions.max_pixels,
    figures: Figures = "auto",
    limits: Mapping[str, float] | None = None,
    photos: Photos = "auto",
    processes: bool = False,
    timings: Callable[[Timings], None] | None = None,
    engine: EngineName = "auto",
    storage: Storage = "float32",
) -> Index:
    """Make drawings searchable.

    With ``path``, a run that was interrupted goes on where it stopped when it is started again:
    what it had is kept beside ``path`` meanwhile, and an index already there stays until the new
    one is complete.

    Args:
        model: From ``load_model``.
        images_or_embeddings: Images as for ``embed``, or the Embeddings it gave.
        path: The folder the index lives in; checked before the work begins. None: in memory.
        batch_size: As for ``embed``; this and the rest up to ``timings`` is for images only.
        workers: As for ``embed``.
        on_error: As for ``embed``; what was skipped stands in ``index.failures``.
        progress: As for ``embed``.
        allow_urls: As for ``embed``.
        patent: As for ``embed``.
        max_pixels: As for ``embed``.
        figures: As for ``embed``.
        limits: As for ``embed``.
        photos: As for ``embed``; kept with the index, for what is added later and for queries.
        processes: As for ``embed``.
        timings: As for ``embed``.
        engine: What compares vectors: ``"flat"``, exactly, one by one; ``"hnsw"``, a graph;
            ``"ivfpq"``, cells and short codes, compared again by the stored vectors. ``"auto"``
            chooses by size.
        storage: How a number of a vector is kept: ``"float32"``, ``"float16"`` or ``"int8"``.

    Raises:
        ImageError: As for ``embed``.
        IndexMismatchError: Embeddings of another model.
        OutputError: ``path`` holds something other than an index, or cannot be written.
        ConfigError: An impossible option.
    """
    check_engine(engine)
    Codec(storage, model.dim)
    if path is not None:
        check_target(Path(path))
    given = images_or_embeddings
    made_by = (model.name, model.fingerprint, model.dim)
    if isinstance(given, Embeddings):
        made_by = (given.model, given.fingerprint, given.dim)
    reading = Reading(
        batch_size,
        workers,
        on_error,
        progress,
        allow_urls,
        patent,
        max_pixels,
        figures,
        limits,
        photos,
        processes,
        timings,
    )
    meta = changes.new_meta(*made_by, storage, engine, photos, reading.kept())
    if path is not None and not isinstance(given, Embeddings):
        return build_at(Path(path), model, given, reading, meta)
    if isinstance(given, Embeddings):
        coming = of_embeddings(given)
    else:
        coming = of_batches(reading.batches(model, given, Known({})), model.dim)
    index = _in_memory(meta, coming, engine, model)
    if path is None:
        return index
    index.save(path)
    return Index(Store.open(Path(path)), model)


def load_index(
    path: str | PathLike[str],
    model: RetrievalModel | None = None,
    *,
    mmap: bool = False,
    verify: bool | None = None,
) -> Index:
    """Open a saved index.

    Args:
        path: The folder ``Index.save`` or ``build_index`` wrote.
        model: The model that made it. None: loaded by its name when a search by image needs it.
        mmap: Map the vectors from their files instead of reading them: it opens at once and several
            processes share one copy. Engines other than the exact one still hold their own data.
        verify: Compare every file with its checksum, and every drawing with the vectors. None: yes,
            unless the vectors are mapped.

    Raises:
        IndexDamagedError: Files missing, cut off or altered, by name; or a format newer than this
            patentzoo.
        IndexMismatchError: ``model`` is not the one that made the index.
    """
    folder = Path(path)
    if not (folder / schema.CATALOGUE).is_file() and legacy.is_legacy(folder):
        found = legacy.read(folder)
        made_by = found.model, found.fingerprint, found.dim
        meta = changes.new_meta(*made_by, "float32", "auto")
        return _in_memory(meta, of_embeddings(found), "flat", model)
    store = Store.open(folder, mmap=mmap)
    if verify if verify is not None else not mmap:
        verify_store(store)
    return Index(store, model)


def verify_store(store: Store) -> None:
    """Compare every file of an index with its checksum, and the files with one another.

    Raises:
        IndexDamagedError: By name.
    """
    with store.reading() as connection:
        catalogue.verify_catalogue(store.folder, connection)
        snapshot = load(store, connection, None, verify=True)
        catalogue.verify_rows(store.folder, connection, snapshot.rows)
        growth.verify_engine(store.folder, snapshot.meta)


def _in_memory(
    meta: dict[str, Any], coming: Incoming, engine: str, model: RetrievalModel | None
) -> Index:
    store = unfiled.hold(meta, coming, engine)
    if store is not None:
        return Index(store, model)
    index = Index(Store.create(None, meta), model)
    growth.commit(index, coming)
    if choose(engine, len(index)) != "flat":
        index.compact()
    return index
