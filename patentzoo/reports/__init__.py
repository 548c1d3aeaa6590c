"""Pictures of results: a page, a notebook's cell, a grid, and the plots of an evaluation."""

from __future__ import annotations

from patentzoo.reports.curves import hardest_queries, precision_recall, rank_histogram, write_plots
from patentzoo.reports.facts import Facts, facts_of, score_words
from patentzoo.reports.grid import plot
from patentzoo.reports.html_page import write_report
from patentzoo.reports.notebook import fragment
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_preview import QueryPreview, notes_of
from patentzoo.reports.saved_results import as_json, read_json, write_json
from patentzoo.reports.tables import data_frame, write_csv
from patentzoo.reports.workbook import check_workbook, write_excel

__all__ = [
    "Facts",
    "Pictures",
    "QueryPreview",
    "as_json",
    "check_workbook",
    "data_frame",
    "facts_of",
    "fragment",
    "hardest_queries",
    "notes_of",
    "plot",
    "precision_recall",
    "rank_histogram",
    "read_json",
    "score_words",
    "write_csv",
    "write_excel",
    "write_json",
    "write_plots",
    "write_report",
]
