"""Passes through the network, with the cores they need and the time they take."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from patentzoo.embedding.batcher import Collected, EmbeddedBatch
from patentzoo.embedding.core_budget import Gate
from patentzoo.embedding.page_reader import Ended, Event
from patentzoo.embedding.timings import Stopwatch, Timings
from patentzoo.system.progress import SourceProgress

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)


class Passes:
    """Events -> passes through the network -> batches of whole sources.

    Args:
        model: Encodes the pages.
        collected: What has been read and not been given out.
        batch_size: Images a pass.
        cores: Free to this process.

    Attributes:
        gate: Hands out the cores.
        watch: Counts the time.
    """

    def __init__(
        self, model: RetrievalModel, collected: Collected, batch_size: int, cores: int
    ) -> None:
        self.gate = Gate(cores)
        self.watch = Stopwatch()
        self._model = model
        self._collected = collected
        self._batch_size = batch_size
        self._cores = cores
        self._images = 0
        if (threads := threads_alone(model)) > cores:
            logger.warning(
                "torch computes with %d threads, but %d cores are free to this process: "
                "torch.set_num_threads(%d) is faster.",
                threads,
                cores,
                cores,
            )

    def over(self, events: Iterator[Event], bar: SourceProgress) -> Iterator[EmbeddedBatch]:
        """Yield every complete source's vectors once there are some."""
        collected = self._collected
        while True:
            with self.watch.during("waiting"):
                event = next(events, None)
            if event is None:
                break
            collected.add(event)
            if isinstance(event, Ended):
                bar.advance(collected.failed)
            if collected.waiting >= self._batch_size:
                self._encode()
            if collected.complete and collected.encoded:
                yield self._taken()
        while collected.waiting:
            self._encode()
        if collected.complete:
            yield self._taken()

    def report(self, workers: int, timings: Callable[[Timings], None] | None) -> None:
        """Say how long everything took."""
        found = self.watch.timings(self._images, workers, self._cores)
        logger.info("%s", found)
        if timings is not None:
            timings(found)

    def _encode(self) -> None:
        threads = threads_alone(self._model)
        with self.gate.network(threads), self.watch.during("model"):
            self._collected.encode(self._batch_size)

    def _taken(self) -> EmbeddedBatch:
        batch = self._collected.take()
        self._images += len(batch.ids)
        return batch


def threads_alone(model: RetrievalModel) -> int:
    """How many cores a pass takes away from those who decode.

    torch's threads spin at barriers and lose more than they gain beside others. Those of OpenVINO
    and ONNX Runtime sleep, and the system may share the cores out.
    """
    on_cpu = getattr(model, "device", "") == "cpu"
    return model.threads if on_cpu and model.backend.startswith("torch") else 0
