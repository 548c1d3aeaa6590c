"""Every error a user can meet.

PatentZooError
├── ImageError                what was given as an image cannot be used
│   ├── ImageNotFoundError    the file, folder or glob names nothing
│   ├── ImageDecodeError      bytes that are no readable image (empty, cut off, too large …)
│   ├── ImageArrayError       an array of the wrong shape, dtype or range
│   └── BlankImageError       a page without ink: nothing to compare
├── ConfigError               an unknown or impossible option, recipe key or card field
├── ModelError                a model that cannot be had
│   ├── ModelNotFoundError    no card and no directory of that name
│   ├── WeightsError          weights missing, damaged, or not those of the card
│   └── DownloadError         a model that could not be fetched, or may not be: offline
├── VectorIndexError          an index that cannot be used
│   ├── IndexDamagedError     files missing, cut off or altered
│   ├── IndexMismatchError    made by another model than the one in hand
│   ├── IndexServerError      a served index whose server is not there, too slow, or refuses
│   └── EmptyIndexError       nothing to search
├── QueryError                k, filter or query vector that makes no sense
│   └── HitNotFoundError      a position that a result does not have
├── OutputError               a file that cannot be written where it was asked for
├── MissingExtraError         an optional dependency is not installed
└── TrainingError             a run that cannot start or go on
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PatentZooError(Exception):
    """Base of every error raised on purpose; its text says what, where and what to do."""


class ImageError(PatentZooError):
    """What was given as an image cannot be used."""


class ImageNotFoundError(ImageError):
    """A file, folder or pattern that names no image."""


class ImageDecodeError(ImageError):
    """Bytes that are no readable image."""


class ImageArrayError(ImageError):
    """An array whose shape, dtype or values are not those of an image."""


class BlankImageError(ImageError):
    """A page without ink."""


class ConfigError(PatentZooError):
    """An option, recipe key or card field that is unknown or impossible."""


class ModelError(PatentZooError):
    """A model that cannot be had."""


class ModelNotFoundError(ModelError):
    """No card and no directory of that name."""


class WeightsError(ModelError):
    """Weights that are missing, damaged or not those the card describes."""


class DownloadError(ModelError):
    """A model that could not be fetched: refused, too slow, something else, or offline."""


class VectorIndexError(PatentZooError):
    """An index that cannot be used (the underscore keeps Python's own IndexError visible)."""


class IndexDamagedError(VectorIndexError):
    """Index files that are missing, cut off or altered."""


class IndexMismatchError(VectorIndexError):
    """An index made by another model than the one in hand."""


class IndexServerError(VectorIndexError):
    """A served index whose server is not there, does not answer in time, or refuses."""


class EmptyIndexError(VectorIndexError):
    """An index with nothing in it."""


class QueryError(PatentZooError):
    """A query, k or filter that makes no sense."""


class HitNotFoundError(QueryError, IndexError, ValueError):
    """A hit that a result does not hold; caught as a list's own errors are, too."""


class OutputError(PatentZooError):
    """A file that cannot be written where it was asked for."""


class MissingExtraError(PatentZooError):
    """An optional dependency is not installed; the text prints the command that installs it."""


class TrainingError(PatentZooError):
    """A training run that cannot start or go on."""


def near_miss(word: str, known: Iterable[str]) -> str:
    """The end of an error message: the closest known word, or all of them."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(choices) or 'none'}."
