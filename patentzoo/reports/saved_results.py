"""Search results as JSON, and read back: what ``patentzoo search --json`` prints."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.hit import Hit, IndexedDrawing, SearchInfo, Treatment
from patentzoo.reports.query_hits import QueryHits, as_list
from patentzoo.reports.query_preview import QueryPreview
from patentzoo.reports.tables import DIGITS, PERCENTILE_DIGITS
from patentzoo.system.addresses import is_url
from patentzoo.system.overwrite import JSON_OF_HITS, rewrite
from patentzoo.system.sequences import HitSequence

_FIXED = ("rank", "score", "id", "patent", "path", "page", "figures", "percentile", "closeness")


@dataclass(frozen=True)
class SavedResult(HitSequence[Hit]):
    """A result that was read from JSON; reports and tables take it as they take others.

    Attributes:
        query: The id of the query.
        hits: The closest first.
        query_images: The query's images, where they were files.
        treatment: What was done to the query before it was embedded.
        info: What was searched; None where the file does not say.
    """

    query: str
    hits: tuple[Hit, ...]
    query_images: tuple[Any, ...] = ()
    treatment: Treatment = field(default_factory=Treatment)
    info: SearchInfo | None = None


def as_json(result: QueryHits) -> dict[str, Any]:
    """A result as JSON holds it; what is not known is left out."""
    done, info = result.treatment, result.info
    treatment = {"steps": done.steps, "turned": done.turned, "mirrored": done.mirrored}
    query_images = [each for each in map(_reference, result.query_images) if each is not None]
    return {
        "query": result.query,
        **({"query_images": query_images} if query_images else {}),
        **({"treatment": treatment} if done else {}),
        **({"search": dataclasses.asdict(info)} if info else {}),
        "hits": [_row(hit) for hit in result],
    }


def write_json(
    results: QueryHits | Iterable[QueryHits], path: str | os.PathLike[str] | None = None
) -> str:
    """Write results as JSON and return its text: an object for one, a list for several.

    Args:
        results: One or several.
        path: The file; None: only the text is returned.

    Raises:
        OutputError: A file that is no such result is there, or none can be written.
    """
    single = isinstance(results, QueryHits)
    rows = [as_json(each) for each in as_list(results)]
    text = json.dumps(rows[0] if single else rows, indent=2, default=str, ensure_ascii=False) + "\n"
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # as JSON writes surrogates
    if path is not None:
        rewrite(path, text, JSON_OF_HITS)
    return text


def read_json(path: str | os.PathLike[str]) -> list[SavedResult]:
    """Read results that ``write_json`` wrote or ``patentzoo search --json`` printed.

    Args:
        path: The file, JSON in UTF-8.

    Returns:
        One result a query, in the file's order; scores have four digits.

    Raises:
        ConfigError: The file cannot be read, or holds something else.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        rows = [found] if isinstance(found, Mapping) else list(found)
        return [_result(each) for each in rows]
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        no_json = isinstance(error, json.JSONDecodeError | UnicodeDecodeError)
        reason = "it is no JSON" if no_json else f"{type(error).__name__}: {error}"
        raise ConfigError(
            f"{path} holds no search results ({reason}). Give what "
            "'patentzoo search ... --json' prints or SearchResult.to_json() writes."
        ) from error


def _result(row: Mapping[str, Any]) -> SavedResult:
    info = row.get("search")
    return SavedResult(
        str(row["query"]),
        tuple(_hit(each) for each in row["hits"]),
        tuple(
            each if isinstance(each, str) else _note(each) for each in row.get("query_images", ())
        ),
        Treatment(**row.get("treatment", {})),
        None if info is None else SearchInfo(**info),
    )


def _reference(given: Any) -> Any:
    """A query as its file's path, or where an indexed drawing lies; None for pixels and bytes."""
    if isinstance(given, IndexedDrawing):
        box = list(given.metadata.get("box") or ())
        return {"path": given.path, "page": given.page, "patent": given.patent, "box": box}
    if isinstance(given, tuple) and len(given) >= 2:  # (id, image)
        return _reference(given[1])
    if isinstance(given, str | os.PathLike):
        return os.fspath(given) if is_url(os.fspath(given)) else str(Path(given).absolute())
    return None


def _note(row: Mapping[str, Any]) -> QueryPreview:
    return QueryPreview(row["path"], row["page"], row["patent"], box=tuple(row["box"]))


def _row(hit: Hit) -> dict[str, Any]:
    """A hit; a patent's with its figures."""
    row = hit.to_row() | {"score": round(hit.score, DIGITS)}
    if hit.percentile is not None:
        row["percentile"] = round(hit.percentile, PERCENTILE_DIGITS)
    return row | ({"figures": [_row(each) for each in hit.figures]} if hit.figures else {})


def _hit(row: Mapping[str, Any]) -> Hit:
    figures = tuple(_hit(each) for each in row.get("figures", ()))
    metadata = {key: each for key, each in row.items() if key not in _FIXED}
    fixed = (row.get("patent"), row.get("path"), row.get("page"))
    meaning = (row.get("percentile"), row.get("closeness"))
    ranked = (int(row["rank"]), float(row["score"]), str(row["id"]))
    return Hit(*ranked, *fixed, metadata, figures, *meaning)
