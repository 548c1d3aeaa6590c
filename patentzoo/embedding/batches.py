"""Sources -> batches of vectors, each of whole sources: a run can stop after any of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, get_args

from patentzoo.embedding.batch_encoder import Passes
from patentzoo.embedding.batcher import Collected, EmbeddedBatch, OnError
from patentzoo.embedding.page_reader import Reader
from patentzoo.embedding.prefetch import Read, prepare
from patentzoo.embedding.timings import Timings
from patentzoo.errors import ConfigError, near_miss
from patentzoo.options import ReadOptions
from patentzoo.sources import Labellers, PatentTable, Source, iter_sources
from patentzoo.system.cores import free_cores
from patentzoo.system.progress import progress_of

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


def embed_batches(
    model: RetrievalModel,
    images: Any,
    *,
    batch_size: int = 32,
    workers: int | None = None,
    on_error: OnError = "raise",
    progress: bool = False,
    options: ReadOptions | None = None,
    skip: Callable[[Source], bool] | None = None,
    unique_ids: bool = True,
    timings: Callable[[Timings], None] | None = None,
    processes: bool = False,
) -> Iterator[EmbeddedBatch]:
    """Turn images into unit vectors, some sources at a time.

    The network sees ``batch_size`` images a pass, wherever sources end; rows are given out once
    their source is complete. What was given out need not be made again: ``skip`` leaves it out.

    Args:
        model: From ``load_model``.
        images: As for ``embed``.
        batch_size: As for ``embed``.
        workers: As for ``embed``.
        on_error: As for ``embed``.
        progress: As for ``embed``.
        options: How to read.
        skip: Sources for which this is true are neither read nor counted. Called in this thread, in
            order, before the source is read.
        unique_ids: Whether two images may have one id: with ``on_error="raise"`` an error, else a
            failure.
        timings: As for ``embed``.
        processes: As for ``embed``.

    Raises:
        ImageError: An image that cannot be used, unless skipped; a folder without images.
        ConfigError: An impossible option, or two images with one id.
    """
    check_options(batch_size, workers, on_error)
    count = workers or (free_cores() if processes else default_workers())
    options = options or ReadOptions()
    found, total = _sources(images, options, skip)
    passes = Passes(model, Collected(model, on_error, unique_ids), batch_size, free_cores())
    here = Reader(model.preprocess, passes.gate, passes.watch)
    with (
        progress_of(total, shown=progress) as bar,
        _reading(here, processes) as read,
        # Closed first, or the threads would outlive an error.
        closing(prepare(read, found, count, 4 * count + batch_size)) as events,
    ):
        yield from passes.over(events, bar)
    if total is None and isinstance(options.label, PatentTable | Labellers):
        options.label.report(before=False)
    passes.report(count, timings)


@contextmanager
def _reading(here: Reader, processes: bool) -> Iterator[Read]:
    if not processes:
        yield here.read
        return
    from patentzoo.embedding.reader_pool import Processes

    with Processes(here) as started:
        yield started.read


def check_options(batch_size: int, workers: int | None, on_error: str) -> None:
    """Raise ConfigError for an option that makes no sense."""
    if batch_size < 1 or (workers is not None and workers < 1):
        raise ConfigError(f"batch_size = {batch_size} and workers = {workers} must be at least 1.")
    if on_error not in get_args(OnError):
        raise ConfigError(f"on_error = {on_error!r}. {near_miss(str(on_error), get_args(OnError))}")


def default_workers() -> int:
    """One a core that is free to this process, at most 8."""
    return min(8, free_cores())


def _sources(
    images: Any, options: ReadOptions, skip: Callable[[Source], bool] | None
) -> tuple[Iterable[Source], int | None]:
    """The sources not skipped, and how many there are, where that can be told before.

    It cannot where ``images`` is a stream, or where sources come with their bytes in memory.
    """
    label = options.label
    table = label if isinstance(label, PatentTable | Labellers) else None
    found = iter_sources(images, options)
    if table is not None:
        found = _looked_up(found)
    wanted = found if skip is None else (each for each in found if not skip(each))
    if isinstance(images, Iterator):
        return wanted, None
    listed: list[Source] = []
    for each in wanted:
        listed.append(each)
        if each.streamed:
            return itertools.chain(listed, wanted), None
    if table is not None:
        table.report(before=True)
    return listed, len(listed)


def _looked_up(found: Iterator[Source]) -> Iterator[Source]:
    """Look each source up in the table of patents, which then knows which of its rows fit."""
    for each in found:
        each.given_label()
        yield each
