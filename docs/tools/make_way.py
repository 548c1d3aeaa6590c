"""The pictures of docs/how-it-works.md: one drawing at each stop of its way.

``python -m docs.tools outputs`` calls it with the rest.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import printed

import patentzoo as pz
from patentzoo.models.preprocess import crop_to_ink
from patentzoo.reports.plot_figure import new_figure
from patentzoo.sources import read_pages

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

IMAGES = printed.ROOT / "docs" / "images"
SIBLING, STRANGER = "LD000015-D00001.png", "LD000007-D00002.png"
SAME, OTHER = "#0b6b3a", "#b8b2a6"


def main() -> None:
    """Write all of them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "examples")
        printed.lay_out(folder)
        model = pz.load_model(device="cpu")
        index = pz.build_index(model, folder / "drawings")
        result = pz.search(index, folder / "query.png", k=None)
        query = pz.embed(model, folder / "query.png").vectors[0]
        pictures = {
            "way-1-page.png": page(folder),
            "way-2-input.png": network_input(folder, model),
            "way-3-embedding.png": embeddings(index, query),
            "way-4-cosines.png": cosines(result),
            "way-5-result.png": result.plot(hits=5, columns=6),
        }
        for name, figure in pictures.items():
            figure.savefig(IMAGES / name, dpi=110, metadata={"Software": None})


def page(folder: Path) -> Figure:
    """The page as it is read, its ink framed."""
    grey = read_pages(folder / "query.png")[0].grey
    rows, columns = np.nonzero(grey < 128)
    figure = new_figure(4, 4)
    axes = _picture(figure.add_subplot(), grey)
    corner = (columns.min(), rows.min())
    width, height = columns.max() - corner[0], rows.max() - corner[1]
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=SAME, linewidth=2))
    return figure


def network_input(folder: Path, model: pz.RetrievalModel) -> Figure:
    """Cut to the ink, and what the network sees."""
    grey = read_pages(folder / "query.png")[0].grey
    figure = new_figure(7, 3.6)
    left, right = figure.subplots(1, 2)
    cut = crop_to_ink(grey)
    _picture(left, cut).set_title(f"cut to its ink: {cut.shape[1]} × {cut.shape[0]}")
    seen = model.preprocess(grey)[0]
    right.imshow(seen, cmap="gray")
    right.set(xticks=[], yticks=[], title=f"the network's input: {seen.shape[1]} × {seen.shape[0]}")
    return figure


def embeddings(index: pz.Index, query: npt.NDArray[np.float32]) -> Figure:
    """Three embeddings as strips of colour."""
    vectors = dict(zip(index.ids, index.vectors, strict=True))
    rows = {
        "the query": query,
        "another view of it": vectors[SIBLING],
        "another object": vectors[STRANGER],
    }
    top = float(np.quantile(np.abs(np.stack(list(rows.values()))), 0.98))
    figure = new_figure(8, 2.4)
    strips = figure.subplots(len(rows), 1)
    for axes, (name, vector) in zip(strips, rows.items(), strict=True):
        axes.imshow(vector[None], aspect="auto", cmap="RdBu", vmin=-top, vmax=top)
        axes.set(xticks=[], yticks=[])
        words = name if vector is query else f"{name}: cosine {float(vector @ query):.2f}"
        axes.set_title(words, fontsize=9, loc="left")
    return figure


def cosines(result: pz.SearchResult) -> Figure:
    """The cosine of every drawing of the index, in order."""
    own = [hit.patent == "LD000015" for hit in result]
    figure = new_figure(8, 3)
    axes = figure.add_subplot()
    heights = [hit.score for hit in result]
    places = np.arange(1, len(heights) + 1)
    axes.bar(places, heights, color=[SAME if each else OTHER for each in own], width=0.9)
    axes.set(xlabel="rank among the drawings of the index", ylabel="cosine with the query")
    axes.axhline(0, color="black", linewidth=0.8)
    return figure


def _picture(axes: Axes, grey: npt.NDArray[np.uint8]) -> Axes:
    axes.imshow(grey, cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[], yticks=[])
    return axes


if __name__ == "__main__":
    main()
