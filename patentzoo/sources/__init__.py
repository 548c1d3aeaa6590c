"""Anything a user calls an image -> upright grey page(s), each with an id."""

from __future__ import annotations

from patentzoo.sources.inputs import iter_sources, read_pages
from patentzoo.sources.patent_labels import (
    Labellers,
    PatentTable,
    make_labeller,
    read_options,
)
from patentzoo.sources.source import Source

__all__ = [
    "Labellers",
    "PatentTable",
    "Source",
    "iter_sources",
    "make_labeller",
    "read_options",
    "read_pages",
]
