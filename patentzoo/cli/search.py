"""index and search."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.output import (
    errors,
    out,
    print_json,
    report_failures,
    say_timings,
    show_progress,
    table,
)
from patentzoo.results import Changes

if TYPE_CHECKING:
    from patentzoo.index import Index
    from patentzoo.results import Hit, SearchResult

COUNTS = ("added", "replaced", "removed", "unchanged")


def index(
    target: Annotated[str, typer.Option("--out", "-o", help="Folder of the index.")],
    images: Annotated[
        list[str] | None,
        typer.Argument(help="Drawings: files, folders, globs; addresses with --allow-urls."),
    ] = None,
    model: options.Model = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
    batch_size: options.BatchSize = 32,
    workers: options.Workers = None,
    skip_errors: options.Skip = False,
    failures: options.Failures = None,
    patents: options.Patents = None,
    figures: options.Figures = "auto",
    photos: options.Photos = None,
    limit: options.Limits = None,
    allow_urls: options.AllowUrls = False,
    processes: options.Processes = False,
    timings: options.Timings = False,
    engine: Annotated[str, typer.Option(help="auto (by size), flat, hnsw or ivfpq.")] = "auto",
    storage: Annotated[str, typer.Option(help="float32, float16 or int8.")] = "float32",
    add: Annotated[
        bool, typer.Option("--add", help="Add to the index; unchanged files are left as they are.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Embed again what stood in damaged files.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Make drawings searchable, add to an index, repair one, or list what it left out."""
    from patentzoo import build_index, load_index, load_model
    from patentzoo.index import repair_index

    if not images and not repair:
        if failures is None:
            raise typer.BadParameter("Give the drawings: files, folders or globs.")
        _report_index(load_index(target), None, target, failures, as_json)
        return
    chosen = load_model(model, device=device, backend=backend)
    given = options.one_or_list(images) if images else None
    reading: dict[str, Any] = {
        "batch_size": batch_size,
        "workers": workers,
        "on_error": "skip" if skip_errors or failures else "raise",
        "progress": show_progress(),
        "allow_urls": allow_urls,
        "patent": patents,
        "figures": figures,
        "limits": options.limits(limit),
        "processes": processes,
        "timings": say_timings if timings else None,
        **({} if photos is None else {"photos": photos}),
    }
    made: dict[str, Any] = {"engine": engine, "storage": storage}
    changes = Changes()
    if repair:
        changes = repair_index(target, chosen, given, progress=show_progress())
        built = load_index(target, chosen)
    elif add:
        built = load_index(target, chosen)
        changes = built.add(given, **reading)
    else:
        built = build_index(chosen, given, path=target, **reading, **made)
    _report_index(built, changes if add or repair else None, target, failures, as_json)


def _report_index(
    built: Index, changes: Changes | None, target: str, table: str | None, as_json: bool
) -> None:
    from patentzoo.embedding.failures import failures_csv, write_failures

    failures = built.failures if changes is None else changes.failures
    if table == "-":  # the index's table, and nothing else, for the next program
        sys.stdout.write(failures_csv(built.failures))
        return
    if table is not None:
        write_failures(built.failures, table)
    report_failures(failures)
    counts = {} if changes is None else {name: getattr(changes, name) for name in COUNTS}
    sentence = ", ".join(f"{value} {name}" for name, value in counts.items() if value)
    _done(
        as_json,
        f"{len(built)} drawings indexed: {target}{f' ({sentence})' if sentence else ''}\n"
        f"Search it: patentzoo search {target} QUERY",
        drawings=len(built),
        dim=built.dim,
        model=built.model_name,
        fingerprint=built.fingerprint,
        **counts,
        failures=[
            {"id": each.id, "reason": each.reason, "size_bytes": each.size_bytes}
            for each in failures
        ],
        out=target,
    )


def search(
    folder: Annotated[str, typer.Argument(metavar="INDEX", help="Folder of a saved index.")],
    queries: Annotated[list[str], typer.Argument(metavar="QUERY...", help="Query drawings.")],
    k: Annotated[
        int | None, typer.Option("-k", help="Hits a query; 10, or all where there are fewer.")
    ] = None,
    group_by: Annotated[
        str | None, typer.Option(help="'patent': only the best drawing of each patent.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="A filter such as year>=2019, owner=Acme or locarno^=06; repeat."),
    ] = None,
    views: Annotated[
        bool, typer.Option("--views", help="The queries are views of one product.")
    ] = False,
    rerank: Annotated[
        str | None, typer.Option(help="'k-reciprocal': look again at the best.")
    ] = None,
    expand: Annotated[
        int, typer.Option(help="Move the query towards so many of its nearest drawings.")
    ] = 0,
    model: options.Model = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
    photos: options.Photos = None,
    html: Annotated[str | None, typer.Option(help="Also write a report with pictures.")] = None,
    allow_urls: options.AllowUrls = False,
    as_json: options.Json = False,
) -> None:
    """Find the drawings closest to each query."""
    from patentzoo import load_index, load_model, search
    from patentzoo.show import notes_of, write_report

    own = model is None and device == backend == "auto"
    chosen = None if own else load_model(model, device=device, backend=backend)
    opened = load_index(folder, chosen)
    depth = min(10, _searchable(opened, group_by)) or 10 if k is None else k
    images = options.with_ids(queries)
    looked: dict[str, Any] = {"rerank": rerank, "expand": expand, "views": views, "photos": photos}
    found: Any = search(
        opened,
        images,
        k=depth,
        group_by=group_by,  # type: ignore[arg-type]  # the library checks what was typed
        where=options.where(where),
        allow_urls=allow_urls,
        **looked,
    )
    results = [found] if views else found
    if html is not None:
        write_report(results, html, queries=notes_of(images, allow_urls=allow_urls))
    if as_json:
        print_json([{"query": each.query, "hits": [_row(hit) for hit in each]} for each in results])
    else:
        _print_hits(results)
    if html is not None:
        errors().print(f"Report: {html}")


def _searchable(opened: Index, group_by: str | None) -> int:
    """The most hits a search can give."""
    return opened.stats().patents if group_by else len(opened)


def _print_hits(results: list[SearchResult]) -> None:
    for result in results:
        hits = table(">rank", ">score", "patent", "drawing", title=f"Query {result.query}")
        for hit in result:
            hits.add_row(str(hit.rank), f"{hit.score:.3f}", hit.patent or "-", hit.id)
        out().print(hits)


def _row(hit: Hit) -> dict[str, Any]:
    """A hit; a patent's with its figures."""
    figures = [{"id": each.id, "score": each.score} for each in hit.figures]
    return hit.to_row() | ({"figures": figures} if figures else {})


def _done(as_json: bool, sentence: str, **facts: Any) -> None:
    if as_json:
        print_json(facts)
    else:
        out().print(sentence, highlight=False, soft_wrap=True, markup=False)
