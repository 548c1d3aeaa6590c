"""Ids and metadata beside the vectors: row i of the one is row i of the other."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, IndexDamagedError, QueryError, near_miss
from patentzoo.results import Hit

Where = Mapping[str, Any] | Callable[[Mapping[str, Any]], bool] | None

_FIXED = ("patent", "path", "page")


class Catalogue:
    """What is known about each row.

    Args:
        ids: n different strings.
        metadata: n dicts of values JSON can hold; ``patent``, ``path`` and ``page`` among them.

    Raises:
        ConfigError: Values JSON cannot hold, or which it would change.
    """

    def __init__(self, ids: Sequence[str], metadata: Sequence[Mapping[str, Any]]) -> None:
        self.ids = list(ids)
        self.rows = [dict(each) for each in metadata]
        self._row_of = {name: row for row, name in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def record(self, row: int) -> dict[str, Any]:
        """A row's metadata with its ``id``: what a ``where`` function is given."""
        return {"id": self.ids[row], **self.rows[row]}

    def hit(self, row: int, rank: int, score: float) -> Hit:
        """The hit that stands for a row."""
        values = dict(self.rows[row])
        patent, path, page = (values.pop(key, None) for key in _FIXED)
        return Hit(rank, score, self.ids[row], patent, path, page, values)

    @functools.cached_property
    def groups(self) -> npt.NDArray[np.int64]:
        """int64 (n,): equal numbers for drawings of one patent; those of none stand alone."""
        numbers: dict[tuple[str, str], int] = {}
        keys = (
            ("patent", row["patent"]) if row.get("patent") else ("id", name)
            for name, row in zip(self.ids, self.rows, strict=True)
        )
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)

    def allowed(self, where: Where, exclude: Collection[str]) -> npt.NDArray[np.bool_] | None:
        """bool (n,): the rows a filter leaves; None for all.

        Args:
            where: A dict of field to value, or to a collection of values; or a function of a row's
                metadata (with ``id``). None: no filter.
            exclude: Ids left out; unknown ones are no error.

        Raises:
            QueryError: A field that no row has, or a filter of another type.
        """
        if where is None and not exclude:
            return None
        mask = np.ones(len(self), dtype=bool)
        if callable(where):
            mask = np.array([bool(where(self.record(i))) for i in range(len(self))], dtype=bool)
        elif isinstance(where, Mapping):
            for field, wanted in where.items():
                mask &= self._matches(field, wanted)
        elif where is not None:
            raise QueryError(f"where= takes a dict or a function, not {type(where).__name__}.")
        for name in exclude:
            if name in self._row_of:
                mask[self._row_of[name]] = False
        return mask

    def _matches(self, field: str, wanted: Any) -> npt.NDArray[np.bool_]:
        fields = {"id"}.union(_FIXED, *self.rows)
        if field not in fields:
            raise QueryError(
                f"where= names {field!r}, which no drawing has. {near_miss(field, fields)}"
            )
        values = self.ids if field == "id" else [row.get(field) for row in self.rows]
        if isinstance(wanted, set | frozenset | list | tuple):
            chosen = list(wanted)
            return np.array([value in chosen for value in values], dtype=bool)
        return np.array([value == wanted for value in values], dtype=bool)

    def to_lines(self) -> bytes:
        """One JSON object a row, UTF-8."""
        return b"".join(_line(name, row) for name, row in zip(self.ids, self.rows, strict=True))

    @classmethod
    def from_lines(cls, data: bytes) -> Catalogue:
        """Read what :meth:`to_lines` wrote.

        Raises:
            IndexDamagedError: Something else.
        """
        try:
            records = [json.loads(line) for line in data.splitlines()]
            ids = [record.pop("id") for record in records]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise IndexDamagedError(
                f"the catalogue is no list of JSON objects ({error})"
            ) from error
        return cls(ids, records)


def _line(name: str, row: Mapping[str, Any]) -> bytes:
    if "id" in row:
        raise ConfigError(f"{name}: 'id' cannot be a metadata key; it is the drawing's id already.")
    try:
        text = json.dumps({"id": name, **row}, ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{name}: its metadata cannot be saved as JSON ({error}). Use text, numbers, lists."
        ) from error
    return text.encode() + b"\n"


def as_ids(exclude: str | Iterable[str] | None) -> Collection[str]:
    """``exclude=`` as a collection: one id or several."""
    if exclude is None:
        return ()
    return (exclude,) if isinstance(exclude, str) else list(exclude)
