"""Tables and plot of docs/three-losses.md's comparison of losses, from docs/results/drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from measured import interval, load, short

from patentzoo.reports.plot_figure import new_figure

START = "drawn-pretrain"
NAMES = {
    START: "nothing: the start",
    "drawn-infonce": "InfoNCE",
    "drawn-arcface": "ArcFace",
    "drawn-triplet": "triplet loss",
}


def losses_table() -> str:
    """The start and each loss on the test queries, best first, with the gain over the start."""
    measured = {each["model"]: each for each in load("drawn/deeppatent.json")["results"]}
    gains = load("drawn/gains.json")["over_start"]
    tuned = sorted(gains, key=lambda name: -measured[name]["metrics"]["mAP"]["value"])
    rows = ["| fine-tuned with | test mAP | over the start | without D00000 | rank-1 |"]
    rows.append("|---|---:|---:|---:|---:|")
    for name in (*tuned, START):
        scores = measured[name]["metrics"]
        gain = _signed(gains[name]) if name in gains else ""
        without = interval(measured[name]["variants"]["without-D00000"]["metrics"]["mAP"])
        rows.append(
            f"| {NAMES[name]} (`{name}`) | {interval(scores['mAP'])} | {gain} | {without} "
            f"| {short(scores['rank-1']['value'])} |"
        )
    return "\n".join(rows)


def between_table() -> str:
    """The losses against one another, query by query."""
    rows = ["| one loss over another | test mAP |", "|---|---:|"]
    for pair, gain in load("drawn/gains.json")["between"].items():
        one, other = pair.split(" over ")
        rows.append(f"| {NAMES[one]} over {NAMES[other]} | {_signed(gain)} |")
    return "\n".join(rows)


def choice_table() -> str:
    """What was tried on validation before ArcFace's settings were fixed."""
    found = load("drawn/choice.json")
    rows = ["| scale | margin, rad | centres' rate | validation mAP | over the start |"]
    rows.append("|---:|---:|---:|---:|---:|")
    for row in found["rows"]:
        scale, margin, rate = row["settings"].values()
        rows.append(
            f"| {scale:g} | {margin:g} | {rate:g} × | {interval(row['mAP'])} "
            f"| {_signed(row['over_start'])} |"
        )
    return "\n".join(rows)


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the markers of docs/three-losses.md."""
    return {
        "table:losses": losses_table,
        "table:losses-between": between_table,
        "table:losses-choice": choice_table,
    }


def plot(folder: Path) -> None:
    """Validation mAP over the steps, a line for each loss."""
    curves = load("drawn/curves.json")
    start = curves[START]["validation_mAP"]
    figure = new_figure(6, 3.6)
    axes = figure.add_subplot()
    for name, label in NAMES.items():
        if name != START and name in curves:
            points = start + curves[name]["validation_mAP"]
            axes.plot(*zip(*points, strict=True), ".-", label=label)
    axes.set(xlabel="steps of 64 drawings after pre-training", ylabel="mAP, validation split")
    axes.grid(color="0.9")
    axes.legend()
    figure.savefig(folder / "losses.png", dpi=110, metadata={"Software": None})


def _signed(gain: Mapping[str, float]) -> str:
    value, low, high = (f"{gain[key]:+.3f}".replace("-", "−") for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"
