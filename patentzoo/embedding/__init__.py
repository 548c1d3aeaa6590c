"""embed(): decode and preprocess in workers, batches through the model, ids with their image."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from patentzoo.embedding.batcher import EmbeddedBatch, joined
from patentzoo.embedding.batches import embed_batches
from patentzoo.embedding.timings import Timings
from patentzoo.images import SkippedPage
from patentzoo.options import EmbedChanges, EmbedOptions, OnError, ReadOptions, changed
from patentzoo.results import Embeddings, Failure
from patentzoo.system.arguments import checked
from patentzoo.system.keywords import takes
from patentzoo.zoo.card import Card
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

__all__ = [
    "EmbeddedBatch",
    "Embeddings",
    "Failure",
    "OnError",
    "Timings",
    "embed",
    "embed_batches",
    "embed_queries",
    "log_outcome",
]

logger = logging.getLogger(__name__)
left_out_logger = logging.getLogger(f"{__name__}.left_out")
"""A logger of its own, since the command line prints these counts and lists failures itself."""


@checked()
@takes(EmbedChanges, EmbedOptions)
def embed(
    model: RetrievalModel | Card | str | PathLike[str],
    images: Any,
    *,
    options: EmbedOptions | None = None,
    **changes: Unpack[EmbedChanges],
) -> Embeddings:
    """Turn images into unit vectors.

    Args:
        model: From ``load_model``; or a model's name, folder or card, which is loaded.
        images: A file, folder, glob, URL, PIL image, array, bytes, a PDF, a zip or tar of images, a
            grant archive, a CSV or Parquet table of files, or an iterable of these, of pairs
            (id, image), and of (id, image, fields) with a dict of metadata. A generator is consumed
            as it goes; memory holds a few batches.
        **changes: Options by name; see ``EmbedOptions``.
        options: Several options together; those given by name replace theirs.

    Returns:
        One row a page or figure, in the order of the images.

    Raises:
        ImageError: An image that cannot be used, unless skipped; a folder without images.
        ConfigError: An impossible option, or two images with one id (which, too, is left out and
            listed under ``on_error="skip"``).
    """
    model = as_model(model, "embed(model, images)", images)
    run = changed(EmbedOptions(), options, changes)
    made = joined(embed_batches(model, images, options=run), model.dim)
    log_outcome(len(made.ids), made.failures, made.left_out)
    return Embeddings(
        made.vectors, made.ids, made.metadata, model.name, model.fingerprint, made.failures
    )


def embed_queries(
    model: RetrievalModel,
    images: Any,
    options: ReadOptions,
    on_error: OnError = "raise",
    batch_size: int = 32,
) -> tuple[list[str], npt.NDArray[np.float32], list[dict[str, Any]], list[Failure]]:
    """Like :func:`embed` for what is searched once: two queries may have one id.

    Args:
        model: As for ``embed``; ``images`` as well.
        images: As for ``embed``.
        options: How to read.
        on_error: As for ``embed``.
        batch_size: As for ``embed``.

    Returns:
        The ids, the unit rows, float32 (n, dim), what is known of each, and what was left out.
    """
    batches = embed_batches(
        model,
        images,
        options=options,
        unique_ids=False,
        batch_size=batch_size,
        on_error=on_error,
    )
    made = joined(batches, model.dim)
    return made.ids, made.vectors, made.metadata, made.failures


def log_outcome(embedded: int, failures: list[Failure], left_out: Iterable[SkippedPage]) -> None:
    """Say in the log what a run left out, with its counts."""
    counts = Counter(note.kind for note in left_out)
    if counts:
        told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        left_out_logger.warning("left out: %s", told)
    if failures:
        logger.warning(
            "%d of %d images left out; the first: %s",
            len(failures),
            len(failures) + embedded,
            failures[0].reason,
        )
