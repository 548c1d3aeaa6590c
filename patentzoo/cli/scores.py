"""The table of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patentzoo.cli.output import print_json, print_table, report_failures, table

if TYPE_CHECKING:
    from patentzoo.evaluate import EvaluationResult

SHOWN = ("mAP", "rank-1", "hit@5", "hit@10", "hit@20", "mAP@10")
"""Metrics on the terminal; the JSON holds them all."""


def show_scores(results: Sequence[EvaluationResult], as_json: bool) -> None:
    """Print what was measured: a table, or JSON without the queries."""
    report_failures(results[0].failures)
    if as_json:
        print_json([result.to_dict(per_query=False) for result in results])
    else:
        _print_scores(results)


def _print_scores(results: Sequence[EvaluationResult]) -> None:
    counts = results[0].counts
    title = f"{results[0].protocol}: {results[0].description}; {counts['queries']} queries"
    metrics = [name for name in results[0].metrics if name in SHOWN]
    shares = any(each.share_of_clean for result in results for each in result.variants.values())
    last = [">of clean"] if shares else []
    scores = table("model", *(f">{name}" for name in metrics), *last, title=title)
    for result in results:
        best, *others = (result.metrics[name] for name in metrics)
        scores.add_row(result.model, str(best), *(f"{each.value:.3f}" for each in others))
        for name, variant in result.variants.items():
            best, *others = (variant.metrics[metric] for metric in metrics)
            share = variant.share_of_clean
            told = [] if share is None else [f"{100 * share:.0f} %"]
            cells = [str(best), *(f"{each.value:.3f}" for each in others), *told]
            scores.add_row(f"  {name}", *cells)
    print_table(scores, blocks=True)
