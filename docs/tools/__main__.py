"""Make what the pages print, show and measure: ``python -m docs.tools NAME``.

Run it from the root of the project. ``python -m docs.tools`` lists the names; what stands behind a
name is passed on to it, ``python -m docs.tools NAME --help``.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

TOOLS = {
    "all": "known rows, outputs, then tables, after a change of weights, a card or a result",
    "known-rows": "torch's vectors of the self-check: patentzoo/backends/known_rows.safetensors",
    "outputs": "what the examples print, the demonstration's sentence and picture, the notebook",
    "tables": "the tables and plots, from the cards and docs/results",
    "images": "every picture of docs/images, those of pages by Chromium",
    "contact-sheet": "drawings as the renderer makes them for training",
    "draw-page-finder": "photographs beside what is made of them: docs/images/page-finder.jpg",
    "splits": "sheets with the boxes and labels found on them",
    "count-house": "files, lines, circles of imports, parameters, words",
    "measure-search": "views, re-ranking: docs/results/search",
    "measure-calibration": "what scores mean: docs/results/search/calibration.json",
    "measure-classes": "classes by the nearest neighbours: docs/results/search/classes.json",
    "measure-models": "how long each network takes for a picture: docs/results/speed/models.json",
    "measure-milvus": "a Milvus server beside the local engine: docs/results/milvus.json",
    "measure-ray": "Ray's workers beside one process: docs/results/scale-out.json",
    "measure-server": "what the server adds to a search: docs/results/scale-out.json",
    "measure-shards": "seconds and memory of an index of shards: docs/results/scale-out.json",
}
"""Names with what they make; ``splits`` is ``make_splits.py``, ``measure-search`` as it stands."""


def main(arguments: list[str]) -> int:
    """Run a tool by its name and return its exit code; without a name, list them."""
    if not arguments or arguments[0] not in TOOLS:
        width = max(map(len, TOOLS))
        lines = [f"{name:{width}}  {made}" for name, made in TOOLS.items()]
        print("python -m docs.tools NAME", *lines, sep="\n")
        return 0 if arguments in ([], ["--help"], ["-h"]) else 2
    name, *rest = arguments
    sys.path.insert(0, os.fspath(Path(__file__).parent))
    sys.argv = [f"python -m docs.tools {name}", *rest]
    for module in modules(name):
        importlib.import_module(module).main()
    return 0


def modules(name: str) -> tuple[str, ...]:
    """Return the modules of this folder whose ``main`` a name runs, in order."""
    if name == "all":
        return ("make_known_rows", "make_outputs", "make_tables")
    module = name.replace("-", "_")
    return (module if (Path(__file__).parent / f"{module}.py").is_file() else f"make_{module}",)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
