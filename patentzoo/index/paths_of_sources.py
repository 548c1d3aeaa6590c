"""Where the files of an index's drawings lie now, written into its catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from patentzoo.index import transaction
from patentzoo.index.storage import catalogue

if TYPE_CHECKING:
    from patentzoo.index.index import Index


def set_paths(index: Index, paths: Mapping[str, str], *, since: str | None = None) -> int:
    """Write down where sources lie now; how many drawings had another path.

    Args:
        index: To be changed.
        paths: By source.
        since: Of ``IndexFolder.writing``.
    """
    if not paths:
        return 0
    with index.read() as view:
        if not catalogue.moved(view.connection, paths):
            return 0
    with index.store.writing(since=since) as connection:
        moved = catalogue.moved(connection, paths)
        transaction.set_metadata(connection, moved)
    return len(moved)
