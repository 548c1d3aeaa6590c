"""Build, load and search an index of drawings; the only rooms that know faiss."""

from __future__ import annotations

from patentzoo.index.build import build_index, load_index
from patentzoo.index.index import Index
from patentzoo.index.query.search import search
from patentzoo.index.repair.repair import repair_index

__all__ = ["Index", "build_index", "load_index", "repair_index", "search"]
