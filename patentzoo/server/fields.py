"""Fields of a form that hold JSON: read strictly, refused in a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException

Box = list[float]

LONGEST = 20_000
"""Characters of a field: more is no question a person asks."""
MOST_CONDITIONS = 100
"""Of a filter; SQLite takes no more than a thousand."""
RESERVED = {"id", "path", "page", "box"}
"""Metadata that say which file is read for a drawing: nobody from outside chooses it."""


def read_json(name: str, text: str, wanted: str) -> Any:
    """The value a field holds.

    Args:
        name: Of the field.
        text: As sent.
        wanted: What the field takes, for the error.

    Raises:
        HTTPException: 400: it is no JSON, or too long.
    """
    if len(text) <= LONGEST:
        try:
            return json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError):
            pass
    raise bad(name, wanted)


def bad(name: str, wanted: str) -> HTTPException:
    """400, saying what a field takes."""
    return HTTPException(400, f"{name}: {wanted}.")


def read_boxes(text: str) -> list[Box | None]:
    """For each drawing x0, y0, x1, y1 as fractions of its sides, or null for all of it."""
    wanted = "a list of [x0, y0, x1, y1] within 0 and 1"
    boxes = read_json("crops", text, wanted)
    try:
        if isinstance(boxes, list) and all(box is None or _lies_within(*box) for box in boxes):
            return boxes
    except TypeError:
        pass
    raise bad("crops", wanted)


def _lies_within(x0: float, y0: float, x1: float, y1: float) -> bool:
    return 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1


def read_turns(text: str) -> list[int]:
    """For each drawing by how many degrees it is turned clockwise."""
    wanted = "a list of 0, 90, 180 or 270"
    turns = read_json("turns", text, wanted)
    if isinstance(turns, list) and all(turn in (0, 90, 180, 270) for turn in turns):
        return [int(turn) for turn in turns]
    raise bad("turns", wanted)


def read_where(text: str) -> dict[str, Any] | list[dict[str, Any]] | None:
    """A filter as ``search(where=)`` takes it; None for an empty field."""
    if not text.strip():
        return None
    wanted = 'a JSON object such as {"locarno": {"prefix": "06"}}, or a list of such objects'
    where = read_json("where", text, wanted)
    parts = where if isinstance(where, list) else [where]
    if not all(isinstance(part, dict) for part in parts):
        raise bad("where", wanted)
    count = sum(
        len(each) if isinstance(each, dict) else 1 for part in parts for each in part.values()
    )
    if count + len(parts) > MOST_CONDITIONS:
        raise bad("where", f"at most {MOST_CONDITIONS} conditions")
    return where  # type: ignore[no-any-return]  # told apart above


def conditions(locarno: str, since: str, until: str) -> dict[str, Any]:
    """``where=`` for the page's fields that were filled in."""
    wanted: dict[str, Any] = {}
    if locarno:
        wanted["locarno"] = {"prefix": locarno}
    if days := {sign: day for sign, day in ((">=", since), ("<=", until)) if day}:
        wanted["granted"] = days
    return wanted


def read_ids(text: str, count: int) -> list[str] | None:
    """An id for each of ``count`` drawings; None for an empty field."""
    wanted = f"a list of {count} different texts, one a drawing"
    ids = read_json("ids", text or "null", wanted)
    if ids is None:
        return None
    fits = isinstance(ids, list) and all(isinstance(each, str) and each for each in ids)
    if not fits or len(set(ids)) != len(ids) or len(ids) != count:
        raise bad("ids", wanted)
    return list(ids)


def read_metadata(text: str, count: int) -> list[Mapping[str, Any]]:
    """Metadata for each of ``count`` drawings; empty dicts for an empty field."""
    wanted = f"a list of {count} JSON objects, one a drawing"
    told = read_json("metadata", text or json.dumps([{}] * count), wanted)
    if not isinstance(told, list) or len(told) != count:
        raise bad("metadata", wanted)
    for each in told:
        if not isinstance(each, dict):
            raise bad("metadata", wanted)
        if taken := RESERVED & set(each):
            raise bad("metadata", f"{min(taken)} is the server's own")
    return told


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON.")
