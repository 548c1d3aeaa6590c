"""Where a query and a hit agree, drawn on both."""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.models.preprocess import Preprocess
from patentzoo.reports.thumbnails import Grey, shrunk
from patentzoo.system.files import replacing
from patentzoo.system.opencv import load_cv2

Cells = npt.NDArray[np.float64]

COLOUR = (214, 69, 0)
OPAQUE = 0.62
"""Of the cell that adds most; lines stay visible under it."""
OVERLAY_PX, LEVELS = 64, 64
"""Longest side of an overlay, and its strengths: cells are coarse, a browser smooths it."""


@dataclass(frozen=True, eq=False, repr=False)
class ExplainedDrawing:
    """One of the two drawings.

    Attributes:
        grey: uint8 (H, W), as it was embedded.
        cells: float64 (h, w): what each cell of the last feature map adds to the score.
        preprocess: What made the network's input of it.
    """

    grey: Grey
    cells: Cells
    preprocess: Preprocess

    def overlay(self, most: float, size_px: int = OVERLAY_PX) -> Image.Image:
        """What agrees, as colour over the drawing cut to its ink; the more, the less transparent.

        Args:
            most: The contribution that is drawn strongest.
            size_px: Longest side.

        Returns:
            RGBA, of the drawing's proportions.
        """
        y0, x0, y1, x1 = self.preprocess.placement(self.grey)
        scale = size_px / max(y1 - y0, x1 - x0)
        height, width = (max(1, round(side * scale)) for side in (y1 - y0, x1 - x0))
        shown = self._sampled(
            y0 + (np.arange(height) + 0.5) * (y1 - y0) / height,
            x0 + (np.arange(width) + 0.5) * (x1 - x0) / width,
        )
        strength = np.clip(shown / most, 0, 1) if most > 0 else np.zeros_like(shown)
        picture = np.empty((height, width, 4), np.uint8)
        picture[..., :3] = COLOUR
        picture[..., 3] = np.round(255 * OPAQUE * strength).astype(np.uint8)
        return Image.fromarray(picture)

    def _sampled(self, ys: Cells, xs: Cells) -> Cells:
        """The contributions at places of the network's input, between cells linearly."""
        (down, across), (height, width) = self.preprocess.size, self.cells.shape
        rows = np.clip(ys * height / down - 0.5, 0, height - 1).astype(np.float32)
        columns = np.clip(xs * width / across - 0.5, 0, width - 1).astype(np.float32)
        grid = np.meshgrid(columns, rows)
        cv2 = load_cv2()
        return np.asarray(
            cv2.remap(self.cells.astype(np.float32), *grid, cv2.INTER_LINEAR), np.float64
        )

    def image(self, most: float, size_px: int = 480) -> Image.Image:
        """Draw the drawing, cut to its ink, with what agrees over it.

        Args:
            most: The contribution that is drawn strongest, a share of a cosine.
            size_px: Longest side.

        Returns:
            RGB, of the drawing's proportions.
        """
        drawing = Image.fromarray(shrunk(self.grey, size_px)).convert("RGBA")
        over = self.overlay(most).resize(drawing.size, Image.Resampling.BICUBIC)
        return Image.alpha_composite(drawing, over).convert("RGB")


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Where a query and a hit agree; a notebook shows it as a picture.

    Attributes:
        query: The query, and what each of its cells adds to the score.
        hit: The same of the hit.
        ranked_by: The score the hit was ranked by, where that is another number than the cosine
            explained here: the search re-ranked, fused or expanded. None where it is the cosine.
    """

    query: ExplainedDrawing
    hit: ExplainedDrawing
    ranked_by: float | None = None

    @property
    def score(self) -> float:
        """The cosine of the two: the sum over the query's cells, and over the hit's."""
        return float(self.query.cells.sum())

    @property
    def most(self) -> float:
        """The largest contribution of a cell on either side."""
        return float(max(self.query.cells.max(), self.hit.cells.max()))

    def __repr__(self) -> str:
        cells = " x ".join(map(str, self.query.cells.shape))
        other = "" if self.ranked_by is None else f", ranked by {self.ranked_by:.3f}"
        return f"Explanation(score={self.score:.3f}{other}, {cells} cells)"

    def image(self, size_px: int = 480) -> Image.Image:
        """Draw query and hit side by side, what agrees in colour.

        Args:
            size_px: Longest side of each drawing.

        Returns:
            RGB, a little wider than twice ``size_px``.
        """
        pair = [each.image(self.most, size_px) for each in (self.query, self.hit)]
        gap = size_px // 20
        height = max(each.height for each in pair) + 2 * gap
        made = Image.new("RGB", (2 * size_px + 3 * gap, height), "white")
        for number, each in enumerate(pair):
            left = gap + number * (size_px + gap) + (size_px - each.width) // 2
            made.paste(each, (left, (height - each.height) // 2))
        return made

    def overlays(self) -> tuple[str, str]:
        """The colour over the query and over the hit, as ``data:image/png`` addresses."""
        query, hit = (_address(each.overlay(self.most)) for each in (self.query, self.hit))
        return query, hit

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``image()`` as a PNG file.

        Raises:
            OutputError: It cannot be written.
        """
        with replacing(path) as unfinished:
            self.image().save(unfinished, "PNG")

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.image().save(stream, "PNG")
        return stream.getvalue()


def _address(picture: Image.Image) -> str:
    stream = io.BytesIO()
    # One colour in a few strengths is a third of the bytes of RGBA.
    alpha = np.asarray(picture)[..., 3].astype(np.float32)
    levels = np.round(alpha / 255 * (LEVELS - 1) / OPAQUE).astype(np.uint8)
    indexed = Image.frombytes("P", picture.size, levels.tobytes())
    indexed.putpalette([*COLOUR] * LEVELS)
    strengths = bytes(round(255 * OPAQUE * level / (LEVELS - 1)) for level in range(LEVELS))
    indexed.save(stream, "PNG", optimize=True, transparency=strengths)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
