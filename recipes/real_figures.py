"""Gather the real drawings that ``patentzoo-pretrain.toml`` learns from, and those held back.

    python recipes/real_figures.py DATA real-figures held-out-figures

``DATA`` holds ``title-figures/`` and ``firm-designs/`` (a drawing a patent), and
``utility-sheets/`` with ``firm-sheets.csv`` (columns ``file``, ``family``, ``kind``). Sheets are
turned upright and cut into figures, their "FIG." labels taken out. Families in even places of
their sorted names are for training, the others choose between candidates.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import cv2

from patentzoo.figures import find_figures, upright

SMALLEST_PX, LEAST_INK_PX = 150, 800


def main(data: Path, training: Path, held_out: Path) -> None:
    """Copy single drawings; cut sheets into a folder a family."""
    for folder in (training, held_out):
        folder.mkdir(parents=True)
    for source in ("title-figures", "firm-designs"):
        for file in sorted((data / source).glob("*.png")):
            shutil.copy(file, training / file.name)
    with (data / "firm-sheets.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] == "utility"]
    families = sorted({row["family"] for row in rows})
    for row in rows:
        even = families.index(row["family"]) % 2 == 0
        cut(data / row["file"], (training if even else held_out) / row["family"])


def cut(sheet: Path, folder: Path) -> None:
    """Write the figures of a sheet, without those that are too small to tell anything."""
    grey = cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE)
    for number, figure in enumerate(find_figures(upright(grey)[0]), start=1):
        if min(figure.grey.shape) < SMALLEST_PX or (figure.grey < 128).sum() < LEAST_INK_PX:
            continue
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / f"{sheet.stem}-{number}.png"), figure.grey)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python recipes/real_figures.py DATA TRAINING_FOLDER HELD_OUT_FOLDER")
    main(*map(Path, sys.argv[1:]))
