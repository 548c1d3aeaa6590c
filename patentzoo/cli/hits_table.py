"""Search results on the terminal, and in the files that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli.output import check_writable, errors, fits, out, print_table, table
from patentzoo.system.terminal import visible

if TYPE_CHECKING:
    from patentzoo.hit import Hit
    from patentzoo.reports import QueryPreview
    from patentzoo.reports.query_hits import QueryHits

Html = Annotated[
    str | None, typer.Option(metavar="FILE", help="Also write a page with the pictures.")
]
Csv = Annotated[
    str | None, typer.Option(metavar="FILE", help="Also write a CSV table, a row a hit.")
]
Xlsx = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Also write an Excel workbook with links and pictures."),
]


def check_files(html: str | None, csv: str | None, xlsx: str | None) -> None:
    """Look whether the files can be written, before work begins.

    Raises:
        OutputError: They cannot, or another kind of file is there.
        MissingExtraError: A workbook is wanted, and openpyxl is not installed.
    """
    check_writable(html, csv, xlsx)
    from patentzoo.reports import check_workbook
    from patentzoo.system.overwrite import CSV_OF_HITS, REPORT, check_rewritable

    if html is not None:
        check_rewritable(html, REPORT)
    if csv is not None:
        check_rewritable(csv, CSV_OF_HITS)
    if xlsx is not None:
        check_workbook(xlsx)


def write_files(
    results: Sequence[QueryHits],
    html: str | None,
    csv: str | None,
    xlsx: str | None,
    notes: Mapping[str, QueryPreview] | None = None,
) -> None:
    """Write results to the files that were asked for, and say where they are."""
    from patentzoo.reports import write_csv, write_excel, write_report

    if html is not None:
        write_report(results, html, queries=notes)
        _say(f"Report: {html}")
    if csv is not None:
        write_csv(results, csv)
        _say(f"Table: {csv}")
    if xlsx is not None:
        write_excel(results, xlsx)
        _say(f"Workbook: {xlsx}")


def print_hits(results: Sequence[QueryHits]) -> None:
    """Print a table a query: a line a hit where that fits, else what is said of it beside it."""
    for result in results:
        if not len(result):
            line = f"Query {visible(str(result.query))}: no drawing fits."
            out().print(line, highlight=False, markup=False)
            continue
        rows = _rows(result)
        wide = _table(result, [name for name in rows[0] if any(row[name] for row in rows)], rows)
        print_table(wide if fits(wide) else _narrow(result, rows))
        if result.treatment:
            out().print(f"The query: {result.treatment}.", highlight=False, markup=False)


def _rows(result: QueryHits) -> list[dict[str, str]]:
    """A row a hit; its id only where patent and view do not tell which drawing it is."""
    rows = [_row(hit) for hit in result]
    told = all(row["patent"] != "-" and row["view"] for row in rows)
    return [row | {"drawing": ""} for row in rows] if told else rows


def _row(hit: Hit) -> dict[str, str]:
    from patentzoo.reports.facts import facts_of

    facts = facts_of(hit)
    return {
        ">rank": str(hit.rank),
        ">score": f"{hit.score:.3f}",
        ">percentile": "" if hit.percentile is None else f"{hit.percentile:.1f}",
        "closeness": hit.closeness or "",
        "patent": hit.patent or "-",
        "title": facts.title,
        "granted": facts.granted,
        "class": facts.classes,
        "owner": facts.owner,
        "view": facts.view,
        "drawing": hit.id,
    }


def _table(result: QueryHits, columns: list[str], rows: list[dict[str, str]]) -> Any:
    made = table(*columns, title=f"Query {result.query}")
    for row in rows:
        made.add_row(*(row[name] for name in columns))
    return made


def _narrow(result: QueryHits, rows: list[dict[str, str]]) -> Any:
    first = (">rank", ">score", "patent")
    told = [
        {name: row[name] for name in first}
        | {"about": " · ".join(each for name, each in _labelled(row) if each and name not in first)}
        for row in rows
    ]
    return _table(result, [*first, "about"], told)


def _labelled(row: dict[str, str]) -> list[tuple[str, str]]:
    """What stands in a column without a heading of its own."""
    percentile = row[">percentile"] and f"percentile {row['>percentile']}"
    return list((row | {">percentile": percentile}).items())


def _say(line: str) -> None:
    errors().print(line, highlight=False, soft_wrap=True, markup=False)
