"""Draw the product meshes that ``patentzoo-pretrain.toml`` holds back, to choose models by.

    python recipes/held_out_meshes.py MESHES held-out-products

``MESHES`` is the folder, zip or tar that the recipe trains on. Of every mesh of its held-back
sources that shows at least three different views, four are drawn in one draughtsman's hand:
``held-out-products/NAME/NUMBER.png``, which ``patentzoo evaluate --protocol folder`` reads.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np

from patentzoo.data.linedraw.dataset import render_class
from patentzoo.data.linedraw.meshes import MeshLibrary
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.errors import PatentZooError

RECIPE = Path(__file__).with_name("patentzoo-pretrain.toml")
SEED, FACES = 9, 20_000
VIEWS, LEAST_VIEWS = 4, 3


def main(meshes: str, out: Path) -> None:
    """Write the drawings of every solid that is held back."""
    out.mkdir(parents=True)
    solids = tomllib.loads(RECIPE.read_text(encoding="utf-8"))["data"]["solids"]
    held_back = tuple(pattern.removesuffix("*") for pattern in solids[0]["exclude"])
    library = MeshLibrary(meshes)
    names = [name for name in library.names() if name.startswith(held_back)]
    for number, name in enumerate(names):
        rng = np.random.default_rng([SEED, number])
        try:
            views = render_class(library.solid(name), rng, FACES)
        except PatentZooError as error:
            sys.stderr.write(f"{name} left out: {error}\n")
            continue
        if len(views) < LEAST_VIEWS:
            continue
        folder = out / name.replace("/", "_")
        folder.mkdir()
        style = random_style(rng)
        chosen = rng.choice(len(views), min(VIEWS, len(views)), replace=False)
        for view in sorted(chosen.tolist()):
            cv2.imwrite(str(folder / f"{view}.png"), draw(views[view], style, rng, size_px=500))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python recipes/held_out_meshes.py MESHES HELD_OUT_FOLDER")
    main(sys.argv[1], Path(sys.argv[2]))
