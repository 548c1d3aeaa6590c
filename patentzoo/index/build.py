"""build_index() and load_index()."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from patentzoo.embedding import embed_batches
from patentzoo.errors import ConfigError
from patentzoo.index import engine_file, transaction, updates
from patentzoo.index.engines.factory import EngineName, check_engine, choose
from patentzoo.index.index import Index, ModelOfIndex
from patentzoo.index.milvus.address import is_address
from patentzoo.index.milvus.opening import build_served, open_served, served_at
from patentzoo.index.resumable_build import build_at
from patentzoo.index.state.snapshot_cache import load, one_state
from patentzoo.index.storage import catalogue, read_settings, schema
from patentzoo.index.storage.codec import Codec, Storage
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.schema import Connection
from patentzoo.index.target import check_target
from patentzoo.index.upsert_batch import (
    UpsertBatch,
    batches_of_shards,
    of_batches,
    of_embeddings,
)
from patentzoo.options import EmbedChanges, EmbedOptions, changed
from patentzoo.results import Embeddings
from patentzoo.shards import ShardSet, holds_shards, open_shards
from patentzoo.system.arguments import PATH, checked
from patentzoo.system.files import file_to_write
from patentzoo.system.keywords import takes
from patentzoo.zoo.card import Card
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


@checked(path=PATH | None)
@takes(EmbedChanges, EmbedOptions)
def build_index(
    model: RetrievalModel | Card | str | PathLike[str],
    images_or_embeddings: Any,
    *,
    path: str | PathLike[str] | None = None,
    engine: EngineName | Literal["milvus"] = "auto",
    storage: Storage = "float32",
    overwrite: bool = False,
    uri: str | None = None,
    options: EmbedOptions | None = None,
    **changes: Unpack[EmbedChanges],
) -> Index:
    """Make drawings searchable.

    With ``path``, a run that was interrupted goes on where it stopped when it is started again:
    what it had is kept beside ``path`` meanwhile, or in it, where that folder is there already.
    The options from ``batch_size`` on are for images only. What ``on_error="skip"`` left out stands
    in ``index.failures``; ``photos`` and ``figures`` are kept with the index, for what is added
    later, and ``photos`` for queries; ``Index.update`` changes metadata later.

    Args:
        model: From ``load_model``; or a model's name, folder or card, which is loaded.
        images_or_embeddings: Images as for ``embed``, or the Embeddings it gave; or the folder of
            shards that ``patentzoo embed --shard`` wrote, read one file at a time.
        path: The folder the index lives in; checked before the work begins. None: in memory.
        engine: What compares vectors: ``"flat"``, exactly, one by one; ``"hnsw"``, a graph;
            ``"ivfpq"``, cells and short codes, compared again by the stored vectors. ``"auto"``
            chooses by size. ``"milvus"``: a Milvus server keeps the index.
        storage: How a number of a vector is kept: ``"float32"``, ``"float16"`` or ``"int8"``.
        overwrite: Replace an index that is there; it stays until the new one is complete.
        uri: With ``engine="milvus"``: ``http://host:port/collection``, or with the scheme
            ``milvus``, as ``load_index`` takes it.
        **changes: Options by name; see ``EmbedOptions``.
        options: Several options together; those given by name replace theirs.

    Returns:
        The index, which lives in the folder ``path``, or in memory.

    Raises:
        ImageError: As for ``embed``.
        IndexMismatchError: Embeddings of another model.
        OutputError: ``path`` holds an index and ``overwrite`` was not given, holds something
            else, or cannot be written; found out before the first drawing is read.
        IndexServerError: The server cannot be reached, is too slow, or refuses.
        ConfigError: An impossible option.
    """
    model = as_model(model, "build_index(model, images)", images_or_embeddings)
    served = served_at(uri, path, storage) if engine == "milvus" else None
    if served is None:
        check_engine(engine)
        if uri is not None:
            raise ConfigError("uri= is for engine='milvus'. Give that, too.")
    Codec(storage, model.dim)
    run = changed(EmbedOptions(), options, changes)
    if path is not None:
        check_target(file_to_write(path), overwrite=overwrite)
    given, run, made_by = _checked_given(model, images_or_embeddings, run)
    meta = transaction.new_meta(*made_by, storage, engine, run.photos, read_settings.kept(run))
    if served is not None:
        return build_served(served, model, given, run, meta, overwrite=overwrite)
    # Embeddings are there already: nothing is lost if writing them is broken off.
    if path is not None and not isinstance(given, Embeddings):
        return build_at(Path(path), model, given, run, meta, overwrite=overwrite)
    index = _in_memory(meta, _batches(model, given, run), engine, model)
    if path is None:
        return index
    index.save(path, overwrite=overwrite)
    return Index(IndexFolder.open(Path(path)), model)


def _checked_given(
    model: RetrievalModel, given: Any, run: EmbedOptions
) -> tuple[Any, EmbedOptions, tuple[str, str, int]]:
    """What an index is built of, how it was or will be read, and the model of its vectors.

    Raises:
        ConfigError: ``metadata`` beside Embeddings.
        IndexMismatchError: Shards of another model.
    """
    if isinstance(given, Embeddings):
        if run.metadata is not None:
            raise ConfigError("metadata= is for images: Embeddings bring their own. Leave it out.")
        return given, run, (given.model, given.fingerprint, given.dim)
    if holds_shards(given):
        given = open_shards(given)
    if isinstance(given, ShardSet):
        ModelOfIndex(given.model, given.fingerprint, model)  # one of another model is an error
        run = changed(EmbedOptions(), None, {**given.settings})
    return given, run, (model.name, model.fingerprint, model.dim)


def _batches(model: RetrievalModel, given: Any, run: EmbedOptions) -> Iterator[UpsertBatch]:
    if isinstance(given, ShardSet):
        yield from batches_of_shards(given)
    elif isinstance(given, Embeddings):
        yield of_embeddings(given)
    else:
        # As one change: in memory nothing is gained by committing some of it before.
        yield of_batches(embed_batches(model, given, options=run), model.dim)


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
        path: The folder ``Index.save`` or ``build_index`` wrote; or the address of an index that a
            Milvus server keeps, ``milvus://host:port/collection``.
        model: The model that made it, or its name, folder or card. None: loaded by its name when a
            search by image needs it.
        mmap: Map the vectors from their files instead of reading them: it opens at once and several
            processes share one copy. Engines other than the exact one still hold their own data.
        verify: Compare every file with its checksum, and every drawing with the vectors. None: yes,
            unless the vectors are mapped.

    Returns:
        The index, which lives in ``path``: every change is on the disk when its call returns.

    Raises:
        IndexDamagedError: Files missing, cut off or altered, by name; or a format newer than this
            patentzoo.
        IndexMismatchError: ``model`` is not the one that made the index.
        IndexServerError: The server cannot be reached, or has no such collection.
    """
    if model is not None:
        model = as_model(model, "load_index(path, model)")
    if is_address(path):
        return open_served(str(path), model)
    folder = Path(path)
    store = IndexFolder.open(folder, mmap=mmap)
    if verify if verify is not None else not mmap:
        verify_store(store)
    return Index(store, model)


def is_index(path: str | PathLike[str]) -> bool:
    """Whether a folder holds an index; or an address names one, which is not asked for it."""
    if is_address(path):
        return True
    folder = Path(path)
    try:
        return (folder / schema.CATALOGUE).is_file()
    except (OSError, ValueError):  # no path at all: a URL too long, a NUL
        return False


def verify_store(store: IndexFolder) -> None:
    """Compare every file of an index with its checksum, and the files with one another.

    Raises:
        IndexDamagedError: By name.
    """
    with store.reading() as connection:
        catalogue.verify_catalogue(store.folder, connection)

    def files(connection: Connection) -> None:
        catalogue.verify_checksum(store.folder, connection)
        snapshot = load(store, connection, None, verify=True)
        catalogue.verify_rows(store.folder, connection, snapshot.rows)
        engine_file.verify(store.folder, snapshot.meta)

    with one_state(store, files):
        pass


def _in_memory(
    meta: dict[str, Any], batches: Iterator[UpsertBatch], engine: str, model: RetrievalModel | None
) -> Index:
    index = Index(IndexFolder.create(None, meta), model)
    for batch in batches:
        updates.commit(index, batch)
    if choose(engine, len(index)) != "flat":
        index.compact()
    index.recalibrate(only_new=True)
    return index
