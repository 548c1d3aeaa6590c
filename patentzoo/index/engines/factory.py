"""Which engine an index of some size gets; engines made and read by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from patentzoo.errors import ConfigError, near_miss
from patentzoo.index.engines.protocol import StoredEngine
from patentzoo.index.storage.segments import Segment

EngineName = Literal["auto", "flat", "hnsw", "ivfpq"]


FLAT_UP_TO = 100_000
"""Drawings compared one by one without anybody waiting: some tens of milliseconds a query."""


HNSW_UP_TO = 3_000_000
"""Above this, a graph and the vectors beside it no longer fit an ordinary machine's memory."""


def check_engine(name: str) -> None:
    """Raise ConfigError unless an engine has this name."""
    if name not in get_args(EngineName):
        raise ConfigError(f"engine = {name!r}. {near_miss(str(name), get_args(EngineName))}")


def choose(wanted: str, count: int) -> str:
    """The engine for an index of ``count`` drawings."""
    if wanted != "auto":
        return wanted
    return "flat" if count <= FLAT_UP_TO else "hnsw" if count <= HNSW_UP_TO else "ivfpq"


def build_engine(name: str, segments: Sequence[Segment]) -> StoredEngine | None:
    """Make an engine over these segments; None for the exact one, which needs no making.

    Raises:
        ConfigError: Too few drawings for it.
    """
    if name == "hnsw":
        from patentzoo.index.engines.hnsw import HnswEngine

        return HnswEngine.build(segments)
    if name == "ivfpq":
        from patentzoo.index.engines.ivfpq import IvfPqEngine

        return IvfPqEngine.build(segments)
    return None


def read_engine(name: str, path: Path, segments: Sequence[Segment]) -> StoredEngine:
    """Open an engine's file over the segments it was made of."""
    if name == "hnsw":
        from patentzoo.index.engines.hnsw import HnswEngine

        return HnswEngine.read(path, segments)
    from patentzoo.index.engines.ivfpq import IvfPqEngine

    return IvfPqEngine.read(path, segments)
