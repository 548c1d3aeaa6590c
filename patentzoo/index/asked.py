"""What was searched for stays with its result, so that the query can be shown beside its hits."""

from __future__ import annotations

from typing import Any

import numpy as np

from patentzoo.index.queries import is_one
from patentzoo.results import Embeddings

Asked = tuple[Any, ...]


def asked_with(query: Any, count: int) -> list[Asked]:
    """The images each of ``count`` results was asked with; vectors have none.

    Args:
        query: As for ``search``; no iterator, which would be used up.
        count: One result a query, or one for several views of a product.
    """
    if isinstance(query, Embeddings):
        each = [_of_row(data) for data in query.metadata]
    else:
        each = [(item,) for item in ([query] if is_one(query) else query) if not _is_vector(item)]
    if not any(each):
        return [()] * count
    if len(each) != count:  # several views, or a file of several pages
        return [tuple(item for one in each for item in one)] * count
    return each


def _of_row(data: Any) -> Asked:
    """The file of an embedded drawing, where it is one drawing alone."""
    alone = data.get("path") and not data.get("page") and not data.get("box")
    return (data["path"],) if alone else ()


def _is_vector(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.ndim == 1
