"""Which of the queries' pictures are views of one product, and so give one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patentzoo.errors import QueryError
from patentzoo.index.query.fusion import Fusion

Views = bool | Fusion | None


@dataclass(frozen=True)
class Product:
    """One query: what gives one result.

    Attributes:
        name: Its id; of several figures of one sheet the sheet's.
        rows: Which pictures show it, rising.
    """

    name: str
    rows: tuple[int, ...]


def number_sheets(ids: Sequence[str], metadata: Sequence[Mapping[str, Any]]) -> list[int]:
    """Number the sheets that pictures were cut out of, in order; a whole page is one of its own.

    Args:
        ids: Of the pictures, in the order in which they were read: figures of a sheet follow one
            another.
        metadata: What is known of each: a figure cut out has a ``box``.
    """
    numbers: list[int] = []
    last: tuple[Any, ...] | None = None
    met: set[str] = set()
    for name, known in zip(ids, metadata, strict=True):
        place = (_sheet(name), known.get("path"), known.get("page"))
        same = bool(known.get("box")) and place == last and name not in met
        numbers.append(numbers[-1] if same else len(set(numbers)))
        met = met | {name} if same else {name}
        last = place if known.get("box") else None
    return numbers


def products_of(names: Sequence[str], sheets: Sequence[int] | None, views: Views) -> list[Product]:
    """Gather the pictures that show one product.

    Args:
        names: Ids of the pictures.
        sheets: The sheet of each, from ``number_sheets``; None: each stands alone.
        views: As for ``search``.

    Raises:
        QueryError: ``views`` asks for one product, and there is no picture.
    """
    if views is not None and views is not False:
        if not names:
            raise QueryError("views= needs at least one view of the product.")
        return [Product(" + ".join(names), tuple(range(len(names))))]
    if sheets is None or views is False:
        return [Product(name, (row,)) for row, name in enumerate(names)]
    rows: dict[int, list[int]] = {}
    for row, sheet in enumerate(sheets):
        rows.setdefault(sheet, []).append(row)
    return [
        Product(names[each[0]] if len(each) == 1 else _sheet(names[each[0]]), tuple(each))
        for each in rows.values()
    ]


def _sheet(figure: str) -> str:
    """The id of the sheet of a figure that is not alone on it: "a.tif" of "a.tif:2"."""
    return figure.rpartition(":")[0] or figure
