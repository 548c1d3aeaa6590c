"""What cutting sheets into figures does to a score: the same sheets, four ways.

    python -m patentzoo.evaluate.figure_splitting ../shared/data docs/results/figures/table.json

A sheet as published is matched by its label's font, its layout and its scale as well as by what it
shows. Each step takes some of that help away; the last one is what a search by a product drawing
can expect.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.metrics import summarise
from patentzoo.evaluate.protocol import DISTRACTORS
from patentzoo.evaluate.run import evaluate_vectors
from patentzoo.figures import find_figures, upright
from patentzoo.figures.components import find_components
from patentzoo.figures.labels import find_labels
from patentzoo.figures.split import without
from patentzoo.system.files import write_text
from patentzoo.system.overwrite import check_free

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel
    from patentzoo.results import Embeddings

Grey = NDArray[np.uint8]
Image = tuple[str, Grey]

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class SheetVersions:
    """One sheet of the list.

    Attributes:
        file: As the list names it.
        patent: Its patent.
        stored: uint8 (H, W), as the office stores it.
        upright: The same, turned as the office's mark says.
    """

    file: str
    patent: str
    stored: Grey
    upright: Grey


def as_published(sheet: SheetVersions) -> list[Grey]:
    """The sheet as stored."""
    return [sheet.stored]


def turned_upright(sheet: SheetVersions) -> list[Grey]:
    """The sheet upright."""
    return [sheet.upright]


def labels_out(sheet: SheetVersions) -> list[Grey]:
    """The sheet upright, its labels painted over."""
    components = find_components(sheet.upright)
    lettering = np.zeros(len(components), bool)
    for label in find_labels(components):
        lettering |= label.members
    return [without(sheet.upright, components, lettering)]


def split(sheet: SheetVersions) -> list[Grey]:
    """The figures of the sheet."""
    return [figure.grey for figure in find_figures(sheet.upright)]


VARIANTS: dict[str, Callable[[SheetVersions], list[Grey]]] = {
    "sheets as published": as_published,
    "sheets upright": turned_upright,
    "sheets upright, labels out": labels_out,
    "figures": split,
}
"""The rows of the table, each a step further."""


def sheets_table(model: RetrievalModel, data: str | Path) -> dict[str, Any]:
    """Score a model on the evaluation sheets in every variant.

    Args:
        model: Any model.
        data: The folder of the development data.

    Returns:
        For every row of ``VARIANTS`` its counts and its metrics (value, low, high).
    """
    data = Path(data)
    with (data / "uspto-sample-eval.csv").open(encoding="utf-8", newline="") as lines:
        listed = [(row["file"], row["patent"]) for row in csv.DictReader(lines)]
    titles = sorted((data / DISTRACTORS).glob("*.png"))
    distractors = _embed(model, [(path.stem, path) for path in titles])
    rows = {}
    for name, cut in VARIANTS.items():
        start = time.perf_counter()
        patents: dict[str, str] = {}
        found = _embed(model, _images(data, listed, cut, patents))
        scores = evaluate_vectors(
            [*found.ids, *distractors.ids],
            np.concatenate([found.vectors, distractors.vectors]),
            [*(patents[id_] for id_ in found.ids), *distractors.ids],
        )
        metrics = summarise(scores)
        rows[name] = {
            "counts": {
                "images": len(found.ids),
                "distractors": len(distractors.ids),
                "queries": len(scores),
                "query_patents": len({score.patent for score in scores}),
            },
            "metrics": {key: dataclasses.asdict(each) for key, each in metrics.items()},
            "seconds": round(time.perf_counter() - start, 1),
        }
        _log.info("%s: mAP %s", name, metrics["mAP"])
    return {"model": model.name, "fingerprint": model.fingerprint, "rows": rows}


def _images(
    data: Path,
    listed: Sequence[tuple[str, str]],
    cut: Callable[[SheetVersions], list[Grey]],
    patents: dict[str, str],
) -> Iterator[Image]:
    for file, patent in listed:
        stored, landscape = read_stored(data / "uspto-sample" / file)
        sheet = SheetVersions(file, patent, stored, upright(stored, landscape)[0])
        for number, grey in enumerate(cut(sheet), start=1):
            patents[f"{file}:{number}"] = patent
            yield f"{file}:{number}", grey


def read_stored(path: Path) -> tuple[Grey, bool]:
    """A sheet of a grant as stored, and whether it is marked as landscape."""
    from PIL import Image as Files

    with Files.open(path) as image:
        landscape = str(image.tag_v2.get(270, "")).strip().endswith(";L")  # type: ignore[attr-defined]
        return np.array(image.convert("L")), landscape


def _embed(model: RetrievalModel, images: Any) -> Embeddings:
    from patentzoo.embedding import embed

    return embed(model, images, batch_size=32)


def main() -> None:
    """Read the arguments, measure, write the JSON."""
    import patentzoo

    parser = argparse.ArgumentParser(description="mAP of sheets and of the figures cut from them.")
    parser.add_argument("data", type=Path, help="folder of the development data")
    parser.add_argument("out", type=Path, help="JSON to write")
    parser.add_argument("--model", help="a card's name or a folder; default: the bundled model")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    chosen = parser.parse_args()
    check_free(chosen.out, overwrite=chosen.overwrite)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = sheets_table(patentzoo.load_model(chosen.model), chosen.data)
    command = " ".join(["python -m patentzoo.evaluate.figure_splitting", *sys.argv[1:]])
    write_text(chosen.out, json.dumps({"command": command, **table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
