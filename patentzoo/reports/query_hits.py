"""What a report reads of a result; ``SearchResult`` is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from patentzoo.hit import Hit, SearchInfo, Treatment


@runtime_checkable
class QueryHits(Protocol):
    """A query, its hits and the images it was asked with."""

    @property
    def query(self) -> str:
        """The id of the query."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The closest first."""

    @property
    def query_images(self) -> tuple[Any, ...]:
        """The images of the query; none for a vector."""

    @property
    def treatment(self) -> Treatment:
        """What was done to the query before it was embedded; empty for nothing."""

    @property
    def info(self) -> SearchInfo | None:
        """What was searched, when and how; None where that is not known."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Hit]: ...
    def __getitem__(self, item: slice, /) -> Sequence[Hit]: ...


def as_list(results: QueryHits | Iterable[QueryHits]) -> list[QueryHits]:
    """One result or several as a list."""
    return [results] if isinstance(results, QueryHits) else list(results)
