"""search: the drawings closest to each query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.open_index import open_index
from patentzoo.cli.options import views_of
from patentzoo.cli.output import check_writable, errors, out, print_json, print_table, table
from patentzoo.system.terminal import visible

if TYPE_CHECKING:
    from patentzoo.hit import Hit
    from patentzoo.index.query.search_result import SearchResult

DIGITS = 4
"""Of a score in JSON: what follows differs between machines."""


def search(
    folder: Annotated[str, typer.Argument(metavar="INDEX", help="Folder of a saved index.")],
    queries: Annotated[
        list[str], typer.Argument(metavar="QUERY", help="Query drawings: files, PDFs, folders.")
    ],
    k: Annotated[
        int | None,
        typer.Option("-k", metavar="N", help="Hits a query; 10, or all where there are fewer."),
    ] = None,
    group_by: Annotated[
        str | None,
        typer.Option(metavar="FIELD", help="'patent': only the best drawing of each patent."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILTER",
            help="Only drawings that fit: year>=2019, owner=Acme, locarno^=06 (begins with); may "
            "be repeated, and all have to hold.",
        ),
    ] = None,
    views: options.Views = None,
    rerank: Annotated[
        str | None, typer.Option(metavar="WAY", help="'k-reciprocal': look again at the best.")
    ] = None,
    expand: Annotated[
        int,
        typer.Option(
            metavar="N", help="Move the query towards so many of its nearest drawings first."
        ),
    ] = 0,
    model: options.ModelOfIndex = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
    photos: options.PhotosOfIndex = None,
    figures: options.FiguresOfQueries = None,
    orient: Annotated[
        str,
        typer.Option(metavar="WAY", help="any: the query in its four turns; else upright."),
    ] = "upright",
    mirror: Annotated[bool, typer.Option("--mirror", help="Try the query mirrored, too.")] = False,
    min_score: Annotated[
        float | None, typer.Option(metavar="SCORE", help="Leave out hits that score less.")
    ] = None,
    offset: Annotated[
        int, typer.Option(metavar="N", help="Pass over so many hits, and show those that follow.")
    ] = 0,
    gazette: Annotated[
        bool,
        typer.Option(
            "--gazette", help="With --group-by: count the Official Gazette's pictures, too."
        ),
    ] = False,
    skip_errors: Annotated[
        bool, typer.Option("--skip-errors", help="Leave out queries that fail, and list them.")
    ] = False,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Also write a page with the pictures.")
    ] = None,
    allow_urls: options.AllowUrls = False,
    as_json: options.Json = False,
) -> None:
    """Find the drawings closest to each query."""
    from patentzoo import search
    from patentzoo.reports import notes_of, write_report
    from patentzoo.system.overwrite import REPORT, check_rewritable

    check_writable(html)
    if html is not None:
        check_rewritable(html, REPORT)
    opened = open_index(folder, model, device, backend)
    depth = 10 if k is None else k
    images = options.with_ids(queries)
    looked: dict[str, Any] = {"rerank": rerank, "expand": expand, "photos": photos}
    looked |= {"orient": orient, "mirror": mirror, "figures": figures, "views": views_of(views)}
    looked |= {"min_score": min_score, "offset": offset, "gazette": gazette}
    looked["on_error"] = "skip" if skip_errors else "raise"
    found: Any = search(
        opened,
        images,
        k=depth,
        group_by=group_by,  # type: ignore[arg-type]  # the library checks what was typed
        where=options.where(where, opened.stats().columns) if where else None,
        allow_urls=allow_urls,
        **looked,
    )
    results = found if isinstance(found, list) else [found]
    if html is not None:
        write_report(results, html, queries=notes_of(images, allow_urls=allow_urls))
    if as_json:
        print_json([_result(each) for each in results])
    else:
        _print_hits(results)
    if html is not None:
        errors().print(f"Report: {html}", highlight=False, soft_wrap=True, markup=False)


def _print_hits(results: list[SearchResult]) -> None:
    for result in results:
        if not len(result):
            out().print(
                f"Query {visible(str(result.query))}: no drawing fits.",
                highlight=False,
                markup=False,
            )
            continue
        known = any(hit.closeness for hit in result)
        meaning = [">percentile", "closeness"] if known else []
        hits = table(
            ">rank", ">score", *meaning, "patent", "drawing", title=f"Query {result.query}"
        )
        for hit in result:
            said = _said(hit) if known else []
            hits.add_row(str(hit.rank), f"{hit.score:.3f}", *said, hit.patent or "-", hit.id)
        print_table(hits)
        if result.treatment:
            out().print(f"The query: {result.treatment}.", highlight=False, markup=False)


def _said(hit: Hit) -> list[str]:
    """What a hit's score means."""
    if hit.percentile is None or hit.closeness is None:
        return ["-", "-"]
    return [f"{hit.percentile:.1f}", hit.closeness]


def _result(result: SearchResult) -> dict[str, Any]:
    """A result as JSON; what was done to the query only where something was."""
    done = result.treatment
    treatment = {"steps": done.steps, "turned": done.turned, "mirrored": done.mirrored}
    hits = [_row(hit) for hit in result]
    return {"query": result.query, **({"treatment": treatment} if done else {}), "hits": hits}


def _row(hit: Hit) -> dict[str, Any]:
    """A hit; a patent's with its figures."""
    figures = [{"id": each.id, "score": round(each.score, DIGITS)} for each in hit.figures]
    row = hit.to_row() | {"score": round(hit.score, DIGITS)}
    if hit.percentile is not None:
        row["percentile"] = round(hit.percentile, 1)
    return row | ({"figures": figures} if figures else {})
