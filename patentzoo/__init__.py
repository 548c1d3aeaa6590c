"""patentzoo: find design patents by picture.

    import patentzoo as pz

    model = pz.load_model()
    index = pz.build_index(model, "drawings/")
    for hit in pz.search(index, "query.png", k=10):
        print(hit.score, hit.patent, hit.id)

``import patentzoo`` is cheap: each name is imported when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing and importlib would be most of what this import costs
if TYPE_CHECKING:
    from typing import Any

    from patentzoo.embedding import embed
    from patentzoo.embedding.classes import classify
    from patentzoo.errors import (
        BlankImageError,
        ConfigError,
        DownloadError,
        EmptyIndexError,
        HitNotFoundError,
        ImageArrayError,
        ImageDecodeError,
        ImageError,
        ImageNotFoundError,
        IndexDamagedError,
        IndexMismatchError,
        IndexServerError,
        MissingExtraError,
        ModelError,
        ModelNotFoundError,
        OutputError,
        PatentZooError,
        QueryError,
        TrainingError,
        VectorIndexError,
        WeightsError,
    )
    from patentzoo.hit import Hit
    from patentzoo.index import Index, build_index, load_index
    from patentzoo.index.query.search import search
    from patentzoo.index.query.search_result import SearchResult
    from patentzoo.models.retrieval_model import RetrievalModel
    from patentzoo.results import Embeddings, Failure
    from patentzoo.train.folder_finetuning import finetune
    from patentzoo.watching import WatchReport, watch
    from patentzoo.zoo.card import Card
    from patentzoo.zoo.load import load_model
    from patentzoo.zoo.registry import list_models

__version__ = "0.1.0"

_HOMES = {
    "patentzoo.embedding": ("embed",),
    "patentzoo.embedding.classes": ("classify",),
    "patentzoo.errors": (
        "BlankImageError",
        "ConfigError",
        "DownloadError",
        "EmptyIndexError",
        "HitNotFoundError",
        "ImageArrayError",
        "ImageDecodeError",
        "ImageError",
        "ImageNotFoundError",
        "IndexDamagedError",
        "VectorIndexError",
        "IndexMismatchError",
        "IndexServerError",
        "MissingExtraError",
        "ModelError",
        "ModelNotFoundError",
        "OutputError",
        "PatentZooError",
        "QueryError",
        "TrainingError",
        "WeightsError",
    ),
    "patentzoo.hit": ("Hit",),
    "patentzoo.index": ("Index", "build_index", "load_index", "search"),
    "patentzoo.watching": ("WatchReport", "watch"),
    "patentzoo.index.query.search_result": ("SearchResult",),
    "patentzoo.models.retrieval_model": ("RetrievalModel",),
    "patentzoo.results": ("Embeddings", "Failure"),
    "patentzoo.train.folder_finetuning": ("finetune",),
    "patentzoo.zoo.card": ("Card",),
    "patentzoo.zoo.load": ("load_model",),
    "patentzoo.zoo.registry": ("list_models",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "BlankImageError",
    "Card",
    "ConfigError",
    "DownloadError",
    "Embeddings",
    "EmptyIndexError",
    "Failure",
    "Hit",
    "HitNotFoundError",
    "ImageArrayError",
    "ImageDecodeError",
    "ImageError",
    "ImageNotFoundError",
    "Index",
    "IndexDamagedError",
    "IndexMismatchError",
    "IndexServerError",
    "MissingExtraError",
    "ModelError",
    "ModelNotFoundError",
    "OutputError",
    "PatentZooError",
    "QueryError",
    "RetrievalModel",
    "SearchResult",
    "TrainingError",
    "VectorIndexError",
    "WatchReport",
    "WeightsError",
    "__version__",
    "build_index",
    "classify",
    "embed",
    "finetune",
    "list_models",
    "load_index",
    "load_model",
    "search",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'patentzoo' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
