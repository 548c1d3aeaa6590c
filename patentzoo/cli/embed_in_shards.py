"""embed --shard and embed --ray: drawings -> Parquet files of many machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.option_checks import refuse
from patentzoo.cli.output import (
    check_left_out,
    check_writable,
    out,
    print_json,
    report_failures,
    rows_of,
    write_left_out,
)

if TYPE_CHECKING:
    from patentzoo.shards import ShardReport


def embed_in_shards(ctx: typer.Context) -> None:
    """Embed one shard, or all of them on a cluster, with the options of ``embed``."""
    typed = ctx.params
    refuse(ctx, {"overwrite"}, "means nothing for shards, of which only what is missing is made.")
    if typed["shard"] is not None:
        refuse(ctx, {"ray", "ray_workers", "ray_gpus", "shards"}, "and --shard are two ways.")
    else:
        refuse(ctx, {"device", "backend"}, "means nothing with --ray: each process chooses.")
    check_writable(typed["failures"])
    check_left_out(typed["failures"])
    reports = _one(typed) if typed["shard"] is not None else _by_ray(typed)
    failures = [each for report in reports for each in report.failures]
    if write_left_out(failures, typed["failures"]):
        return
    report_failures(failures)
    _say(typed, reports)


def _one(typed: dict[str, Any]) -> list[ShardReport]:
    from patentzoo import load_model
    from patentzoo.shards import Shard, embed_shard

    shard = Shard.parse(typed["shard"])
    model = load_model(typed["model"], device=typed["device"], backend=typed["backend"])
    images = options.one_or_list(typed["images"])
    return [embed_shard(model, images, typed["target"], shard, **options.embed_changes(typed))]


def _by_ray(typed: dict[str, Any]) -> list[ShardReport]:
    from patentzoo.distributed import Cluster, embed
    from patentzoo.zoo.registry import DEFAULT_MODEL

    cluster = Cluster(
        address=None if typed["ray"] == "local" else typed["ray"],
        workers=typed["ray_workers"],
        gpus=typed["ray_gpus"],
        shards=typed["shards"],
    )
    model = typed["model"] or DEFAULT_MODEL
    images = options.one_or_list(typed["images"])
    chosen = options.embed_changes(typed) | {"progress": False, "timings": None}
    return embed(model, images, typed["target"], cluster=cluster, **chosen)


def _say(typed: dict[str, Any], reports: list[ShardReport]) -> None:
    """What was done, as a line a shard or as JSON."""
    rows = [
        {
            "shard": str(each.shard),
            "vectors": each.drawings,
            "embedded": each.embedded,
            "unchanged": each.unchanged,
            "redone": each.redone,
            "failures": rows_of(each.failures),
        }
        for each in reports
    ]
    if typed["as_json"]:
        told = rows[0] if typed["shard"] is not None else {"shards": rows}
        print_json({**told, "out": typed["target"]})
        return
    for row in rows:
        sentence = (
            f"Shard {row['shard']}: {row['vectors']} vectors ({row['embedded']} new, "
            f"{row['unchanged']} sources unchanged): {typed['target']}"
        )
        out().print(sentence, highlight=False, soft_wrap=True, markup=False)
