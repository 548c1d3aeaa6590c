"""What the tests of fetching ask: a model's weights, and what of them the cache shows."""

from __future__ import annotations

from pathlib import Path

from patentzoo.zoo.cache import Cache
from patentzoo.zoo.resolve import Request, find


def found(folder: Path, cache: Cache, *, offline: bool = False) -> Path:
    return find(str(folder), Request(cache, offline)).weights


def cached(cache: Cache) -> list[str]:
    """What a reader of the cache could take for a model."""
    return [
        str(file.relative_to(cache.root))
        for file in cache.root.glob("models/*/*")
        if not file.parent.name.startswith(".")
    ]
