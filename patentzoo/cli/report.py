"""report: saved search results as a page, a table or a workbook."""

from __future__ import annotations

from typing import Annotated

import typer

from patentzoo.cli.hits_table import Csv, Html, Xlsx, check_files, print_hits, write_files


def report(
    files: Annotated[
        list[str],
        typer.Argument(metavar="RESULTS", help="What 'search --json' printed, in files."),
    ],
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
) -> None:
    """Show search results that were saved as JSON: on the terminal, or in the files asked for."""
    check_files(html, csv, xlsx)
    from patentzoo.reports import read_json

    results = [each for file in files for each in read_json(file)]
    write_files(results, html, csv, xlsx)
    if html is csv is xlsx is None:
        print_hits(results)
