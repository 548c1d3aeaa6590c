"""models, embed, index and search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.output import errors, out, print_json, report_failures, show_progress, table

if TYPE_CHECKING:
    from patentzoo.index import Index
    from patentzoo.results import SearchResult


def models(
    name: Annotated[str | None, typer.Argument(help="Print this model's whole card.")] = None,
    as_json: options.Json = False,
) -> None:
    """List the models, or print one's card."""
    from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, list_models

    cards = list_models() if name is None else [find_card(name)]
    if as_json:
        print_json([card.to_dict() for card in cards])
    elif name is not None:
        typer.echo(cards[0].to_toml(), nl=False)
    else:
        listed = table("model", ">dim", ">MB", "licence", "scores")
        for card in cards:
            scores = [f"{s.protocol} {s.metric} {s.value:.3f}" for s in card.scores]
            mark = " (default)" if card.name == DEFAULT_MODEL else ""
            shown = ", ".join(scores[:2]) or "-"
            listed.add_row(
                card.name + mark, str(card.dim), f"{card.size_mb:.1f}", card.licence, shown
            )
        out().print(listed)


def embed(
    images: options.Images,
    target: Annotated[str, typer.Option("--out", "-o", help="A .npz or .safetensors file.")],
    model: options.Model = None,
    device: options.Device = "auto",
    batch_size: options.BatchSize = 32,
    workers: options.Workers = None,
    skip_errors: options.Skip = False,
    patents: options.Patents = None,
    allow_urls: options.AllowUrls = False,
    as_json: options.Json = False,
) -> None:
    """Turn drawings into unit vectors in one file."""
    from patentzoo import embed, load_model
    from patentzoo.vectors import check_suffix, save_embeddings

    check_suffix(target)
    embeddings = embed(
        load_model(model, device=device),
        options.one_or_list(images),
        batch_size=batch_size,
        workers=workers,
        on_error="skip" if skip_errors else "raise",
        progress=show_progress(),
        allow_urls=allow_urls,
        patent=patents,
    )
    save_embeddings(embeddings, target)
    report_failures(embeddings.failures)
    _done(
        as_json,
        f"{len(embeddings)} vectors of {embeddings.dim} dimensions: {target}",
        vectors=len(embeddings),
        dim=embeddings.dim,
        model=embeddings.model,
        fingerprint=embeddings.fingerprint,
        failures=[{"id": each.id, "reason": each.reason} for each in embeddings.failures],
        out=target,
    )


def index(
    images: options.Images,
    target: Annotated[str, typer.Option("--out", "-o", help="Folder of the index.")],
    model: options.Model = None,
    device: options.Device = "auto",
    batch_size: options.BatchSize = 32,
    workers: options.Workers = None,
    skip_errors: options.Skip = False,
    patents: options.Patents = None,
    allow_urls: options.AllowUrls = False,
    as_json: options.Json = False,
) -> None:
    """Make drawings searchable."""
    from patentzoo import build_index, load_model

    built = build_index(
        load_model(model, device=device),
        options.one_or_list(images),
        path=target,
        batch_size=batch_size,
        workers=workers,
        on_error="skip" if skip_errors else "raise",
        progress=show_progress(),
        allow_urls=allow_urls,
        patent=patents,
    )
    report_failures(built.failures)
    _done(
        as_json,
        f"{len(built)} drawings indexed: {target}\nSearch it: patentzoo search {target} QUERY",
        drawings=len(built),
        dim=built.dim,
        model=built.model_name,
        fingerprint=built.fingerprint,
        failures=[{"id": each.id, "reason": each.reason} for each in built.failures],
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
    model: options.Model = None,
    device: options.Device = "auto",
    html: Annotated[str | None, typer.Option(help="Also write a report with pictures.")] = None,
    allow_urls: options.AllowUrls = False,
    as_json: options.Json = False,
) -> None:
    """Find the drawings closest to each query."""
    from patentzoo import load_index, load_model, search
    from patentzoo.report import notes_of, write_report

    chosen = None if model is None and device == "auto" else load_model(model, device=device)
    opened = load_index(folder, chosen)
    depth = min(10, _searchable(opened, group_by)) or 10 if k is None else k
    images = options.with_ids(queries)
    results: Any = search(
        opened,
        images,
        k=depth,
        group_by=group_by,  # type: ignore[arg-type]  # the library checks what was typed
        allow_urls=allow_urls,
    )
    if html is not None:
        write_report(results, html, queries=notes_of(images, allow_urls=allow_urls))
    if as_json:
        print_json([{"query": each.query, "hits": each.to_rows()} for each in results])
    else:
        _print_hits(results)
    if html is not None:
        errors().print(f"Report: {html}")


def _searchable(opened: Index, group_by: str | None) -> int:
    """The most hits a search can give."""
    return len(set(opened.catalogue.groups.tolist())) if group_by else len(opened)


def _print_hits(results: list[SearchResult]) -> None:
    for result in results:
        hits = table(">rank", ">score", "patent", "drawing", title=f"Query {result.query}")
        for hit in result:
            hits.add_row(str(hit.rank), f"{hit.score:.3f}", hit.patent or "-", hit.id)
        out().print(hits)


def _done(as_json: bool, sentence: str, **facts: Any) -> None:
    if as_json:
        print_json(facts)
    else:
        out().print(sentence, highlight=False, soft_wrap=True, markup=False)
