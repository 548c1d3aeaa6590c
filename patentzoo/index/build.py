"""build_index() and load_index()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.embedding import OnError, Timings
from patentzoo.errors import ConfigError
from patentzoo.index import pending_catalogue, transaction, updates
from patentzoo.index.engines.factory import EngineName, check_engine, choose
from patentzoo.index.index import Index
from patentzoo.index.resumable_build import build_at
from patentzoo.index.snapshot_cache import load, one_state
from patentzoo.index.storage import catalogue, schema, version1
from patentzoo.index.storage.codec import Codec, Storage
from patentzoo.index.storage.index_folder import Store
from patentzoo.index.storage.schema import Connection
from patentzoo.index.target import check_target
from patentzoo.index.transaction import Incoming
from patentzoo.index.upsert_batch import Known, Reading, of_batches, of_embeddings
from patentzoo.options import Figures, Kind, Photos, ReadOptions
from patentzoo.results import Embeddings
from patentzoo.sources import MetadataRule, PatentRule
from patentzoo.system.arguments import PATH, checked
from patentzoo.zoo.card import Card
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


@checked(path=PATH | None)
def build_index(
    model: RetrievalModel | Card | str | PathLike[str],
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
    metadata: MetadataRule = None,
    overwrite: bool = False,
    kind: Kind = "all",
) -> Index:
    """Make drawings searchable.

    With ``path``, a run that was interrupted goes on where it stopped when it is started again:
    what it had is kept beside ``path`` meanwhile, or in it, where that folder is there already.

    Args:
        model: From ``load_model``; or a model's name, folder or card, which is loaded.
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
        metadata: As for ``embed``, for images only; ``Index.update`` changes it later.
        overwrite: Replace an index that is at ``path``; it stays until the new one is complete.
        kind: As for ``embed``; kept with the index, for what is added later.

    Raises:
        ImageError: As for ``embed``.
        IndexMismatchError: Embeddings of another model.
        OutputError: ``path`` holds an index and ``overwrite`` was not given, holds something
            else, or cannot be written; found out before the first drawing is read.
        ConfigError: An impossible option.
    """
    model = as_model(model, "build_index(model, images)", images_or_embeddings)
    check_engine(engine)
    Codec(storage, model.dim)
    if path is not None:
        check_target(Path(path), overwrite=overwrite)
    given = images_or_embeddings
    if isinstance(given, Embeddings) and metadata is not None:
        raise ConfigError("metadata= is for images: Embeddings bring their own. Leave it out.")
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
        metadata,
        kind,
    )
    meta = transaction.new_meta(*made_by, storage, engine, photos, reading.kept())
    if path is not None and not isinstance(given, Embeddings):
        return build_at(Path(path), model, given, reading, meta, overwrite=overwrite)
    if isinstance(given, Embeddings):
        coming = of_embeddings(given)
    else:
        coming = of_batches(reading.batches(model, given, Known({})), model.dim)
    index = _in_memory(meta, coming, engine, model)
    if path is None:
        return index
    index.save(path, overwrite=overwrite)
    return Index(Store.open(Path(path)), model)


@checked(path=PATH)
def load_index(
    path: str | PathLike[str],
    model: RetrievalModel | Card | str | PathLike[str] | None = None,
    *,
    mmap: bool = False,
    verify: bool | None = None,
) -> Index:
    """Open a saved index.

    Args:
        path: The folder ``Index.save`` or ``build_index`` wrote.
        model: The model that made it, or its name, folder or card. None: loaded by its name when a
            search by image needs it.
        mmap: Map the vectors from their files instead of reading them: it opens at once and several
            processes share one copy. Engines other than the exact one still hold their own data.
        verify: Compare every file with its checksum, and every drawing with the vectors. None: yes,
            unless the vectors are mapped.

    Raises:
        IndexDamagedError: Files missing, cut off or altered, by name; or a format newer than this
            patentzoo.
        IndexMismatchError: ``model`` is not the one that made the index.
    """
    if model is not None:
        model = as_model(model, "load_index(path, model)")
    folder = Path(path)
    if not (folder / schema.CATALOGUE).is_file() and version1.is_legacy(folder):
        found = version1.read(folder)
        made_by = found.model, found.fingerprint, found.dim
        meta = transaction.new_meta(*made_by, "float32", "auto")
        return _in_memory(meta, of_embeddings(found), "flat", model)
    store = Store.open(folder, mmap=mmap)
    if verify if verify is not None else not mmap:
        verify_store(store)
    return Index(store, model)


def is_index(path: str | PathLike[str]) -> bool:
    """Whether a folder holds an index."""
    folder = Path(path)
    try:
        return (folder / schema.CATALOGUE).is_file() or version1.is_legacy(folder)
    except (OSError, ValueError):  # no path at all: a URL too long, a NUL
        return False


def verify_store(store: Store) -> None:
    """Compare every file of an index with its checksum, and the files with one another.

    Raises:
        IndexDamagedError: By name.
    """
    with store.reading() as connection:
        catalogue.verify_catalogue(store.folder, connection)

    def files(connection: Connection) -> None:
        catalogue.verify_seal(store.folder, connection)
        snapshot = load(store, connection, None, verify=True)
        catalogue.verify_rows(store.folder, connection, snapshot.rows)
        updates.verify_engine(store.folder, snapshot.meta)

    with one_state(store, files):
        pass


def _in_memory(
    meta: dict[str, Any], coming: Incoming, engine: str, model: RetrievalModel | None
) -> Index:
    store = pending_catalogue.hold(meta, coming, engine)
    if store is not None:
        return Index(store, model)
    index = Index(Store.create(None, meta), model)
    updates.commit(index, coming)
    if choose(engine, len(index)) != "flat":
        index.compact()
    return index
