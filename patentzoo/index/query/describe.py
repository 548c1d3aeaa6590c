"""What a search was asked for, in the words of a report's head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from patentzoo.hit import SearchInfo
from patentzoo.index.query.fusion import Views
from patentzoo.index.query.search_options import SearchOptions
from patentzoo.index.storage.filters import Where

_SIGNS = {
    **{"=": "is", "!=": "is not", "in": "is", "not in": "is not"},
    **{"prefix": "begins with", "not prefix": "does not begin with"},
}
_LISTED = 5
"""Values named one by one; of more the first and how many."""


def search_info(
    searched: tuple[str, object, int],
    options: SearchOptions,
    exclude: Sequence[object],
    views: Views,
) -> SearchInfo:
    """Describe a search.

    Args:
        searched: Name of the model; the folder, None for an index in memory; how many drawings.
        options: Of the search.
        exclude: Ids and paths left out.
        views: As for ``search``.
    """
    model, index, drawings = searched
    filters = [filter_in_words(options.where)] if options.where is not None else []
    if exclude:
        filters.append(f"without {_listed([str(each) for each in exclude])}")
    return SearchInfo(
        model=model,
        drawings=drawings,
        searched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        index=None if index is None else str(index),
        filters="; ".join(filters),
        ways="; ".join(_ways(options, views)),
    )


_WAYS: Mapping[str, str] = {
    "group_by": "the closest drawing of each {}",
    "gazette": "the Official Gazette's pictures, too",
    "min_score": "scores from {}",
    "offset": "without the first {}",
    "rerank": "re-ranked ({})",
    "expand": "the query moved towards its {} nearest",
    "augment": "each drawing moved towards its {} nearest",
    "orient": "in all four turns",
    "mirror": "also mirrored",
}


def _ways(options: SearchOptions, views: Views) -> list[str]:
    """What was asked for beyond the usual, in words."""
    usual = SearchOptions()
    given = {name: getattr(options, name) for name in _WAYS}
    said = [
        _WAYS[name].format(value) for name, value in given.items() if value != getattr(usual, name)
    ]
    return (["the queries are views of one product"] if views else []) + said


def filter_in_words(where: Where) -> str:
    """A filter as a sentence: "locarno begins with 06, granted >= 2021-01-01"."""
    if callable(where):
        return "a function of Python"
    if isinstance(where, Mapping):
        return ", ".join(_condition(str(name), wanted) for name, wanted in where.items())
    return " or ".join(f"({filter_in_words(each)})" for each in where or ())


def _condition(name: str, wanted: Any) -> str:
    if not isinstance(wanted, Mapping):
        return f"{name} is {_value(wanted)}"
    return ", ".join(
        f"{name} {_SIGNS.get(sign, sign)} {_value(value)}" for sign, value in wanted.items()
    )


def _value(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        # The command line reads "06" as the text and as the number it writes: one word for both.
        return _listed(list(dict.fromkeys(map(str, value))), " or ")
    return str(value)


def _listed(names: Sequence[str], between: str = ", ") -> str:
    more = len(names) - _LISTED
    return between.join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
