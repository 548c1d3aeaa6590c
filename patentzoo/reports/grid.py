"""A result as a matplotlib grid: the query, then the ranks with score, patent and title."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.hit import Hit
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.plot_figure import new_figure
from patentzoo.reports.query_hits import QueryHits
from patentzoo.reports.query_preview import note_of
from patentzoo.reports.thumbnails import Grey
from patentzoo.system.arguments import WHOLE, check
from patentzoo.system.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL_IN, WORDS_IN = 1.7, 0.8
SAME, LINE = "#0b6b3a", "#b8b2a6"
_LETTERS = 22


def plot(result: QueryHits, *, hits: int = 9, columns: int = 5) -> Figure:
    """Draw a result as a grid of pictures, the query first.

    Args:
        result: From ``search``.
        hits: At most so many.
        columns: Pictures in a row.

    Returns:
        A matplotlib figure; ``figure.savefig("hits.png")`` writes it.

    Raises:
        ConfigError: ``hits`` or ``columns`` below 1.
        MissingExtraError: matplotlib is not installed.
    """
    for name, value in (("hits", hits), ("columns", columns)):
        check("plot", name, value, WHOLE)
        if value < 1:
            raise ConfigError(f"{name} = {value}: give at least 1.")
    query, pictures, shown = note_of(result), Pictures(), result[:hits]
    rows = math.ceil((1 + len(shown)) / columns)
    figure = new_figure(columns * CELL_IN, rows * (CELL_IN + WORDS_IN))
    cells = figure.subplots(rows, columns, squeeze=False).ravel()
    for cell in cells[1 + len(shown) :]:
        cell.set_axis_off()
    picture = pictures.grey(query.image, query.page, query.box)
    _draw(cells[0], picture, ["query", *_names(query.patent, None, result.query)], "black")
    for cell, hit in zip(cells[1:], shown, strict=False):
        same = query.patent is not None and hit.patent == query.patent
        _draw(cell, pictures.grey_of_hit(hit), _words(hit, same), SAME if same else LINE)
    return figure


def _words(hit: Hit, same: bool) -> list[str]:
    first = f"{hit.rank}   {hit.score:.3f}" + ("  ✓ same" if same else "")
    return [first, *_names(hit.patent, hit.metadata.get("title"), hit.id)]


def _names(patent: str | None, title: object, name: str) -> list[str]:
    """A title where there is one, else the drawing's id."""
    words = [printable(str(each)) for each in (patent, title or name) if each]
    return [textwrap.shorten(each, 2 * _LETTERS, placeholder="…") for each in words]


def _draw(cell: Axes, picture: Grey | None, words: list[str], edge: str) -> None:
    if picture is None:
        cell.text(0.5, 0.5, "no picture", ha="center", va="center", transform=cell.transAxes)
    else:
        cell.imshow(_square(picture), cmap="gray", vmin=0, vmax=255)
    lines = [line for each in words for line in textwrap.wrap(each, _LETTERS)]
    # A dollar in a title is a dollar.
    cell.set_title("\n".join(lines[:4]), fontsize=8, parse_math=False)
    cell.set_xticks([])
    cell.set_yticks([])
    for side in cell.spines.values():
        side.set(edgecolor=edge, linewidth=1 if edge == LINE else 2)


def _square(grey: Grey) -> Grey:
    """The picture in the middle of a white square, so that all cells are alike."""
    side = max(grey.shape) + max(grey.shape) // 10
    gaps = [(side - length) // 2 for length in grey.shape]
    around = [(gap, side - length - gap) for gap, length in zip(gaps, grey.shape, strict=True)]
    return np.pad(grey, around, constant_values=255)
