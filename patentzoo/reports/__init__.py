"""Pictures of results: a page, a notebook's cell, a grid, and the plots of an evaluation."""

from __future__ import annotations

from patentzoo.reports.curves import precision_recall, rank_histogram, worst_queries, write_plots
from patentzoo.reports.grid import plot
from patentzoo.reports.html_page import write_report
from patentzoo.reports.notebook import fragment
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_preview import QueryNote, notes_of

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
