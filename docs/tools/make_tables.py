"""Write the numeric tables of README and docs from the cards and from docs/results/*.json.

Run after a card or a result has changed:

    python -m docs.tools tables
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import backend_tables
import drawn_tables
import make_plots
import marked
import profile_tables
import search_tables
import source_tables
import speed_tables
from measured import RESULTS, SPEED, interval, load, short, source
from printed import PAGES, ROOT

from patentzoo.zoo.card import Card
from patentzoo.zoo.registry import DEFAULT_MODEL, find_card, list_models

BASELINES = {
    "hog": "HOG",
    "imagenet": "ImageNet features, untrained",
    "pixels": "32 × 32 pixels",
    "phash": "perceptual hash",
}
PICTURES = {
    "contact-sheet": "Line drawings of many objects, as the renderer draws them for training",
    "meshes": "Forty-two of the product meshes, drawn by the same renderer in a style each",
    "ranks": "Rank of the first figure of the query's patent, development protocol by figures",
    "precision-recall": "Precision over recall, the mean over the queries, by figures",
    "losses": "Three losses after the same pre-training: validation mAP over the steps",
    "sheet": "A patent sheet as the renderer composes it: several figures with their labels",
}
METRICS = ("mAP", "rank-1", "hit@5", "hit@10")

Result = dict[str, Any]


def evaluations(folder: Path = RESULTS) -> list[Path]:
    """The files of a folder that ``patentzoo evaluate --out`` wrote; others lie beside them."""
    files = sorted(folder.glob("*.json"))
    return [path for path in files if "results" in json.loads(path.read_text(encoding="utf-8"))]


def results(protocol: str, folder: Path = RESULTS) -> dict[str, tuple[Result, str]]:
    """What was measured by a protocol, best mAP first: by model, with the file it stands in."""
    found: dict[str, tuple[Result, str]] = {}
    for path in evaluations(folder):
        for result in json.loads(path.read_text(encoding="utf-8"))["results"]:
            if result["protocol"] != protocol:
                continue
            if result["model"] in found:
                raise SystemExit(f"{result['model']} by {protocol} stands in two files of {folder}")
            found[result["model"]] = (result, path.name)
    best_first = sorted(found.items(), key=lambda item: -item[1][0]["metrics"]["mAP"]["value"])
    return dict(best_first)


def score_table(protocol: str, base: str, folder: Path = RESULTS) -> str:
    """Models and floors by every metric, and below it the commands and files.

    Args:
        protocol: ``figures`` or ``sheets``.
        base: Where the results' folder is seen from the page.
        folder: Where the JSON files lie.
    """
    measured = results(protocol, folder)
    if not measured:
        return f"*Not measured yet: `patentzoo evaluate -p {protocol}`.*"
    rows = [["by", *METRICS], ["---", *("---:" for _ in METRICS)]]
    for name, (result, _) in measured.items():
        best, *others = (result["metrics"][metric] for metric in METRICS)
        shown = BASELINES.get(name) or f"**`{name}`**"
        rows.append([shown, interval(best), *(short(each["value"]) for each in others)])
    sources = {(file, result["command"]): None for result, file in measured.values()}
    lines = [f"- `{command}` → [{file}]({base}{file})" for file, command in sources]
    where = "The variable `PATENTZOO_DATA` names the folder of the drawings, or `--data` does."
    return "\n".join([*map(_row, rows), "", *lines, "", where])


def model_table(folder: Path = RESULTS) -> str:
    """Every card, one line each."""
    measured = results("figures", folder)
    rows = [
        ["model", "dim", "input", "weights", "licence", "mAP by figures"],
        ["---", "---:", "---:", "---:", "---", "---:"],
    ]
    for card in list_models():
        found = measured.get(card.name)
        score = interval(found[0]["metrics"]["mAP"]) if found else "not measured"
        mark = " (default)" if card.name == DEFAULT_MODEL else ""
        side = card.preprocess.size_px
        size = f"{card.size_mb:.1f} MB"
        rows.append(
            [f"`{card.name}`{mark}", str(card.dim), f"{side} px", size, card.licence, score]
        )
    return "\n".join(map(_row, rows))


def card_table(card: Card) -> str:
    """What a card says about where its weights come from."""
    step = card.preprocess
    seen = "cut to the ink" if step.ink_crop else "the whole page"
    network = f"timm `{card.network['backbone']}`, {card.network['pooling']} pooling"
    if card.network["fold"] > 1:
        network += f", {card.network['fold']} × {card.network['fold']} pixels folded into channels"
    facts = {
        "Summary": card.summary,
        "Network": f"{network}, {card.dim} dimensions",
        "Input": f"{step.size_px} × {step.size_px} px, {seen}, {step.fit}",
        "Mirror image averaged in": "yes" if card.inference.hflip else "no",
        "Weights": f"`{card.weights.file}`, {card.weights.size_bytes:,} bytes, from: {card.origin}",
        "SHA-256": f"`{card.weights.sha256}`" if card.weights.sha256 else "not published",
        "Licence": card.licence,
        "Trained on": card.training.data,
        "Cost": card.training.cost,
        "Command": f"`{card.training.command}`" if card.training.command else "",
        "Cite": card.citation,
    }
    named = [[key, value or "–"] for key, value in facts.items()]
    rows = [["card", f"`{card.name}`"], ["---", "---"], *named]
    return "\n".join(map(_row, rows))


def splitting_table() -> str:
    """What it does to a score to turn a sheet, take its labels out and cut it into figures."""
    table = load("figures/table.json")
    rows = [["treatment", "images", *METRICS], ["---", "---:", *("---:" for _ in METRICS)]]
    for name, row in table["rows"].items():
        best, *others = (row["metrics"][metric] for metric in METRICS)
        shown = [interval(best), *(short(each["value"]) for each in others)]
        rows.append([name, str(row["counts"]["images"]), *shown])
    made = source(table, "figures/table.json")
    return "\n".join([*map(_row, rows), "", f"{made}, model `{table['model']}`."])


def picture(name: str) -> str:
    """A picture of docs/images, where it has been made."""
    if not (ROOT / "docs" / "images" / f"{name}.png").is_file():
        return ""
    return f"![{PICTURES[name]}](images/{name}.png)\n\n*{PICTURES[name]}.*"


def writers(base: str) -> Mapping[str, Callable[[], str]]:
    """What stands between the markers of a page that sees the results' folder at ``base``."""
    return {
        "table:models": model_table,
        "table:scores": lambda: score_table("figures", base),
        "table:sheets": lambda: score_table("sheets", base),
        "table:tried": lambda: score_table("figures", f"{base}tried/", RESULTS / "tried"),
        "table:held-out": lambda: score_table("folder", f"{base}tried/", RESULTS / "tried"),
        "table:short": lambda: score_table("figures", f"{base}short/", RESULTS / "short"),
        "table:splitting": splitting_table,
        "table:backbones": lambda: score_table(
            "figures", f"{base}backbones/", RESULTS / "backbones"
        ),
        "table:card": lambda: card_table(find_card(DEFAULT_MODEL)),
        "table:card-base": lambda: card_table(find_card("patentzoo-base")),
        "table:reference-card": lambda: card_table(find_card("swinv2-arcface-dpat")),
        **search_tables.writers(),
        **source_tables.writers(),
        **drawn_tables.writers(),
        **speed_tables.writers(),
        **backend_tables.writers(),
        "table:profile": lambda: profile_tables.table(SPEED),
        **{f"picture:{name}": partial(picture, name) for name in PICTURES},
    }


def written(path: Path) -> str:
    """A page's text with its tables made anew."""
    base = os.path.relpath(RESULTS, path.parent) + "/"
    return marked.filled(path.read_text(encoding="utf-8"), writers(base))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    """Draw the plots anew and rewrite the pages that have changed."""
    make_plots.main()
    for path in PAGES:
        text = written(path)
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: tables written")


if __name__ == "__main__":
    main()
