"""Searching by words: whether an index can, and how it is asked."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException

from patentzoo.index import Index


def takes_words(index: Index) -> bool:
    """Whether the index's model reads words."""
    return index.model.takes_words


def words_of(index: Index, text: str) -> dict[str, Any]:
    """What ``search`` takes for words that were typed; nothing for none.

    Raises:
        HTTPException: 400: the index's model does not read words.
    """
    if not text.strip():
        return {}
    if not takes_words(index):
        raise HTTPException(
            400, f"text: the model {index.model_name!r} reads no words. Search by a drawing."
        )
    return {"text": text}
