from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

# The makers of sheets lie beside the tests of images.
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "images")]


def sketch(seed: int, view: int, size_px: int = 160) -> np.ndarray:
    """A drawing of its own for every seed; the views of one seed resemble one another."""
    generator = np.random.default_rng(seed)
    page = np.full((size_px, size_px), 255, np.uint8)
    for _ in range(5):
        ends = generator.integers(15, size_px - 15, size=4) + view
        cv2.line(page, tuple(map(int, ends[:2])), tuple(map(int, ends[2:])), 0, 2)
    return page


def write_drawing(path: Path, seed: int, view: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), sketch(seed, view))


@pytest.fixture(name="sketch")
def sketch_fixture() -> Callable[..., np.ndarray]:
    return sketch


@pytest.fixture(name="write_drawing")
def write_drawing_fixture() -> Callable[[Path, int, int], None]:
    return write_drawing


@pytest.fixture
def development(tmp_path: Path) -> Path:
    """A small copy of the development data's layout: 3 patents, 7 figures, 5 distractors."""
    rows, sheets = ["file,patent,sheet"], ["file,patent,query"]
    for patent, views in enumerate((3, 3, 1)):
        for view in range(views):
            stem = f"USD090000{patent}-20210105-D0000{view + 1}"
            write_drawing(tmp_path / "uspto-sample-figures" / f"{stem}-f1.png", patent, view)
            sheet = f"USD090000{patent}-20210105/{stem}.TIF"
            write_drawing(tmp_path / "uspto-sample" / sheet, patent, view)
            rows.append(f"{stem}-f1.png,USD090000{patent},{sheet}")
            sheets.append(f"{sheet},USD090000{patent},{int(views > 1)}")
    (tmp_path / "uspto-sample-figures.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "uspto-sample-eval.csv").write_text("\n".join(sheets) + "\n")
    for number in range(5):
        write_drawing(tmp_path / "title-figures" / f"USD053433{number}.png", 50 + number, 0)
    return tmp_path
