"""Pictures of results: a page, a notebook's cell, a grid, and the plots of an evaluation."""

from __future__ import annotations

from patentzoo.show.curves import precision_recall, rank_histogram, worst_queries, write_plots
from patentzoo.show.grid import plot
from patentzoo.show.notebook import fragment
from patentzoo.show.notes import QueryNote, notes_of
from patentzoo.show.page import write_report
from patentzoo.show.pictures import Pictures

__all__ = [
    "Pictures",
    "QueryNote",
    "fragment",
    "notes_of",
    "plot",
    "precision_recall",
    "rank_histogram",
    "worst_queries",
    "write_plots",
    "write_report",
]
