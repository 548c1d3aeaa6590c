"""embed: drawings -> unit vectors in one file."""

from __future__ import annotations

from typing import Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.output import out, print_json, report_failures, say_timings, show_progress


def embed(
    images: options.Images,
    target: Annotated[str, typer.Option("--out", "-o", help="A .npz or .safetensors file.")],
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
    as_json: options.Json = False,
) -> None:
    """Turn drawings into unit vectors in one file."""
    from patentzoo import embed, load_model
    from patentzoo.embedding.failures import write_failures
    from patentzoo.vectors import check_suffix, save_embeddings

    check_suffix(target)
    embeddings = embed(
        load_model(model, device=device, backend=backend),
        options.one_or_list(images),
        batch_size=batch_size,
        workers=workers,
        on_error="skip" if skip_errors or failures else "raise",
        progress=show_progress(),
        allow_urls=allow_urls,
        patent=patents,
        figures=figures,  # type: ignore[arg-type]  # the library checks what was typed
        limits=options.limits(limit),
        photos=photos or "grey",  # type: ignore[arg-type]
        processes=processes,
        timings=say_timings if timings else None,
    )
    save_embeddings(embeddings, target)
    if failures is not None:
        write_failures(embeddings.failures, failures)
    report_failures(embeddings.failures)
    if as_json:
        print_json(
            {
                "vectors": len(embeddings),
                "dim": embeddings.dim,
                "model": embeddings.model,
                "fingerprint": embeddings.fingerprint,
                "failures": [
                    {"id": each.id, "reason": each.reason, "size_bytes": each.size_bytes}
                    for each in embeddings.failures
                ],
                "out": target,
            }
        )
    else:
        sentence = f"{len(embeddings)} vectors of {embeddings.dim} dimensions: {target}"
        out().print(sentence, highlight=False, soft_wrap=True, markup=False)
