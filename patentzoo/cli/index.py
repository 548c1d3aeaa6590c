"""index: make drawings searchable, add, repair, list what was left out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.open_index import open_index
from patentzoo.cli.option_checks import OptionConflict, refuse, refuse_two_prints
from patentzoo.cli.output import (
    check_left_out,
    check_writable,
    out,
    print_json,
    report_failures,
    rows_of,
    write_left_out,
)
from patentzoo.options import EmbedOptions
from patentzoo.results import Changes
from patentzoo.system.files import file_to_write

if TYPE_CHECKING:
    from patentzoo.index import Index

COUNTS = ("added", "replaced", "removed", "unchanged", "updated")
FILES = "unchanged"
"""Of these the one that counts files; the others count drawings."""
AS_BUILT = {"engine", "storage"}
"""What an index keeps as long as it lives."""
_KEPT = (
    "an index keeps the engine and the storage it was built with. Leave it out, or build the index "
    "again."
)
AS_READ = {"patents", "metadata", "figures", "photos", "limit", "kind"}
"""What a repair takes from the index."""
NOTHING_READ = {
    *("model", "device", "backend", "batch_size", "workers", "skip_errors", "allow_urls"),
    *("processes", "timings", "add", "overwrite", *AS_BUILT, *AS_READ),
}
"""What has no meaning where no drawing is read."""


def index(
    ctx: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DRAWINGS",
            help="Files, folders, globs, PDFs, archives, tables; addresses with --allow-urls. "
            "None: list what the index left out, with --failures.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder of the index; or milvus://HOST:PORT/COLLECTION.",
        ),
    ] = None,
    model: options.ModelForIndex = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
    batch_size: options.BatchSize = EmbedOptions.batch_size,
    workers: options.Workers = None,
    skip_errors: options.Skip = False,
    failures: options.Failures = None,
    patents: options.Patents = None,
    metadata: options.Metadata = None,
    figures: options.FiguresOfIndex = None,
    photos: options.PhotosOfIndex = None,
    kind: options.KindOfIndex = None,
    limit: options.Limits = None,
    allow_urls: options.AllowUrls = False,
    processes: options.Processes = False,
    timings: options.Timings = False,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="auto (by size), flat, hnsw, ivfpq; or milvus.")
    ] = "auto",
    uri: Annotated[
        str | None,
        typer.Option(metavar="URI", help="With --engine milvus: the server, http://HOST:PORT."),
    ] = None,
    collection: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --uri: the collection's name.")
    ] = None,
    storage: Annotated[
        str, typer.Option(metavar="NAME", help="float32, float16 or int8.")
    ] = "float32",
    add: Annotated[
        bool, typer.Option("--add", help="Add to the index; unchanged files are left as they are.")
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Embed again what stood in damaged files, each read as before."
        ),
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="With --repair: remove drawings whose images are not found any more."
        ),
    ] = False,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Make drawings searchable, add to an index, repair one, or list what it left out."""
    _refuse_misplaced(ctx, bool(images), failures, add, repair)
    target = _target(ctx, target, uri, collection, repair)
    check_writable(failures)
    check_left_out(failures)
    from patentzoo import build_index, load_index, load_model
    from patentzoo.index import repair_index
    from patentzoo.index.target import check_target

    given = options.one_or_list(images) if images else None
    reading = options.embed_changes(ctx.params)
    made: dict[str, Any] = {"storage": storage, "overwrite": overwrite}
    made |= _place(target, engine)
    changes = None
    if repair:
        own = open_index(target, model, device, backend, verify=False).model
        changes = repair_index(
            target, own, given, prune=prune, **options.repair_changes(ctx.params)
        )
        built = load_index(target, own)
    elif not given:
        built = load_index(target)
    elif add:
        built = open_index(target, model, device, backend)
        changes = built.add(given, **reading)
    else:
        if "path" in made:
            check_target(file_to_write(target), overwrite=overwrite)
        chosen = load_model(model, device=device, backend=backend)
        built = build_index(chosen, given, **reading, **made)
    _report_index(built, changes, target, failures, as_json)


def _target(
    ctx: typer.Context, target: str | None, uri: str | None, collection: str | None, repair: bool
) -> str:
    """Where the index is: a folder, or the address of a served one."""
    from patentzoo.index.milvus.address import is_address, join_address

    if target is not None:
        refuse(
            ctx,
            {"uri", "collection"},
            "means nothing with --out, which says where the index is. Give one.",
        )
    elif uri is not None or collection is not None:
        target = str(join_address(uri, collection))
    else:
        raise OptionConflict("Give --out FOLDER, or --engine milvus with --uri.", ctx)
    if repair and is_address(target):
        raise OptionConflict(
            f"--repair is for folders; {target} is kept by its server. Build it again.", ctx
        )
    return target


def _place(target: str, engine: str) -> dict[str, Any]:
    """The arguments of ``build_index`` that say where."""
    from patentzoo.index.milvus.address import is_address

    if not is_address(target):
        return {"path": target, "engine": engine}
    return {"uri": target, "engine": "milvus" if engine == "auto" else engine}


def _refuse_misplaced(
    ctx: typer.Context, images: bool, failures: str | None, add: bool, repair: bool
) -> None:
    """Raise OptionConflict for an option that would do nothing."""
    refuse_two_prints(ctx, failures)
    if repair:
        refuse(ctx, {"add"}, "and --repair are two things: run one, then the other.")
        refuse(ctx, {"overwrite"}, "means nothing with --repair, which keeps the index.")
        refuse(ctx, AS_BUILT, f"means nothing with --repair: {_KEPT}")
        refuse(
            ctx,
            AS_READ,
            "means nothing with --repair: each file is read as it was before, and patents are "
            "those of the catalogue. Leave it out; to read otherwise, build the index again.",
        )
        return
    refuse(ctx, {"prune"}, "means nothing without --repair: nothing else removes what is missing.")
    if not images:
        if failures is None:
            raise OptionConflict("Give the drawings: files, folders or globs.", ctx)
        refuse(
            ctx,
            NOTHING_READ,
            "means nothing without drawings, when --failures lists what the index left out. Give "
            "the drawings, or leave it out.",
        )
    elif add:
        refuse(ctx, {"overwrite"}, "means nothing with --add, which keeps the index.")
        refuse(ctx, AS_BUILT, f"means nothing with --add: {_KEPT}")


def _report_index(
    built: Index, changes: Changes | None, target: str, table: str | None, as_json: bool
) -> None:
    failures = built.failures if changes is None else changes.failures
    if write_left_out(built.failures, table):
        return
    report_failures(failures)
    counts = {} if changes is None else {name: getattr(changes, name) for name in COUNTS}
    sentence = _sentence(counts)
    if not as_json:
        _say(f"{len(built)} drawings indexed: {target}{f' ({sentence})' if sentence else ''}")
        if len(built):
            _say(f"Search it: patentzoo search {shlex.quote(target)} QUERY")
        return
    print_json(
        {
            "drawings": len(built),
            "dim": built.dim,
            "model": built.model_name,
            "fingerprint": built.fingerprint,
            **counts,
            "failures": rows_of(failures),
            "out": target,
        }
    )


def _sentence(counts: Mapping[str, int]) -> str:
    """What was changed, in words: drawings, which may be several to a file, and files."""
    drawings = [f"{count} {name}" for name, count in counts.items() if count and name != FILES]
    files = counts.get(FILES, 0)
    told = [f"drawings: {', '.join(drawings)}"] if drawings else []
    told += [f"{files} file{'s' if files != 1 else ''} unchanged"] if files else []
    return "; ".join(told)


def _say(text: str) -> None:
    out().print(text, highlight=False, soft_wrap=True, markup=False)
