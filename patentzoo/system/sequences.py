"""A read-only sequence of hits whose errors say what was asked for and what would be right."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

from patentzoo.errors import HitNotFoundError, QueryError
from patentzoo.system.arguments import shown

H = TypeVar("H")


class HitSequence(Sequence[H]):
    """What makes a result a sequence of its ``hits``; a slice of it is a tuple."""

    hits: tuple[H, ...]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[H]:
        return iter(self.hits)

    @overload
    def __getitem__(self, item: int) -> H: ...
    @overload
    def __getitem__(self, item: slice) -> tuple[H, ...]: ...
    def __getitem__(self, item: int | slice) -> H | tuple[H, ...]:
        """The hit at a position, from 0; of a slice, several.

        Raises:
            HitNotFoundError: There is none; it is an IndexError, too.
            QueryError: That is no position.
        """
        try:
            return self.hits[item if isinstance(item, slice) else _position(item)]
        except IndexError as error:
            count = len(self.hits)
            there = f"there are {count} hits, result[0] to result[{count - 1}]"
            if count < 2:
                there = "there is one hit, result[0]" if count else "there are no hits"
            raise HitNotFoundError(f"result[{item}]: {there}.") from error
        except (TypeError, ValueError) as error:
            raise QueryError(_why_no_position(item)) from error

    def __contains__(self, value: object) -> bool:
        """Whether it is one of the hits.

        Raises:
            QueryError: Text, which is no hit.
        """
        if isinstance(value, str):
            raise QueryError(
                f"A result holds hits, not text. Whether the drawing {value!r} was found: "
                f"{value!r} in result.ids."
            )
        return value in self.hits

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """The position of a hit, from 0.

        Raises:
            HitNotFoundError: It is none of these; it is a ValueError, too.
        """
        try:
            return self.hits.index(value, start, len(self.hits) if stop is None else stop)
        except ValueError as error:
            raise HitNotFoundError(
                f"This result does not hold {shown(value)}. The position of an id: "
                "result.ids.index(id)."
            ) from error


def _position(item: Any) -> int:
    if isinstance(item, bool):
        raise TypeError("a truth value is no position")
    return operator.index(item)


def _why_no_position(item: Any) -> str:
    """The error of something that is no position: what was given, and what to write instead."""
    if isinstance(item, slice):
        return f"result[{shown(item)}]: the ends of a slice are whole numbers, its step is not 0."
    if isinstance(item, str):
        return (
            f"result[{item!r}]: a result takes a hit's position, from 0, not text. The hit of an "
            f"id: result[result.ids.index({item!r})]."
        )
    several = " Of several: [result[i] for i in positions]." if hasattr(item, "__len__") else ""
    return f"A result takes a hit's position, from 0, or a slice, not {shown(item)}.{several}"
