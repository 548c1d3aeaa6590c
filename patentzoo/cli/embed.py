"""embed: drawings -> unit vectors in one file."""

from __future__ import annotations

from typing import Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.embed_in_shards import embed_in_shards
from patentzoo.cli.option_checks import refuse, refuse_two_prints
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


def embed(
    ctx: typer.Context,
    images: options.Images,
    target: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE|FOLDER",
            help="A .npz or .safetensors file; with --shard the folder of the shards.",
        ),
    ],
    model: options.Model = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
    batch_size: options.BatchSize = EmbedOptions.batch_size,
    workers: options.Workers = None,
    skip_errors: options.Skip = False,
    failures: options.Failures = None,
    patents: options.Patents = None,
    figures: options.Figures = EmbedOptions.figures,
    photos: options.Photos = EmbedOptions.photos,
    kind: options.Kind = EmbedOptions.kind,
    limit: options.Limits = None,
    allow_urls: options.AllowUrls = False,
    processes: options.Processes = False,
    timings: options.Timings = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Embed the I-th of N parts of the drawings, as Parquet files that 'patentzoo "
            "index' takes; run again, it does what is missing.",
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Embed all shards on a cluster of Ray; 'local' starts one here.",
        ),
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --ray: how many; else four a process."),
    ] = None,
    ray_workers: Annotated[
        int, typer.Option(metavar="N", help="With --ray: processes that embed.")
    ] = 1,
    ray_gpus: Annotated[
        float, typer.Option(metavar="N", help="With --ray: GPUs of each process.")
    ] = 0.0,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Turn drawings into unit vectors in one file."""
    refuse_two_prints(ctx, failures)
    if shard is not None or ray is not None:
        embed_in_shards(ctx)
        return
    refuse(ctx, {"ray_workers", "ray_gpus", "shards"}, "means nothing without --ray.")
    from patentzoo import embed, load_model
    from patentzoo.embedding.vector_files import check_suffix, save_embeddings
    from patentzoo.system.overwrite import check_free

    check_suffix(target)
    check_writable(target, failures)
    check_free(target, overwrite=overwrite)
    check_left_out(failures)
    embeddings = embed(
        load_model(model, device=device, backend=backend),
        options.one_or_list(images),
        **options.embed_changes(ctx.params),
    )
    save_embeddings(embeddings, target, overwrite=overwrite)
    if write_left_out(embeddings.failures, failures):
        return
    report_failures(embeddings.failures)
    if as_json:
        print_json(
            {
                "vectors": len(embeddings),
                "dim": embeddings.dim,
                "model": embeddings.model,
                "fingerprint": embeddings.fingerprint,
                "failures": rows_of(embeddings.failures),
                "out": target,
            }
        )
    else:
        sentence = f"{len(embeddings)} vectors of {embeddings.dim} dimensions: {target}"
        out().print(sentence, highlight=False, soft_wrap=True, markup=False)
