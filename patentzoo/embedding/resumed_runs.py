"""What a run needs that goes on where another one stopped: in a folder of shards, in an index.

Sources whose content is as it was are left out, and batches are put together to parts that are
written one by one, so that a stop loses one part at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from patentzoo.embedding.batcher import EmbeddedBatch, joined
from patentzoo.errors import ImageError
from patentzoo.sources import Source
from patentzoo.sources.names import stored_path


class UnchangedSources:
    """Leaves out the sources whose content is as it was, and counts them.

    Args:
        hashes: Content hash by source, of what is there already.

    Attributes:
        seen: Every source met so far.
        unchanged: How many were left out.
        paths: Where those lie now, by source.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = hashes
        self.seen: set[str] = set()
        self.unchanged = 0
        self.paths: dict[str, str] = {}

    def __call__(self, source: Source) -> bool:
        """Whether a source need not be read."""
        if source.left_out is not None:
            return False
        self.seen.add(source.id)
        known = self._hashes.get(source.id)
        if not known:
            return False
        try:
            same = source.content_hash() == known
        except ImageError:
            return False  # reading it will say what is wrong
        self.unchanged += same
        path = stored_path(source.path)
        if same and path is not None:
            self.paths[source.id] = path
        return same


def in_parts(
    batches: Iterable[EmbeddedBatch],
    dim: int,
    size: int,
    kept_at: type[BaseException] | tuple[type[BaseException], ...],
) -> Iterator[EmbeddedBatch]:
    """Put batches together until they hold ``size`` rows and failures.

    Args:
        batches: Of one run.
        dim: Length of a vector.
        size: Of a part, at least.
        kept_at: Where the run ends so, what there was is given out before the error goes on.
    """
    waiting: list[EmbeddedBatch] = []
    try:
        for batch in batches:
            waiting.append(batch)
            if sum(len(each.ids) + len(each.failures) for each in waiting) >= size:
                yield joined(waiting, dim)
                waiting = []
    except kept_at:
        if waiting:
            yield joined(waiting, dim)
        raise
    if waiting:
        yield joined(waiting, dim)
