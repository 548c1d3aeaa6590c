"""What one query found: its hits, closest first, and how they show themselves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, cast, overload

from patentzoo.hit import Hit, Treatment

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Shown:
    """What a ``SearchResult`` can be seen as."""

    def _repr_html_(self) -> str:
        """The query and its hits with their pictures, in a notebook."""
        from patentzoo.reports import fragment

        return fragment(self._result())

    def plot(self, *, hits: int = 9, columns: int = 5) -> Figure:
        """Draw the query and its hits as a grid of pictures, each with score, patent and title.

        Args:
            hits: At most so many.
            columns: Pictures in a row.

        Returns:
            A matplotlib figure; ``figure.savefig("hits.png")`` writes it.

        Raises:
            ConfigError: ``hits`` or ``columns`` below 1.
            MissingExtraError: matplotlib is not installed.
        """
        from patentzoo.reports import plot

        return plot(self._result(), hits=hits, columns=columns)

    def save_html(self, path: str | PathLike[str]) -> None:
        """Write the query and its hits as one HTML file that holds its pictures.

        ``patentzoo.reports.write_report`` writes several results as one file.

        Raises:
            OutputError: A file that is no such report is there, or none can be written.
        """
        from patentzoo.reports import write_report

        write_report(self._result(), path)

    def _result(self) -> SearchResult:
        return cast("SearchResult", self)


@dataclass(frozen=True, repr=False)
class SearchResult(Shown, Sequence[Hit]):
    """The hits of one query, closest first: a read-only sequence.

    What ``search`` found is fixed when it returns, the catalogue's rows included; the ``Hit``
    objects of a result are made when they are first looked at, and kept.

    Attributes:
        query: The id of the query.
        hits: Ranks 1, 2, 3, ... (from ``offset`` + 1), with scores that never rise.
        asked: The images ``search`` was given for it, as they were given, to show the query beside
            its hits; none for a vector.
        treatments: What was done to each of its pictures before they were compared; one for one
            picture, several for several views of a product.
        offset: So many hits above these were left out.
    """

    query: str
    hits: tuple[Hit, ...]
    asked: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    treatments: tuple[Treatment, ...] = field(default=(), compare=False, repr=False)
    offset: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "hits", tuple(self.hits))
        first = self.offset + 1
        if [hit.rank for hit in self.hits] != list(range(first, first + len(self.hits))):
            raise ValueError("The ranks of a SearchResult follow one another: 1, 2, 3, ...")
        scores = [hit.score for hit in self.hits]
        if any(later > earlier for earlier, later in itertools.pairwise(scores)):
            raise ValueError("The scores of a SearchResult never rise from one hit to the next.")

    @classmethod
    def of(
        cls,
        query: str,
        make: Callable[[], tuple[Hit, ...]],
        asked: tuple[Any, ...] = (),
        treatments: tuple[Treatment, ...] = (),
        offset: int = 0,
    ) -> SearchResult:
        """A result whose hits are made on first use: a batch of a thousand has ten thousand.

        Args:
            query: The id of the query.
            make: Gives the hits, ranked and ordered as they must be; it depends on nothing that
                changes, and may be called twice where two threads look at once.
            asked: As the attribute.
            treatments: As the attribute.
            offset: As the attribute.
        """
        made = object.__new__(cls)
        made.__dict__.update(query=query, asked=asked, treatments=treatments, _make=make)
        made.__dict__["offset"] = offset
        return made

    if not TYPE_CHECKING:  # it would hide misspelt attributes from the checker

        def __getattr__(self, name: str) -> Any:
            """The hits, before they are first looked at; called for what the instance lacks."""
            make = self.__dict__.get("_make") if name == "hits" else None
            if make is None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            hits = self.__dict__.setdefault("hits", make())
            self.__dict__["_make"] = lambda: hits  # lets go of the catalogue's rows
            return hits

    def __reduce__(self) -> tuple[Any, ...]:
        values = (self.query, self.hits, self.asked, self.treatments, self.offset)
        return SearchResult, values

    @property
    def treatment(self) -> Treatment:
        """What was done to the query's picture; of several views, all steps in one."""
        if len(self.treatments) == 1:
            return self.treatments[0]
        return Treatment("; ".join(dict.fromkeys(str(each) for each in self.treatments if each)))

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    @overload
    def __getitem__(self, item: int) -> Hit: ...
    @overload
    def __getitem__(self, item: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, item: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[item]

    def to_rows(self) -> list[dict[str, Any]]:
        """One flat dict a hit, e.g. for ``pandas.DataFrame`` or ``json.dumps``."""
        return [hit.to_row() for hit in self.hits]

    def __str__(self) -> str:
        if not self.hits:
            return f"{self.query}: no hits"
        widths = [max(len(str(hit.patent or "-")) for hit in self.hits), 6]
        lines = [f"{self.query}: {len(self.hits)} hits"]
        for hit in self.hits:
            patent = str(hit.patent or "-").ljust(max(widths))
            lines.append(f"{hit.rank:>4}  {hit.score:+.3f}  {patent}  {hit.id}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        best = f", best {self.hits[0].id!r} at {self.hits[0].score:.3f}" if self.hits else ""
        return f"SearchResult(query={self.query!r}, {len(self.hits)} hits{best})"
