"""report: saved search results as a page, a table or a workbook."""

from __future__ import annotations

from typing import Annotated

import typer

from patentzoo.cli.hits_table import Csv, Html, Xlsx, check_files, print_hits, say, write_files


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

    results = []
    for file in files:
        found = read_json(file)
        if not found:
            say(f"{file} holds no results: the search had no query that could be read.")
        results += found
    write_files(results, html, csv, xlsx)
    if html is csv is xlsx is None:
        print_hits(results)
