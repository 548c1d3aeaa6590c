"""Queries that are drawings of the index itself: by id, or as a hit of an earlier search."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

from patentzoo.errors import QueryError
from patentzoo.hit import Drawing, IndexedDrawing
from patentzoo.sources.downloads import is_url


class Collection(Protocol):
    """What is searched: an Index."""

    def __contains__(self, name: object, /) -> bool: ...

    def drawings(self, names: Sequence[str]) -> list[Drawing]:
        """Look up drawings by their ids."""


def with_drawings(index: Collection, query: Any) -> Any:
    """Put drawings of the index in place of their ids and of hits.

    A text is an id where no file of that name is there and the index holds a drawing of it.

    Args:
        index: What is searched.
        query: As for ``search``.

    Raises:
        QueryError: A hit whose drawing the index does not hold, or drawings and images in one list.
    """
    several = isinstance(query, list | tuple)
    items = list(query) if several else [query]
    wanted = [_id(index, item) for item in items]
    names = [name for name in wanted if name is not None]
    if not names:
        return query
    if len(names) < len(items):
        raise QueryError(
            f"A list of queries holds drawings of the index, such as {names[0]!r}, or images, not "
            "both. Search twice."
        )
    drawings = index.drawings(names)
    return drawings if several else drawings[0]


def drawings_of(query: Any) -> list[Drawing]:
    """The drawings that a query is; empty for one of images or vectors."""
    items = query if isinstance(query, list) else [query]
    return [item for item in items if isinstance(item, Drawing)]


def _id(index: Collection, item: Any) -> str | None:
    if isinstance(item, IndexedDrawing):
        return item.id
    if not isinstance(item, str) or is_url(item) or _is_there(item):
        return None
    return item if item in index else None


def _is_there(name: str) -> bool:
    try:
        return os.path.exists(name)  # noqa: PTH110  # Path.exists raises for a name too long
    except ValueError:  # a NUL
        return True
