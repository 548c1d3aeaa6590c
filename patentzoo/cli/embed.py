"""embed: drawings -> unit vectors in one file."""

from __future__ import annotations

from typing import Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.option_checks import refuse_two_prints
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
        str, typer.Option("--out", "-o", metavar="FILE", help="A .npz or .safetensors file.")
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
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Turn drawings into unit vectors in one file."""
    refuse_two_prints(ctx, failures)
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
