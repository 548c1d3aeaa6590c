"""What fine-tuning the bundled model gains on LDraw parts that its training left out; by hand.

    python tests/benchmarks/bench_finetuning.py LDRAW --out docs/results/finetuning.json

Of the parts library, the bundled model has seen whole parts. Drawn here are others: whole parts
that its recipe did not take, and inner pieces (titles that begin with "~"), one of each number,
none of a number that a part in training has. Each is a folder of six views in one draughtsman's
style. A quarter of them is held out by ``finetune`` itself.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from patentzoo.data.linedraw.dataset import render_class
from patentzoo.data.linedraw.ldraw import LDrawLibrary
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.errors import ConfigError
from patentzoo.system.files import write_text
from patentzoo.train.config import load_recipe
from patentzoo.train.folder_finetuning import finetune
from patentzoo.zoo.registry import DEFAULT_MODEL

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / f"{DEFAULT_MODEL}.toml"
VIEWS, LONGER_SIDE_PX = 6, 600


def number_of(name: str) -> str:
    """What all variants of a part share: ``"3001b.dat"`` -> ``"3001"``; "" where there is none."""
    found = re.match(r"[a-z]*0*\d*", name)
    return found[0] if found else ""


def left_out(library: LDrawLibrary) -> Iterator[str]:
    """Parts of numbers that no part in the bundled model's training has, in a fixed order."""
    (source,) = (each for each in load_recipe(RECIPE).data.solids if each.kind == "ldraw")
    names = library.part_names()
    order = np.random.default_rng(source.seed).permutation(len(names))
    taken = {number_of(names[i]) for i in order[: source.count]} | {""}
    inner = inner_pieces(library)
    mixed = [inner[i] for i in np.random.default_rng(5).permutation(len(inner))]
    for name in [*(names[i] for i in order[source.count :]), *mixed]:
        if (number := number_of(name)) not in taken:
            taken.add(number)
            yield name


def inner_pieces(library: LDrawLibrary) -> list[str]:
    """Files of ``parts/`` whose title marks them as a piece of a part."""
    found = []
    for file in sorted((library.folder / "parts").glob("*.dat")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            title = lines.readline()[1:].strip()
        if title.startswith("~") and not title.startswith("~Moved"):
            found.append(file.name.lower())
    return found


def write_parts(library: LDrawLibrary, folder: Path, count: int) -> int:
    """Draw ``count`` parts, a folder each; returns how many there were."""
    made = 0
    for turn, name in enumerate(left_out(library)):
        if made == count:
            break
        rng = np.random.default_rng([77, turn])
        try:
            views = render_class(library.solid(name), rng)
        except ConfigError:  # no surface, or a file that is not in the library
            continue
        if len(views) < VIEWS:
            continue
        style, own = random_style(rng), folder / Path(name).stem
        own.mkdir(parents=True)
        for order, view in enumerate(rng.permutation(len(views))[:VIEWS].tolist(), start=1):
            side = int(LONGER_SIDE_PX * rng.uniform(0.7, 1.0))
            grey = draw(views[view], style, rng, size_px=side)
            bilevel = Image.fromarray(grey).convert("1", dither=Image.Dither.NONE)
            bilevel.save(own / f"{order}.png")
        made += 1
    return made


def main() -> None:
    """Draw, fine-tune, and write what it gained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ldraw", type=Path, help="the parts library, unpacked")
    parser.add_argument("--parts", type=int, default=320)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        parts = Path(scratch, "ldraw-parts")
        made = write_parts(LDrawLibrary(given.ldraw), parts, given.parts)
        settings = {"loop.threads": 1}
        tuned = finetune(DEFAULT_MODEL, parts, out=Path(scratch, "run"), settings=settings)
        card = (tuned.folder / "card.toml").read_text(encoding="utf-8")
    told = {name: re.search(rf'^{name} = "(.*)"$', card, re.M) for name in ("data", "cost")}
    result = {
        "command": f"python tests/benchmarks/bench_finetuning.py LDRAW --out {given.out}",
        "model": DEFAULT_MODEL,
        "parts": made,
        **{name: found[1] if found else "" for name, found in told.items()},
        "gain": dataclasses.asdict(tuned.gain),
    }
    write_text(given.out, json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
