"""search: the drawings closest to each query."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.hits_table import Csv, Html, Xlsx, check_files, print_hits, write_files
from patentzoo.cli.open_index import open_index
from patentzoo.cli.option_checks import refuse
from patentzoo.cli.options import views_of
from patentzoo.cli.output import print_json
from patentzoo.errors import ImageError, QueryError


def search(
    ctx: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="INDEX", help="Folder of a saved index; or its address.")
    ],
    queries: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY",
            help="Query drawings: files, PDFs, folders; ids of the index. None with --text alone.",
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS",
            help="What is looked for in words, alone or beside drawings; models with a text tower.",
        ),
    ] = None,
    text_weight: Annotated[
        float | None,
        typer.Option(metavar="W", help="Of --text beside drawings, from 0 to 1; 0.5."),
    ] = None,
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
        str | None, typer.Option(metavar="WAY", help="'k-reciprocal': order the best again.")
    ] = None,
    query_expansion: Annotated[
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
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    allow_urls: options.AllowUrls = False,
    as_json: options.Json = False,
) -> None:
    """Find the drawings closest to each query, or to words."""
    if group_by is None:
        refuse(ctx, {"gazette"}, "means nothing without --group-by patent. Leave it out.")
    check_files(html, csv, xlsx)
    if not queries and text is None:
        raise QueryError("Nothing is looked for: give QUERY, --text, or both.")
    if text_weight is not None and (text is None or not queries):
        raise QueryError("--text-weight weighs --text against drawings: give both.")
    from patentzoo import search
    from patentzoo.reports import as_json as row_of

    opened = open_index(folder, model, device, backend)
    depth = 10 if k is None else k
    images: list[Any] = options.with_ids(queries or [])
    asked: Any = images or None
    looked: dict[str, Any] = {
        "rerank": rerank,
        "query_expansion": query_expansion,
        "photos": photos,
    }
    looked |= {"orient": orient, "mirror": mirror, "figures": figures, "views": views_of(views)}
    looked |= {"min_score": min_score, "offset": offset, "gazette": gazette}
    looked["on_error"] = "skip" if skip_errors else "raise"
    looked |= {"text": text} | ({} if text_weight is None else {"text_weight": text_weight})
    found: Any = search(
        opened,
        asked,
        k=depth,
        group_by=group_by,  # type: ignore[arg-type]  # the library checks what was typed
        where=options.where(where, opened.fields) if where else None,
        allow_urls=allow_urls,
        **looked,
    )
    results = found if isinstance(found, list) else [found]
    if as_json:
        print_json([row_of(each) for each in results])
    else:
        print_hits(results)
    notes = _notes(images, allow_urls) if html is not None else None
    write_files(results, html, csv, xlsx, notes)


def _notes(images: list[Any], allow_urls: bool) -> dict[str, Any]:
    """What a report shows of the queries, each file read once; ids tell it by themselves."""
    from patentzoo.reports import notes_of

    try:
        return notes_of(images, allow_urls=allow_urls)
    except ImageError:
        return {}
