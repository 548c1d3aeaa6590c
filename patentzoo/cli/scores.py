"""The table of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from patentzoo.cli.output import out, print_json, print_table, report_failures, table

if TYPE_CHECKING:
    from patentzoo.evaluate import EvaluationResult

SHOWN = ("mAP", "rank-1", "hit@5", "hit@10", "hit@20", "mAP@10")
"""Metrics on the terminal; the JSON holds them all."""


def show_scores(results: Sequence[EvaluationResult], as_json: bool) -> None:
    """Print what was measured: a table, or JSON without the queries."""
    report_failures(results[0].failures)
    if as_json:
        print_json(_documents(results))
    else:
        _print_scores(results)
        if len(results) > 1 and results[0].protocol != "degraded":
            _print_differences(results)


def _documents(results: Sequence[EvaluationResult]) -> list[dict[str, Any]]:
    """The results without their queries; further models with their differences to the first."""
    from patentzoo.evaluate.differences import paired_differences

    documents = [result.to_dict(per_query=False) for result in results]
    if results[0].protocol != "degraded":
        for each in paired_differences(results):
            own = next(d for d in documents[1:] if d["model"] == each.model)
            own.setdefault("differences", {})[each.metric] = {
                "than": each.than,
                **{name: round(getattr(each, name), 6) for name in ("value", "low", "high")},
            }
    return documents


def _print_differences(results: Sequence[EvaluationResult]) -> None:
    """Each further model against the first, on the same queries."""
    from patentzoo.evaluate.differences import COMPARED, paired_differences

    title = f"compared with {results[0].model}, query by query (95 % paired bootstrap over patents)"
    shown = table("model", *(f">{name}" for name in COMPARED), title=title)
    found = paired_differences(results)
    for place in range(0, len(found), len(COMPARED)):
        own = found[place : place + len(COMPARED)]
        shown.add_row(own[0].model, *(f"{each}{'' if each.is_clear else ' ~'}" for each in own))
    print_table(shown, blocks=True)
    if not all(each.is_clear for each in found):
        out().print("~ may be chance: the interval holds 0.", highlight=False)


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
