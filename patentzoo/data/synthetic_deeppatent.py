"""A data set in DeepPatent's format, of any size, drawn from synthetic solids.

DeepPatent itself is fetched by hand; this one proves that whatever reads that format works, and is
large enough to compare ways of training on. Its scores say nothing about real drawings.

    python -m patentzoo.data.synthetic_deeppatent DRAWN --patents 600
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from patentzoo.data.deeppatent import LISTS
from patentzoo.data.linedraw.dataset import DrawingSet, SolidSource, render_shards
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.errors import ConfigError
from patentzoo.system.files import replacing, write_text
from patentzoo.system.overwrite import check_free

log = logging.getLogger(__name__)

DATE = "20991231"
"""A date no grant has: these patents do not exist."""
FIRST_NUMBER = 9_000_001
VIEWS = 6
QUERIES = 2


@dataclass(frozen=True)
class Shares:
    """Parts of the patents that go to validation and to test; the rest is for training."""

    val: float = 0.15
    test: float = 0.25


def write_deeppatent(
    folder: str | Path,
    source: SolidSource,
    *,
    shards: str | Path,
    patents: int | None = None,
    shares: Shares | None = None,
    size_px: int = 384,
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, int]:
    """Write tree and lists; what an interrupted run left is written again, alike.

    Each patent has up to six figures in one draughtsman's style and, as ``D00000``, a copy of one
    of them, scanned anew, as the Official Gazette's figure is. Two figures of a patent of
    validation or test are queries, the rest and ``D00000`` are in the database.

    Args:
        folder: Where to.
        source: The solids, one a patent.
        shards: Folder of rendered shards, made if missing.
        patents: How many of the solids are drawn; None is all of which there are views.
        shares: Of validation and test.
        size_px: Longer side of a drawing.
        seed: Same seed, same drawings.
        overwrite: Write lists and drawings anew where there are some.

    Returns:
        Number of pictures by list.

    Raises:
        ConfigError: Too few solids for the three splits.
        OutputError: Lists are there and ``overwrite`` was not given, or a file cannot be written.
    """
    folder = Path(folder)
    for name in LISTS.values():
        check_free(folder / name, overwrite=overwrite)
    drawings = DrawingSet(render_shards(source, shards))
    there = len(drawings) if patents is None else patents
    if there > len(drawings):
        raise ConfigError(f"{len(drawings)} solids with views are fewer than {there} patents.")
    splits = _split(there, shares or Shares(), seed)
    lists: dict[str, list[str]] = {name: [] for name in LISTS if name != "test-db-extended"}
    for split, classes in splits.items():
        for label, number in enumerate(classes, start=1):
            rng = np.random.default_rng([seed, number, 3])
            names = _write_patent(folder, drawings, number, size_px, rng)
            _enlist(lists, split, names, label, rng)
    for name, lines in lists.items():
        write_text(folder / LISTS[name], "".join(f"{line}\n" for line in lines))
    count = {name: len(lines) for name, lines in lists.items()}
    write_text(folder / "README.txt", _readme(source, splits, count))
    log.info("%s: %s", folder, count)
    return count


def _split(count: int, shares: Shares, seed: int) -> dict[str, list[int]]:
    order = np.random.default_rng([seed, 4]).permutation(count).tolist()
    val, test = round(count * shares.val), round(count * shares.test)
    if min(val, test, count - val - test) < 2:
        raise ConfigError(f"{count} solids are too few for training, validation and test.")
    return {"val": order[:val], "test": order[val : val + test], "train": order[val + test :]}


def _write_patent(
    folder: Path, drawings: DrawingSet, number: int, size_px: int, rng: np.random.Generator
) -> list[str]:
    """Draw one patent; the names of its files, ``D00000`` first."""
    patent = f"USD{FIRST_NUMBER + number}-{DATE}"
    views = drawings.classes[number]
    chosen = rng.permutation(len(views))[:VIEWS]
    style = random_style(rng)
    figures = [
        draw(drawings.view(views[i]), style, rng, size_px=int(size_px * rng.uniform(0.7, 1.0)))
        for i in chosen
    ]
    gazette = _copied(figures[int(rng.integers(len(figures)))], rng)
    names = []
    for order, grey in enumerate([gazette, *figures]):
        name = f"I{DATE}/{patent}/{patent}-D{order:05d}.png"
        _write_png(folder / name, grey)
        names.append(name)
    return names


def _copied(grey: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A drawing printed smaller and scanned again."""
    import cv2

    scale = float(rng.uniform(0.6, 0.9))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.where(np.asarray(small) < 200, 0, 255).astype(np.uint8)


def _write_png(path: Path, grey: npt.NDArray[np.uint8]) -> None:
    from PIL import Image

    with replacing(path) as unfinished:
        bilevel = Image.fromarray(grey).convert("1", dither=Image.Dither.NONE)
        bilevel.save(unfinished, format="PNG")


def _enlist(
    lists: dict[str, list[str]],
    split: str,
    names: Sequence[str],
    label: int,
    rng: np.random.Generator,
) -> None:
    lines = [f"{name} {label}" for name in names]
    if split == "train":
        lists["train"] += lines
        return
    asked = set(rng.choice(np.arange(1, len(lines)), QUERIES, replace=False).tolist())
    queries = [line for order, line in enumerate(lines) if order in asked]
    database = [line for order, line in enumerate(lines) if order not in asked]
    lists[f"{split}-query"] += queries
    lists[f"{split}-db"] += database
    if split == "val":
        lists["val"] += lines


def _readme(source: SolidSource, splits: dict[str, list[int]], count: dict[str, int]) -> str:
    patents = ", ".join(f"{len(classes)} {name}" for name, classes in sorted(splits.items()))
    pictures = ", ".join(f"{number} {name}" for name, number in count.items())
    return (
        "Synthetic drawings in the format of DeepPatent; none of these patents exists.\n"
        f"{source.count} {source.kind} solids (seed {source.seed}); patents: {patents}; "
        f"pictures: {pictures}.\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a set of procedural solids: ``python -m patentzoo.data.synthetic_deeppatent``."""
    parser = argparse.ArgumentParser(description="Draw a data set in DeepPatent's format.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patents", type=int, default=600)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--overwrite", action="store_true")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # A few solids show too little from some sides and are left out: some more are rendered.
    source = SolidSource("procedural", chosen.patents + chosen.patents // 10 + 5, chosen.seed)
    shards = chosen.folder / "shards"
    write_deeppatent(
        chosen.folder,
        source,
        shards=shards,
        patents=chosen.patents,
        overwrite=chosen.overwrite,
    )


if __name__ == "__main__":
    main()
