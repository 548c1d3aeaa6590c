"""Drawings that look for photographs, as they are and as line art; run by hand.

    python tests/benchmarks/bench_photos.py --out docs/results/photos.json

Every solid gives a drawing (the query) and photographs (the gallery): from the same side, and from
another one. The photographs are searched as greys and as ``line_art``; a gallery of drawings of the
same views says what a perfect line art could reach.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import patentzoo
from patentzoo.data.linedraw.camera import random_perspective
from patentzoo.data.linedraw.dataset import TRIANGLE_LIMIT, SolidSource, solid_maker
from patentzoo.data.linedraw.hidden import RayScene, see
from patentzoo.data.linedraw.photograph import photograph
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.evaluate.metrics import score_queries, summarise
from patentzoo.figures.photo import line_art
from patentzoo.images.arrays import grey_from_array


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """The picture after JPEG compression, as it would be filed."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def pictures(count: int, seed: int) -> dict[str, list[tuple[str, np.ndarray]]]:
    """By kind: (solid's name, picture) of every solid."""
    make = solid_maker(SolidSource("procedural", 10 * count, seed=seed))
    kinds: dict[str, list[tuple[str, np.ndarray]]] = {}
    made = 0
    for number in range(10 * count):
        solid = make(number)
        if len(solid.faces) > TRIANGLE_LIMIT:
            continue
        rng, scene = np.random.default_rng([seed, number]), RayScene(solid)
        style, sides = random_style(rng), (random_perspective(rng), random_perspective(rng))
        name = f"solid {number}"
        for view, side in zip(("same", "other"), sides, strict=True):
            drawn = draw(see(scene, side), random_style(rng), rng, size_px=600)
            photo = jpeg(photograph(scene, side, rng), 85)
            kinds.setdefault(f"{view} drawing", []).append((name, drawn))
            kinds.setdefault(f"{view} grey", []).append((name, grey_from_array(photo)))
            kinds.setdefault(f"{view} lines", []).append((name, line_art(photo)))
        query = draw(see(scene, sides[0]), style, rng, size_px=600)
        kinds.setdefault("query", []).append((name, query))
        made += 1
        if made == count:
            break
    return kinds


def score(model, queries, gallery) -> dict:
    """mAP and the rest: every query against the whole gallery."""
    ids, patents, rows = [], [], []
    for kind, images in (("query", queries), ("gallery", gallery)):
        found = patentzoo.embed(model, [(f"{kind}/{name}", grey) for name, grey in images])
        ids += found.ids
        patents += [id_.split("/")[1] for id_ in found.ids]
        rows.append(found.vectors)
    scores = []
    for i in range(len(queries)):  # a query sees the gallery, not the other queries
        names = [ids[i], *ids[len(queries) :]]
        vectors = np.concatenate([rows[0][i : i + 1], rows[1]])
        scores += score_queries(names, vectors, [patents[i], *patents[len(queries) :]], [ids[i]])
    return {key: round(each.value, 4) for key, each in summarise(scores).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--solids", type=int, default=200)
    parser.add_argument("--seed", type=int, default=901, help="of solids no recipe uses")
    parser.add_argument("--model", help="a card's name or a folder; default: the bundled model")
    options = parser.parse_args()
    model = patentzoo.load_model(options.model)
    kinds = pictures(options.solids, options.seed)
    queries = kinds.pop("query")
    result = {
        "command": " ".join(["python tests/benchmarks/bench_photos.py", *sys.argv[1:]]),
        "model": model.name,
        "fingerprint": model.fingerprint,
        "solids": len(queries),
        "rows": {kind: score(model, queries, gallery) for kind, gallery in kinds.items()},
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for kind, metrics in result["rows"].items():
        sys.stdout.write(f"{kind:15} {metrics}\n")


if __name__ == "__main__":
    main()
