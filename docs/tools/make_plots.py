"""The plots of docs/how-it-works.md and docs/training.md, from docs/results.

``python -m docs.tools tables`` calls it.
"""

from __future__ import annotations

import json
from typing import Any

import drawn_tables
from printed import ROOT

from patentzoo.errors import ConfigError
from patentzoo.reports import precision_recall, rank_histogram

RESULTS = ROOT / "docs" / "results"
IMAGES = ROOT / "docs" / "images"
FILES = ("figures.json", "floors.json")


def measured() -> dict[str, Any]:
    """The results of all files as one document."""
    found = [
        result
        for name in FILES
        for result in json.loads((RESULTS / name).read_text(encoding="utf-8"))["results"]
    ]
    return {"results": found}


def main() -> None:
    """Write what the files have the numbers for."""
    document = measured()
    for name, draw in (("ranks", rank_histogram), ("precision-recall", precision_recall)):
        try:
            figure = draw(document)
        except ConfigError:  # measured by a version that kept first ranks only
            continue
        figure.savefig(IMAGES / f"{name}.png", dpi=110, metadata={"Software": None})
    drawn_tables.plot(IMAGES)


if __name__ == "__main__":
    main()
