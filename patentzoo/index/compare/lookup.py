"""An index as a collection of drawings: looked up by id, walked through, searched."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError
from patentzoo.hit import Drawing, IndexedDrawing
from patentzoo.index.query.read_transaction import StateReader
from patentzoo.index.query.search_options import Many, One, SearchChanges, SearchOptions
from patentzoo.index.storage import catalogue
from patentzoo.system.arguments import checked, shown
from patentzoo.system.keywords import takes

if TYPE_CHECKING:
    from patentzoo.index.query.fusion import Fusion, Views
    from patentzoo.index.query.search_result import SearchResult

_COMPARED = 10_000
"""Ids that an unknown one is compared with, to name the nearest."""


def ids_given(names: Iterable[str]) -> list[str]:
    """Return what ``drawings`` was given as a list of ids.

    Raises:
        QueryError: It is no list, or one of them is no text.
    """
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise QueryError(f"drawings() takes a list of ids, not {shown(names)}.")
    ids = list(names)
    for name in ids:
        if not isinstance(name, str):
            raise QueryError(f"drawings() takes ids, which are text, not {shown(name)}.")
    return ids


class Lookup(StateReader):
    """What makes an Index a collection of drawings."""

    def __len__(self) -> int:
        with self.read() as view:
            return view.snapshot.count

    @property
    def ids(self) -> list[str]:
        """The id of each drawing."""
        with self.read() as view:
            return view.ids()

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """float32 (n, dim), unit rows in the order of ``ids``, read-only."""
        with self.read() as view:
            found = view.snapshot.vectors(view.snapshot.live()).view()
        found.flags.writeable = False
        return found

    @overload
    def search(
        self,
        query: One,
        *,
        views: Views = ...,
        options: SearchOptions | None = ...,
        **changes: Unpack[SearchChanges],
    ) -> SearchResult: ...
    @overload
    def search(
        self,
        query: Many,
        *,
        views: Literal[False] | None = ...,
        options: SearchOptions | None = ...,
        **changes: Unpack[SearchChanges],
    ) -> list[SearchResult]: ...
    @overload
    def search(
        self,
        query: Many,
        *,
        views: Literal[True] | Fusion,
        options: SearchOptions | None = ...,
        **changes: Unpack[SearchChanges],
    ) -> SearchResult: ...
    @checked()
    @takes(SearchChanges, SearchOptions)
    def search(
        self,
        query: Any,
        *,
        views: Any = None,
        options: SearchOptions | None = None,
        **changes: Unpack[SearchChanges],
    ) -> Any:
        """Find the drawings, or the patents, most like a query: ``search(index, query)``.

        Args:
            query: As for ``search``.
            **changes: Options by name; see ``SearchOptions``.
            views: Which queries are views of one product, and give one result; see ``search``.
            options: Several options together; those given by name replace theirs.

        Returns:
            A SearchResult for one query, and for several views of one product; a list for a list.

        Raises:
            PatentZooError: As for ``search``.
        """
        return type(self)._search(self, query, views=views, options=options, **changes)

    def __getitem__(self, name: str) -> Drawing:
        """The drawing of an id.

        Raises:
            QueryError: The index holds no such drawing.
        """
        if not isinstance(name, str):
            raise QueryError(
                f"index[id] takes a drawing's id, text, not {shown(name)}. The ids in the order of "
                "the vectors: index.ids."
            )
        return self.drawings([name])[0]

    def __contains__(self, name: object) -> bool:
        """Whether the index holds a drawing of this id.

        Raises:
            QueryError: A hit, a drawing or a path, which are no ids.
        """
        if isinstance(name, IndexedDrawing | os.PathLike):
            right = "hit.id in index" if isinstance(name, IndexedDrawing) else "str(path) in index"
            raise QueryError(f"An index holds drawings by their ids, which are text: {right}.")
        if not isinstance(name, str):
            return False
        with self.read() as view:
            return len(catalogue.rows_of_ids(view.connection, [name])) == 1

    def __iter__(self) -> Iterator[str]:
        """The ids, in the order of ``vectors``."""
        return iter(self.ids)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self.ids)

    def drawings(self, names: Iterable[str]) -> list[Drawing]:
        """Look up several drawings, all of one state of the index.

        Args:
            names: Their ids.

        Raises:
            QueryError: The index holds no drawing of one of them, or they are no ids.
        """
        names = ids_given(names)
        with self.read() as view:
            rows = catalogue.rows_of_ids(view.connection, list(dict.fromkeys(names)))
            found = catalogue.records(view.connection, rows.tolist())
            vectors = view.snapshot.vectors(view.snapshot.positions(rows))
        known = {
            found[row][0]: Drawing(found[row][0], np.array(vector), *found[row][1:])
            for row, vector in zip(rows.tolist(), vectors, strict=True)
        }
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            close = difflib.get_close_matches(unknown, self.ids[:_COMPARED], n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]!r}?" if close else " Its ids: index.ids."
            raise QueryError(f"The index holds no drawing {unknown!r}.{hint}")
        return [known[name] for name in names]
