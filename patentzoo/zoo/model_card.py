"""A repository's README, with the metadata a hub reads: licence, tags, library, metrics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from patentzoo.zoo.card import Card, Score

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

LICENCES = {
    "apache-2.0": "apache-2.0",
    "mit": "mit",
    "bsd-3-clause": "bsd-3-clause",
    "cc-by-4.0": "cc-by-4.0",
    "cc-by-sa-4.0": "cc-by-sa-4.0",
    "cc-by-nc-4.0": "cc-by-nc-4.0",
    "cc0-1.0": "cc0-1.0",
}
"""SPDX names, in lower case, that the hub knows; others are told in words."""
TASK = "image-feature-extraction"


def model_card(card: Card, repo: str) -> str:
    """The text of README.md, front matter included."""
    return f"---\n{_metadata(card)}\n---\n\n{_body(card, repo)}"


def _metadata(card: Card) -> str:
    from huggingface_hub import ModelCardData

    known = LICENCES.get(card.licence.lower())
    data = ModelCardData(
        model_name=card.name,
        license=known or "other",
        license_name=None if known else _slug(card.licence),
        library_name="patentzoo",
        pipeline_tag=TASK,
        tags=[
            *("patentzoo", "image-retrieval", "design-patents", "line-drawings", "metric-learning"),
            *(_library(card), str(card.network["backbone"])),
        ],
        metrics=sorted({score.metric for score in card.scores}) or None,
        eval_results=_results(card) or None,
        ignore_metadata_errors=False,
    )
    return str(data.to_yaml()).strip()


def _results(card: Card) -> list[EvalResult]:
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type=TASK,
            task_name="Design-patent image retrieval",
            dataset_type=_slug(score.protocol),
            dataset_name=score.protocol,
            metric_type=_slug(score.metric),
            metric_name=score.metric,
            metric_value=score.value,
        )
        for score in card.scores
    ]


def _body(card: Card, repo: str) -> str:
    network, step = card.network, card.preprocess
    trial, likeness = "", "; the nearer two vectors, the more alike the drawings."
    if card.training.tiny:
        trial = "**A trial run (`--tiny`) of a few steps: these weights are worth nothing.**\n\n"
        likeness = ", which says nothing about the drawing."
    parts = [
        f"# {card.name}\n\n{trial}{card.summary.rstrip('.')}. It turns a design-patent drawing "
        f"into a unit vector of {card.dim} numbers{likeness}",
        "## Use\n\nWith patentzoo installed:\n\n```python\nimport patentzoo as pz\n\n"
        f'model = pz.load_model("hf://{repo}")\nindex = pz.build_index(model, "drawings/")\n'
        'for hit in pz.search(index, "query.png", k=10):\n'
        "    print(hit.score, hit.patent, hit.id)\n```",
        "## What it is\n\n"
        f"- Network: {_library(card)} `{network['backbone']}`, "
        f"head `{network.get('head', 'linear-bn')}`\n"
        f"- Input: {step.size[1]} × {step.size[0]} px, {_channels(card)}\n"
        f"- Weights: {card.weights.size_bytes:,} bytes, SHA-256 `{card.weights.sha256}`\n"
        f"- Trained on: {card.training.data or 'not stated'}\n"
        f"- Cost: {card.training.cost or 'not stated'}\n"
        f"- Command: {f'`{card.training.command}`' if card.training.command else 'not stated'}\n\n"
        "`card.toml` says all of it in a form programs read, preprocessing included.",
        f"## Scores\n\n{_scores(card)}",
        f"## Licence of the weights\n\n{card.licence}",
        f"## Citation\n\n{card.citation or 'None given.'}",
    ]
    return "\n\n".join(parts) + "\n"


def _library(card: Card) -> str:
    return str(card.network.get("library", "timm"))


def _channels(card: Card) -> str:
    count = int(card.network.get("channels", 1))
    return "one channel" if count == 1 else f"{count} channels, the grey page in each"


def _scores(card: Card) -> str:
    if not card.scores:
        return "Not measured."
    rows = ["| protocol | metric | value | 95 % interval | command |", "|---|---|---:|---|---|"]
    for score in card.scores:
        command = f"`{score.command}`" if score.command else "–"
        cells = (score.protocol, score.metric, f"{score.value:.3f}", _interval(score), command)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _interval(score: Score) -> str:
    if score.low is None or score.high is None:
        return "–"
    return f"{score.low:.3f} – {score.high:.3f}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
