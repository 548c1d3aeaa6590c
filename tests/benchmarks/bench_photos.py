"""Drawings that look for photographs, as they are and as line art; run by hand.

    python tests/benchmarks/bench_photos.py --solids 40 --out docs/results/figures/photos.json

Every solid gives a drawing (the query) and photographs (the gallery, JPEG files): from the same
side, and from another one. The photographs are embedded with ``photos="grey"`` and ``"lines"``; a
gallery of drawings of the same views says what a perfect line art could reach. A drawing of two
levels is never redrawn, one with soft edges is: the last rows say what that does to a query.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import record
from PIL import Image

import patentzoo
from patentzoo.data.linedraw.camera import random_perspective
from patentzoo.data.linedraw.dataset import TRIANGLE_LIMIT, SolidSource, solid_maker
from patentzoo.data.linedraw.hidden import RayScene, see
from patentzoo.data.linedraw.photograph import photograph
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.evaluate.metrics import score_queries, summarise
from patentzoo.system.files import write_text

GALLERIES = {
    "drawing": ("drawing", "grey", "query", "grey"),
    "grey": ("photo", "grey", "query", "grey"),
    "lines": ("photo", "lines", "query", "lines"),
    "lines, soft query in grey": ("photo", "lines", "soft query", "grey"),
    "lines, soft query in lines": ("photo", "lines", "soft query", "lines"),
}
"""What is searched and what for, each with its ``photos=``."""


def jpeg(picture: np.ndarray, quality: int) -> bytes:
    """The picture as a JPEG file, as it would be filed."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def pictures(count: int, seed: int) -> dict[str, list[tuple[str, np.ndarray | bytes]]]:
    """By kind: (solid's name, picture) of every solid."""
    make = solid_maker(SolidSource("procedural", 10 * count, seed=seed))
    kinds: dict[str, list[tuple[str, np.ndarray | bytes]]] = {}
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
            kinds.setdefault(f"{view} photo", []).append((name, photo))
        query = draw(see(scene, sides[0]), style, rng, size_px=600)
        kinds.setdefault("query", []).append((name, query))
        soft = Image.fromarray(query).resize((300, 300), Image.Resampling.LANCZOS)
        kinds.setdefault("soft query", []).append((name, np.asarray(soft)))
        made += 1
        if made == count:
            break
    return kinds


def score(model, queries, gallery, asked: str, searched: str) -> dict:
    """mAP and the rest: every query against the whole gallery."""
    ids, patents, rows = [], [], []
    for kind, images, photos in (("query", queries, asked), ("gallery", gallery, searched)):
        named = [(f"{kind}/{name}", picture) for name, picture in images]
        found = patentzoo.embed(model, named, photos=photos)
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
    rows = {
        f"{view} {name}": score(model, kinds[query], kinds[f"{view} {kind}"], asked, searched)
        for view in ("same", "other")
        for name, (kind, searched, query, asked) in GALLERIES.items()
    }
    result = {
        "command": " ".join(["python tests/benchmarks/bench_photos.py", *sys.argv[1:]]),
        "model": model.name,
        "fingerprint": model.fingerprint,
        "solids": len(kinds["query"]),
        "rows": rows,
    }
    write_text(options.out, record.as_json(result))
    for kind, metrics in result["rows"].items():
        sys.stdout.write(f"{kind:31} {metrics}\n")


if __name__ == "__main__":
    main()
