"""Several views of one product as one query: which pictures they are, and how scores become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError, near_miss

Fusion = Literal["max", "mean", "rrf"]
Views = bool | Fusion | None
Scores = npt.NDArray[np.float32]

BEST: Fusion = "max"
"""What ``views=True`` means: the best on the development protocol, see docs/search-measured.md."""

RANK_CONSTANT = 60
"""Of reciprocal-rank fusion, as its authors set it."""


def check_fusion(views: bool | str | None) -> Fusion | None:
    """The fusion that ``views=`` asks for; None for queries of their own.

    Raises:
        QueryError: An unknown one.
    """
    if views is None or isinstance(views, bool):
        return BEST if views else None
    for name in get_args(Fusion):
        if views == name:
            return name  # type: ignore[no-any-return]
    raise QueryError(f"views = {views!r}. {near_miss(str(views), get_args(Fusion))}")


def fuse(scores: Scores, fusion: Fusion) -> Scores:
    """One score a candidate.

    Args:
        scores: float32 (v, c): the cosine of each view with each candidate, in [-1, 1].
        fusion: ``"max"``: the best view counts; ``"mean"``: all views count alike; ``"rrf"``:
            reciprocal-rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009), the mean over views
            of 61 / (60 + rank), in (0, 1].

    Returns:
        float32 (c,), higher is closer.
    """
    if fusion == "max":
        return np.asarray(scores.max(axis=0))
    if fusion == "mean":
        return np.asarray(scores.mean(axis=0, dtype=np.float64), dtype=np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None], axis=1)
    rates = (RANK_CONSTANT + 1) / (RANK_CONSTANT + ranks)
    return np.asarray(rates.mean(axis=0), dtype=np.float32)


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
