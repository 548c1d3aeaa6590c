"""Anything a user calls an image -> upright grey page(s), each with an id."""

from __future__ import annotations

from patentzoo.images.labels import PatentRule, make_labeller
from patentzoo.images.page import Label, Page, ReadOptions
from patentzoo.images.sources import Source, iter_sources, read_pages

__all__ = [
    "Label",
    "Page",
    "PatentRule",
    "ReadOptions",
    "Source",
    "iter_sources",
    "make_labeller",
    "read_pages",
]
