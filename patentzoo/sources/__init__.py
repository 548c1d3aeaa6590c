"""Anything a user calls an image -> upright grey page(s), each with an id."""

from __future__ import annotations

from patentzoo.images.expand import iter_sources, read_pages
from patentzoo.images.labels import Labellers, MetadataRule, PatentRule, PatentTable, make_labeller
from patentzoo.images.options import read_options
from patentzoo.images.page import Figures, Kind, Label, LeftOut, Page, Photos, ReadOptions
from patentzoo.images.sources import Source

__all__ = [
    "Figures",
    "Kind",
    "Label",
    "Labellers",
    "LeftOut",
    "MetadataRule",
    "Page",
    "PatentRule",
    "PatentTable",
    "Photos",
    "ReadOptions",
    "Source",
    "iter_sources",
    "make_labeller",
    "read_options",
    "read_pages",
]
