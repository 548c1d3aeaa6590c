"""Passes through the network, with the cores they need and the time they take."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from patentzoo.embedding.batcher import Batcher, EmbeddedBatch
from patentzoo.embedding.core_budget import CoreBudget
from patentzoo.embedding.page_reader import Event, SourceEnd
from patentzoo.embedding.timings import Stopwatch, Timings
from patentzoo.system.progress import SourceProgress

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)


class BatchEncoder:
    """Events -> passes through the network -> batches of whole sources.

    Args:
        model: Encodes the pages.
        batcher: What has been read and not been given out.
        batch_size: Images a pass.
        cores: Free to this process.

    Attributes:
        budget: Hands out the cores.
        watch: Counts the time.
    """

    def __init__(
        self, model: RetrievalModel, batcher: Batcher, batch_size: int, cores: int
    ) -> None:
        self.budget = CoreBudget(cores)
        self.watch = Stopwatch()
        self._model = model
        self._batcher = batcher
        self._batch_size = batch_size
        self._cores = cores
        self._images = 0
        if (threads := exclusive_threads(model)) > cores:
            logger.warning(
                "torch computes with %d threads, but %d cores are free to this process: "
                "torch.set_num_threads(%d) is faster.",
                threads,
                cores,
                cores,
            )

    def encode(self, events: Iterator[Event], bar: SourceProgress) -> Iterator[EmbeddedBatch]:
        """Yield every complete source's vectors once there are some."""
        batcher = self._batcher
        while True:
            with self.watch.during("waiting"):
                event = next(events, None)
            if event is None:
                break
            batcher.add(event)
            if isinstance(event, SourceEnd):
                bar.advance(batcher.failed)
            if batcher.waiting >= self._batch_size:
                self._encode()
            if batcher.complete and batcher.encoded:
                yield self._taken()
        while batcher.waiting:
            self._encode()
        if batcher.complete:
            yield self._taken()

    def report(self, workers: int, timings: Callable[[Timings], None] | None) -> None:
        """Say how long everything took."""
        found = self.watch.timings(self._images, workers, self._cores)
        logger.info("%s", found)
        if timings is not None:
            timings(found)

    def _encode(self) -> None:
        threads = exclusive_threads(self._model)
        with self.budget.network(threads), self.watch.during("model"):
            self._batcher.encode(self._batch_size)

    def _taken(self) -> EmbeddedBatch:
        batch = self._batcher.take()
        self._images += len(batch.ids)
        return batch


def exclusive_threads(model: RetrievalModel) -> int:
    """How many cores a pass takes away from those who decode.

    torch's threads spin at barriers and lose more than they gain beside others. Those of OpenVINO
    and ONNX Runtime sleep, and the system may share the cores out.
    """
    on_cpu = getattr(model, "device", "") == "cpu"
    return model.threads if on_cpu and model.backend.startswith("torch") else 0
