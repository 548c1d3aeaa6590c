"""build_index() and load_index()."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.embedding import OnError, embed
from patentzoo.errors import ConfigError, IndexDamagedError, QueryError
from patentzoo.images import PatentRule, ReadOptions
from patentzoo.index import storage
from patentzoo.index.index import Index
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
) -> Index:
    """Make drawings searchable.

    Args:
        model: From ``load_model``.
        images_or_embeddings: Images as for ``embed``, or the Embeddings it gave.
        path: Save the index there, too; checked before the work begins.
        batch_size: As for ``embed``; this and the rest is for images only.
        workers: As for ``embed``.
        on_error: As for ``embed``; what was skipped stands in ``index.failures``.
        progress: As for ``embed``.
        allow_urls: As for ``embed``.
        patent: As for ``embed``.
        max_pixels: As for ``embed``.

    Raises:
        ImageError: As for ``embed``.
        IndexMismatchError: Embeddings of another model.
        OutputError: ``path`` holds something other than an index.
        ConfigError: An impossible option.
    """
    if path is not None:
        storage.check_target(Path(path))
    if isinstance(images_or_embeddings, Embeddings):
        embeddings = images_or_embeddings
    else:
        embeddings = embed(
            model,
            images_or_embeddings,
            batch_size=batch_size,
            workers=workers,
            on_error=on_error,
            progress=progress,
            allow_urls=allow_urls,
            patent=patent,
            max_pixels=max_pixels,
        )
    index = Index(embeddings, model)
    if path is not None:
        index.save(path)
    return index


def load_index(path: str | PathLike[str], model: RetrievalModel | None = None) -> Index:
    """Open a saved index; every file is verified.

    Args:
        path: The folder ``Index.save`` wrote.
        model: The model that made it. None: loaded by its name when a search by image needs it.

    Raises:
        IndexDamagedError: Files missing, cut off or altered, by name.
        IndexMismatchError: ``model`` is not the one that made the index.
    """
    stored = storage.read(Path(path))
    catalogue = stored.catalogue
    try:
        embeddings = Embeddings(
            stored.vectors, catalogue.ids, catalogue.rows, stored.model, stored.fingerprint
        )
    except (ConfigError, QueryError) as error:
        raise IndexDamagedError(
            f"{path}: the index is damaged ({error}). Build it again."
        ) from error
    return Index(embeddings, model)
