"""embed(): decode and preprocess in workers, batches through the model, ids with their image."""

from __future__ import annotations

import itertools
import logging
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, PatentZooError, near_miss
from patentzoo.images import PatentRule, ReadOptions, Source, iter_sources, make_labeller
from patentzoo.preprocess import Preprocess
from patentzoo.results import Embeddings, Failure

if TYPE_CHECKING:
    from patentzoo.model import RetrievalModel

__all__ = ["Embeddings", "Failure", "embed"]

logger = logging.getLogger(__name__)

OnError = Literal["raise", "skip"]


def embed(
    model: RetrievalModel,
    images: Any,
    *,
    batch_size: int = 32,
    workers: int | None = None,
    on_error: OnError = "raise",
    progress: bool = False,
    allow_urls: bool = False,
    patent: PatentRule = None,
    max_pixels: int = ReadOptions.max_pixels,
) -> Embeddings:
    """Turn images into unit vectors.

    Args:
        model: From ``load_model``.
        images: A file, folder, glob, URL, PIL image, array, bytes, or an iterable of these and
            of (id, image) pairs. A generator is consumed as it goes; memory holds a few batches.
        batch_size: Images a pass through the network.
        workers: Threads that decode and preprocess; None: one a core, at most 8.
        on_error: ``"raise"`` stops at the first image that fails, naming it; ``"skip"`` leaves it
            out and lists it in ``failures``.
        progress: Draw a progress bar on the terminal.
        allow_urls: Fetch strings that begin with http:// or https://.
        patent: Where patent ids come from, before names and folders: a function of the path, or a
            CSV file with the columns ``file`` and ``patent`` (further columns become metadata).
        max_pixels: Pages larger than this are refused.

    Returns:
        One row a page, in the order of the images.

    Raises:
        ImageError: An image that cannot be used, unless skipped; a folder without images.
        ConfigError: An impossible option, or two images with one id.
    """
    check_options(batch_size, workers, on_error)
    options = ReadOptions(allow_urls, max_pixels, label=make_labeller(patent))
    sources = _sources(images, options)
    total = len(sources) if isinstance(sources, Sized) else None
    gathered = _Gathered(model, unique_ids=True)
    with _bar(progress, total) as bar:
        gathered.run(bar.track(sources), batch_size, workers or _default_workers(), on_error)
    if gathered.failures:
        logger.warning(
            "%d of %d images left out; the first: %s",
            len(gathered.failures),
            len(gathered.failures) + len(gathered.ids),
            gathered.failures[0].reason,
        )
    return gathered.embeddings()


def embed_queries(
    model: RetrievalModel, images: Any, options: ReadOptions, batch_size: int = 32
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Like :func:`embed` for what is searched once: two queries may have one id.

    Returns:
        The ids and the unit rows, float32 (n, dim).
    """
    gathered = _Gathered(model, unique_ids=False)
    gathered.run(iter_sources(images, options), batch_size, _default_workers(), "raise")
    return gathered.ids, gathered.vectors()


def check_options(batch_size: int, workers: int | None, on_error: str) -> None:
    """Raise ConfigError for an option that makes no sense."""
    if batch_size < 1 or (workers is not None and workers < 1):
        raise ConfigError(f"batch_size = {batch_size} and workers = {workers} must be at least 1.")
    if on_error not in get_args(OnError):
        raise ConfigError(f"on_error = {on_error!r}. {near_miss(str(on_error), get_args(OnError))}")


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A page ready for the network, without its pixels."""

    id: str
    tensor: npt.NDArray[np.float32]
    metadata: dict[str, Any]


_Outcome = _Prepared | tuple[str, PatentZooError]


class _Gathered:
    """What the run has brought so far."""

    def __init__(self, model: RetrievalModel, *, unique_ids: bool) -> None:
        self.model = model
        self.unique_ids = unique_ids
        self.ids: list[str] = []
        self.metadata: list[dict[str, Any]] = []
        self.failures: list[Failure] = []
        self._vectors = [np.empty((0, model.dim), np.float32)]
        self._seen: set[str] = set()

    def run(
        self, sources: Iterable[Source], batch_size: int, workers: int, on_error: OnError
    ) -> None:
        """Read, preprocess and encode every source."""
        pages = _prepare(self.model.preprocess, sources, workers, 4 * workers + batch_size)
        with closing(pages):  # or the threads would outlive an error
            for batch in _batches(self._keep(pages, on_error), batch_size):
                self._vectors.append(self.model.encode(np.stack([each.tensor for each in batch])))
                self.ids.extend(each.id for each in batch)
                self.metadata.extend(each.metadata for each in batch)

    def _keep(self, outcomes: Iterable[_Outcome], on_error: OnError) -> Iterator[_Prepared]:
        """Pass on what succeeded; raise or note the rest."""
        for outcome in outcomes:
            if isinstance(outcome, _Prepared):
                self._check_new(outcome.id)
                yield outcome
                continue
            name, error = outcome
            if on_error == "raise":
                raise error
            self.failures.append(Failure(name, str(error)))

    def _check_new(self, name: str) -> None:
        if self.unique_ids and name in self._seen:
            raise ConfigError(
                f"Two images have the id {name!r}. Give the folder above them, so that ids hold "
                "the path, or pairs of (id, image)."
            )
        self._seen.add(name)

    def vectors(self) -> npt.NDArray[np.float32]:
        """float32 (n, dim), unit rows."""
        return np.concatenate(self._vectors)

    def embeddings(self) -> Embeddings:
        """The checked result."""
        return Embeddings(
            self.vectors(),
            self.ids,
            self.metadata,
            self.model.name,
            self.model.fingerprint,
            self.failures,
        )


def _sources(images: Any, options: ReadOptions) -> Iterable[Source]:
    """Sources; as a list, whose length a progress bar can show, unless ``images`` is a stream."""
    lazy = isinstance(images, Iterator)
    found = iter_sources(images, options)
    return found if lazy else list(found)


def _prepare_source(source: Source, preprocess: Preprocess) -> list[_Outcome]:
    prepared: list[_Outcome] = []
    for name, outcome in source.outcomes():
        if isinstance(outcome, PatentZooError):
            prepared.append((name, outcome))
            continue
        try:
            tensor = preprocess(outcome.grey)
        except PatentZooError as error:
            prepared.append((name, _named(error, name, outcome.path)))
            continue
        known = {"patent": outcome.patent, "path": outcome.path, "page": outcome.page}
        prepared.append(_Prepared(name, tensor, {**outcome.metadata, **known}))
    return prepared


def _named(error: PatentZooError, name: str, path: str | None) -> PatentZooError:
    """The same error, saying which image."""
    named = type(error)(f"{path or name}: {error}")
    named.__cause__ = error
    return named


def _prepare(
    preprocess: Preprocess, sources: Iterable[Source], workers: int, ahead: int
) -> Generator[_Outcome]:
    """Decode and preprocess in threads (Pillow and OpenCV release the GIL), in order.

    At most ``ahead`` sources are under way or waiting, however many there are.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="patentzoo-decode")
    pending: deque[Future[list[_Outcome]]] = deque()
    try:
        for source in sources:
            pending.append(pool.submit(_prepare_source, source, preprocess))
            if len(pending) >= ahead:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(items: Iterable[_Prepared], size: int) -> Iterator[list[_Prepared]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def _default_workers() -> int:
    return max(1, min(8, os.cpu_count() or 1))


class _Bar(Protocol):
    def track(self, sources: Iterable[Source]) -> Iterable[Source]: ...


class _NoBar:
    def track(self, sources: Iterable[Source]) -> Iterable[Source]:
        return sources


@contextmanager
def _bar(progress: bool, total: int | None) -> Iterator[_Bar]:
    if not progress:
        yield _NoBar()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining()
    with Progress(*columns) as shown:
        task = shown.add_task("embedding", total=total)

        class Bar:
            def track(self, sources: Iterable[Source]) -> Iterator[Source]:
                for source in sources:
                    yield source
                    shown.advance(task)

        yield Bar()
