"""What one query found: its hits, closest first, and how they show themselves."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from patentzoo.errors import QueryError
from patentzoo.hit import Hit, SearchInfo, Treatment
from patentzoo.system.arguments import Rule, check, shown
from patentzoo.system.sequences import HitSequence
from patentzoo.system.terminal import visible

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from patentzoo.reports.explainer import Explainer
    from patentzoo.reports.explanation import Explanation


_HITS = Rule(
    "a sequence of hits",
    lambda value: isinstance(value, Sequence) and all(isinstance(each, Hit) for each in value),
)


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

    def save_html(self, path: str | PathLike[str], *, explain: bool | None = None) -> None:
        """Write the query and its hits as one HTML file that holds its pictures.

        ``patentzoo.reports.write_report`` writes several results as one file.

        Args:
            path: The file.
            explain: Put into the file where query and hits agree, as ``explain`` does. None: where
                the model allows it, for the first hits.

        Raises:
            OutputError: A file that is no such report is there, or none can be written.
            ModelError: ``explain=True`` with a model that allows no explanation.
        """
        from patentzoo.reports import write_report

        write_report(self._result(), path, explain=explain)

    def to_csv(self, path: str | PathLike[str] | None = None) -> str:
        """Write the hits as a CSV table, a row a hit, and return its text.

        Args:
            path: The file; None: only the text is returned.

        Raises:
            OutputError: A file that is no such table is there, or none can be written.
        """
        from patentzoo.reports import write_csv

        return write_csv(self._result(), path)

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Write the result as JSON and return its text; ``patentzoo report`` reads it.

        Args:
            path: The file; None: only the text is returned.

        Raises:
            OutputError: A file that is no such result is there, or none can be written.
        """
        from patentzoo.reports import write_json

        return write_json(self._result(), path)

    def to_excel(self, path: str | PathLike[str], *, pictures: bool = True) -> None:
        """Write the hits as an Excel workbook, a row a hit, with links and small pictures.

        Args:
            path: The file, ``.xlsx``.
            pictures: Put the drawings beside their rows.

        Raises:
            MissingExtraError: openpyxl is not installed.
            OutputError: A file that is no such table is there, or none can be written.
        """
        from patentzoo.reports import write_excel

        write_excel(self._result(), path, pictures=pictures)

    def to_pandas(self) -> pandas.DataFrame:
        """Return the hits as a data frame, a row a hit, in the columns of ``to_csv``.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from patentzoo.reports import data_frame

        return data_frame(self._result())

    def _result(self) -> SearchResult:
        return cast("SearchResult", self)


@dataclass(frozen=True, repr=False)
class SearchResult(Shown, HitSequence[Hit]):
    """The hits of one query, closest first: a read-only sequence.

    What ``search`` found is fixed when it returns, the catalogue's rows included; the ``Hit``
    objects of a result are made when they are first looked at, and kept.

    Attributes:
        query: The id of the query.
        hits: Ranks 1, 2, 3, ... (from ``offset`` + 1), with scores that never rise.
        query_images: The images ``search`` was given for it, as they were given, to show the query
            beside its hits; none for a vector.
        treatments: What was done to each of its pictures before they were compared; one for one
            picture, several for several views of a product.
        offset: So many hits above these were left out.
        info: What was searched, when and how; None for a result that ``search`` did not make.
    """

    query: str
    hits: tuple[Hit, ...]
    query_images: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    treatments: tuple[Treatment, ...] = field(default=(), compare=False, repr=False)
    offset: int = 0
    info: SearchInfo | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check("SearchResult", "hits", self.hits, _HITS)
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
        query_images: tuple[Any, ...] = (),
        treatments: tuple[Treatment, ...] = (),
        offset: int = 0,
    ) -> SearchResult:
        """A result whose hits are made on first use: a batch of a thousand has ten thousand.

        Args:
            query: The id of the query.
            make: Gives the hits, ranked and ordered as they must be; it depends on nothing that
                changes, and may be called twice where two threads look at once.
            query_images: As the attribute.
            treatments: As the attribute.
            offset: As the attribute.
        """
        made = object.__new__(cls)
        made.__dict__.update(
            query=query, query_images=query_images, treatments=treatments, _make=make
        )
        made.__dict__["offset"] = offset
        return made

    def found_with(self, info: SearchInfo, explainer: Explainer) -> SearchResult:
        """The same result, knowing what was searched and what can explain it.

        Args:
            info: As the attribute.
            explainer: Of the index that was searched; it does not travel to other processes.
        """
        made = copy.copy(self)
        made.__dict__.update(info=info, _explainer=explainer)
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
        values = (self.query, self.hits, self.query_images, self.treatments, self.offset, self.info)
        return SearchResult, values

    def __copy__(self) -> SearchResult:
        # Not by __reduce__, which leaves behind what explains the result.
        made = object.__new__(SearchResult)
        made.__dict__.update(self.__dict__)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> SearchResult:
        made = copy.copy(self)
        made.__dict__["query_images"] = copy.deepcopy(self.query_images, memo)
        return made

    @property
    def ids(self) -> list[str]:
        """The id of each hit, the closest first."""
        return [hit.id for hit in self.hits]

    @property
    def scores(self) -> list[float]:
        """The score of each hit; they never rise."""
        return [hit.score for hit in self.hits]

    def explain(self, hit: Hit | int) -> Explanation:
        """Show where the query and a hit agree.

        The cosine of the two is taken apart into what each cell of the network's last feature map
        adds to it: once over the query's picture, once over the hit's. After re-ranking, fusing or
        expanding a hit's score is another number, which ``Explanation.ranked_by`` then holds.

        Args:
            hit: One of this result's, or of its ``figures``; or its rank, from 1.

        Raises:
            ModelError: The model allows no such sum, and why.
            QueryError: A hit of another result, or a query that was a vector or several views.
            ImageError: The picture of the query or of the hit is not to be had any more.
        """
        explainer: Explainer | None = self.__dict__.get("_explainer")
        if explainer is None:
            raise QueryError(
                "This result was not found by search() in this process, so that neither its model "
                "nor its query is at hand. Search again."
            )
        return explainer.explain(self, self._own(hit))

    def _own(self, hit: Hit | int) -> Hit:
        """The hit that is meant."""
        if isinstance(hit, Hit) and (
            hit in self.hits or any(hit in each.figures for each in self.hits)
        ):
            return hit
        if isinstance(hit, int) and not isinstance(hit, bool) and 1 <= hit <= len(self.hits):
            return self.hits[hit - 1]
        raise QueryError(
            f"explain() takes one of this result's {len(self.hits)} hits, or its rank from 1, "
            f"not {shown(hit)}."
        )

    @property
    def treatment(self) -> Treatment:
        """What was done to the query's picture; of several views, all steps in one."""
        if len(self.treatments) == 1:
            return self.treatments[0]
        return Treatment("; ".join(dict.fromkeys(str(each) for each in self.treatments if each)))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat dict a hit, e.g. for ``pandas.DataFrame``: see ``Hit.to_row``."""
        return [hit.to_row() for hit in self.hits]

    def __str__(self) -> str:
        if not self.hits:
            return f"{visible(self.query)}: no hits"
        patents = [visible(str(hit.patent or "-")) for hit in self.hits]
        width = max(6, *map(len, patents))
        lines = [f"{visible(self.query)}: {len(self.hits)} hits"]
        for hit, patent in zip(self.hits, patents, strict=True):
            said = f"{hit.rank:>4}  {hit.score:+.3f}  {patent.ljust(width)}  {visible(hit.id)}"
            lines.append(said)
        return "\n".join(lines)

    def __repr__(self) -> str:
        best = f", best {self.hits[0].id!r} at {self.hits[0].score:.3f}" if self.hits else ""
        return f"SearchResult(query={self.query!r}, {len(self.hits)} hits{best})"
