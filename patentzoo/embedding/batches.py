"""Sources -> batches of vectors, each of whole sources: a run can stop after any of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Unpack

from patentzoo.embedding.batch_encoder import BatchEncoder
from patentzoo.embedding.batcher import Batcher, EmbeddedBatch
from patentzoo.embedding.page_reader import Reader
from patentzoo.embedding.prefetch import Read, prepare
from patentzoo.options import EmbedChanges, EmbedOptions, ReadOptions, changed
from patentzoo.sources import Labellers, PatentTable, Source, iter_sources, read_options
from patentzoo.system.arguments import checked
from patentzoo.system.cores import free_cores
from patentzoo.system.keywords import takes
from patentzoo.system.progress import progress_of

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


@checked()
@takes(EmbedChanges, EmbedOptions, photos=ReadOptions.photos)
def embed_batches(
    model: RetrievalModel,
    images: Any,
    *,
    options: ReadOptions | None = None,
    skip: Callable[[Source], bool] | None = None,
    unique_ids: bool = True,
    **changes: Unpack[EmbedChanges],
) -> Iterator[EmbeddedBatch]:
    """Turn images into unit vectors, some sources at a time.

    The network sees ``batch_size`` images a pass, wherever sources end; rows are given out once
    their source is complete. What was given out need not be made again: ``skip`` leaves it out.

    Args:
        model: From ``load_model``.
        images: As for ``embed``.
        options: How to read, or ``EmbedOptions``: how to run the work, too.
        skip: Sources for which this is true are neither read nor counted. Called in this thread, in
            order, before the source is read.
        unique_ids: Whether two images may have one id: with ``on_error="raise"`` an error, else a
            failure.
        **changes: Options by name; see ``EmbedOptions``.

    Returns:
        Batches as they are complete: float32 (n, dim), rows of length 1, n from 0.

    Raises:
        ImageError: An image that cannot be used, unless skipped; a folder without images.
        ConfigError: An impossible option, or two images with one id.
    """
    run = changed(EmbedOptions.of(options or ReadOptions()), None, changes)
    count = run.workers or (free_cores() if run.processes else default_workers())
    reading = read_options(run)
    found, total = _sources(images, reading, skip)
    encoder = BatchEncoder(
        model, Batcher(model, run.on_error, unique_ids), run.batch_size, free_cores()
    )
    here = Reader(model.preprocess, encoder.budget, encoder.watch)
    with (
        progress_of(total, shown=run.progress) as bar,
        _reading(here, run.processes) as read,
        # Closed first, or the threads would outlive an error.
        closing(prepare(read, found, count, 4 * count + run.batch_size)) as events,
    ):
        yield from encoder.encode(events, bar)
    if total is None and isinstance(reading.label, PatentTable | Labellers):
        reading.label.report(before=False)
    encoder.report(count, run.timings)


@contextmanager
def _reading(here: Reader, processes: bool) -> Iterator[Read]:
    if not processes:
        yield here.read
        return
    from patentzoo.embedding.reader_pool import Processes

    with Processes(here) as started:
        yield started.read


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
