"""Which places of a ranking a search gives back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from patentzoo.errors import QueryError
from patentzoo.system.arguments import WHOLE


@dataclass(frozen=True)
class Window:
    """Which places of a ranking become hits.

    Attributes:
        offset: So many at the top are left out; ranks count on.
        min_score: Those below are left out; None: none is.
    """

    offset: int = 0
    min_score: float | None = None

    def end(self, scores: Sequence[float]) -> int:
        """How many of a ranking's scores, which never rise, are high enough."""
        if self.min_score is None:
            return len(scores)
        return sum(score >= self.min_score for score in scores)


def window_of(offset: int, min_score: float | None) -> Window:
    """The window that ``search`` was asked for.

    Raises:
        QueryError: A number out of range.
    """
    if not WHOLE.fits(offset) or offset < 0:
        raise QueryError(f"offset = {offset!r} must be a whole number from 0.")
    if min_score is not None and not -1 <= min_score <= 1:
        raise QueryError(f"min_score = {min_score!r} must lie between -1 and 1.")
    return Window(int(offset), min_score)


def ids_of(exclude: Any) -> list[str | PathLike[str]]:
    """The ids and paths of ``exclude=``, as a list.

    Raises:
        QueryError: Something else among them.
    """
    if exclude is None:
        return []
    several = not isinstance(exclude, str | PathLike) and isinstance(exclude, Iterable)
    names = list(exclude) if several else [exclude]
    for name in names:
        if not isinstance(name, str | PathLike):
            raise QueryError(
                f"exclude= takes ids or paths, one or several, not {type(name).__name__}: {name!r}"
            )
    return names
