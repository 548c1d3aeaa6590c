"""Real drawings, one file a patent: figures printed side by side are cut apart into views."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError

log = logging.getLogger(__name__)

Grey = npt.NDArray[np.uint8]

_GAP = 0.03
_SMALLEST = 0.12
_SEVERAL_VIEWS_WEIGHT = 3.0


def split_views(grey: Grey) -> list[Grey]:
    """Cut a sheet at its empty spaces into groups of ink of comparable size.

    Args:
        grey: uint8 (H, W).

    Returns:
        Crops, largest first; at least one, at most six. Groups whose longer side is under 30 % of
        the largest's, or whose area is under 12 %, are dropped with their surroundings.
    """
    import cv2

    ink = (grey < 160).astype(np.uint8)
    reach = max(3, int(max(grey.shape) * _GAP)) | 1
    joined = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    boxes = sorted(
        (tuple(int(v) for v in row[:4]) for row in stats[1:]), key=lambda b: -b[2] * b[3]
    )
    if not boxes:
        return [grey]
    largest = boxes[0]
    kept = [
        b
        for b in boxes
        if b[2] * b[3] >= _SMALLEST * largest[2] * largest[3]
        and max(b[2:]) >= 0.3 * max(largest[2:])
    ]
    crops = [grey[y : y + h, x : x + w] for x, y, w, h in kept[:6]]
    crops = [c for c in crops if (c < 160).sum() > 150]
    return crops or [grey]


class RealFigures:
    """A folder of drawings in memory: a file a patent, or a folder a patent.

    Raises:
        ConfigError: The folder holds no PNG, or one named in ``exclude``.
    """

    def __init__(self, folder: str | Path, exclude: tuple[str, ...] = ()) -> None:
        patents = _files_of_patents(Path(folder))
        if not patents:
            raise ConfigError(f"No PNG under {folder}: set data.figures to a folder of drawings.")
        for name in patents:
            if any(name.startswith(patent) for patent in exclude):
                raise ConfigError(f"{name} is an evaluation patent: it must not be trained on.")
        self.classes = []
        for files in patents.values():
            views = [grey for file in files if (grey := _read(file)) is not None]
            if views:
                self.classes.append(views if len(files) > 1 else split_views(views[0]))

    @property
    def chances(self) -> npt.NDArray[np.float64]:
        """Chance of each class: patents shown from several sides teach more and come more often."""
        weight = np.array([_SEVERAL_VIEWS_WEIGHT if len(c) > 1 else 1.0 for c in self.classes])
        chances: npt.NDArray[np.float64] = weight / weight.sum()
        return chances

    def __len__(self) -> int:
        return len(self.classes)


def _files_of_patents(folder: Path) -> dict[str, list[Path]]:
    """Drawings by patent: a file alone, or all files of a folder."""
    patents = {file.stem: [file] for file in folder.glob("*.png")}
    for inner in folder.iterdir() if folder.is_dir() else ():
        if inner.is_dir() and (files := sorted(inner.glob("*.png"))):
            patents[inner.name] = files
    return dict(sorted(patents.items()))


def _read(file: Path) -> Grey | None:
    import cv2

    grey = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if grey is None or grey.min() >= 128:
        log.warning("%s left out: %s", file, "not readable" if grey is None else "blank")
        return None
    return np.asarray(grey, np.uint8)
