"""Search results as rows of a table: CSV, data frames, Excel workbooks."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from patentzoo.errors import MissingExtraError
from patentzoo.hit import Hit
from patentzoo.reports.facts import facts_of
from patentzoo.reports.query_hits import QueryHits, as_list
from patentzoo.system.overwrite import CSV_OF_HITS, rewrite

if TYPE_CHECKING:
    import pandas

DIGITS = 4
"""Of a score in what is written: what follows differs between machines."""
PERCENTILE_DIGITS = 1
"""Of a percentile: a scale is of some hundred drawings."""

FIRST = (
    *("query", "rank", "score"),
    *("patent", "title", "granted", "locarno", "us_class", "owner", "label", "view"),
    *("id", "path", "page", "url"),
)
"""Columns that every table has, in this order; further metadata follow."""

SCORED = FIRST.index("score") + 1
MEANING = ("percentile", "closeness")
"""Columns after the score, where a hit has them."""

_SAID_ELSEWHERE = ("assignee", "applicant", "sheet", "box")


def rows_of(results: QueryHits | Iterable[QueryHits]) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns of a table of results, and its rows: one a hit.

    A search by patent gives the patent's closest drawing; its further figures are left out.

    Returns:
        Names of the columns: ``FIRST``, after the score what it means where the index is
        calibrated, and then further metadata in the order they are met; and a dict a row, without
        what is not known.
    """
    shown = as_list(results)
    hits = [hit for result in shown for hit in result]
    rows = [_row(result, hit) for result in shown for hit in result]
    met = dict.fromkeys(key for row in rows for key in row)
    meaning = [name for name in MEANING if any(hit.percentile is not None for hit in hits)]
    first = [*FIRST[:SCORED], *meaning, *FIRST[SCORED:]]
    return [*first, *(key for key in met if key not in first)], rows


def _row(result: QueryHits, hit: Hit) -> dict[str, Any]:
    facts = facts_of(hit)
    known = {
        **{key: each for key, each in hit.metadata.items() if key not in _SAID_ELSEWHERE},
        **{"query": result.query, "rank": hit.rank, "score": round(hit.score, DIGITS)},
        **{"patent": hit.patent, "owner": facts.owner, "granted": facts.granted},
        **{"id": hit.id, "path": hit.path, "page": hit.page, "url": facts.page_url},
    }
    if hit.percentile is not None:
        known |= {
            "percentile": round(hit.percentile, PERCENTILE_DIGITS),
            "closeness": hit.closeness,
        }
    return {key: each for key, each in known.items() if each not in (None, "")}


def write_csv(
    results: QueryHits | Iterable[QueryHits], path: str | os.PathLike[str] | None = None
) -> str:
    """Write results as a CSV table in UTF-8, a row a hit, and return its text.

    Args:
        results: One or several.
        path: The file; None: only the text is returned.

    Raises:
        OutputError: A file that is no such table is there, or none can be written.
    """
    columns, rows = rows_of(results)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([plain(row.get(name)) for name in columns] for row in rows)
    if path is not None:
        rewrite(path, stream.getvalue(), CSV_OF_HITS)
    return stream.getvalue()


def data_frame(results: QueryHits | Iterable[QueryHits]) -> pandas.DataFrame:
    """Return results as a pandas data frame, a row a hit, in the columns of ``write_csv``.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError(
            f"Data frames need pandas ({error}). Install it: pip install 'patentzoo[pandas]'."
        ) from error
    columns, rows = rows_of(results)
    return pandas.DataFrame(rows, columns=columns)


def plain(value: Any) -> Any:
    """A value as a cell holds it: numbers and text as they are, lists and dicts as JSON."""
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return value
