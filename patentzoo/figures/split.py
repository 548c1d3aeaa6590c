"""A sheet -> its figures."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.figures.assign import assign
from patentzoo.figures.components import Box, Components, find_components, union
from patentzoo.figures.labels import find_labels
from patentzoo.figures.orientation import stored_box
from patentzoo.images.page import Page
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

_SPECK_PX, _APART_PX = 10, 60
"""Dirt is at most so large in both directions and, the larger the farther, apart from all else."""

_EDGE_PX = 2
_EDGE = np.ones((2 * _EDGE_PX + 1, 2 * _EDGE_PX + 1), np.uint8)
"""How far from its ink the greys of a scanned stroke reach."""

_WINDOW_PX = 10_000
"""Pixels that take as long as the calls of one window."""

_MOST_SPECKS, _DOTS = 300, 3
"""More tiny pieces than these, on the sheet or within ``_APART_PX``, are dotted lines."""


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure of an upright page.

    Attributes:
        grey: uint8 (h, w): the figure alone, its label and the neighbours painted over.
        box: Of its ink, in pixels of the page.
        label: As "FIG. 3A"; None where there is none or it is not read surely.
    """

    grey: Grey
    box: Box
    label: str | None


def split_page(page: Page) -> list[Page]:
    """Cut a sheet into its figures, without their labels.

    Args:
        page: An upright sheet. Of its metadata, ``turned_clockwise`` (quarter turns that made it
            upright, 0 if absent) and ``views`` (from a label's number, "3A", to the view's name)
            are used.

    Returns:
        One page a figure, in the order of their labels, else from top to bottom. Several get the
        ids ``<id>:1``, ``<id>:2`` and so on; one alone keeps the id. ``metadata`` gains ``sheet``,
        ``box`` (y0, x0, y1, x1 in pixels of the sheet as stored), and where known ``label`` and
        ``view``. A page without ink comes back as it is.
    """
    figures = find_figures(page.grey)
    if not figures:
        return [page]
    alone = len(figures) == 1
    return [
        dataclasses.replace(
            page,
            id=page.id if alone else f"{page.id}:{number}",
            grey=figure.grey,
            metadata=_metadata(page, figure),
        )
        for number, figure in enumerate(figures, start=1)
    ]


def find_figures(grey: Grey) -> list[Figure]:
    """The figures of an upright page: uint8 (H, W), 0 ink, 255 paper."""
    components = find_components(grey)
    if not len(components):
        return []
    labels = find_labels(components)
    lettering = np.zeros(len(components), bool)
    for label in labels:
        lettering |= label.members
    if lettering.all():  # nothing but lettering: it is the design
        labels, lettering = [], np.zeros(len(components), bool)
    owners = assign(components, [label.box for label in labels], lettering)
    figures = []
    for number in range(max(1, len(labels))):
        members = (owners == number) & ~lettering
        if members.any():
            members &= ~_specks(components, members)
            text = labels[number].text if labels else None
            figures.append(_cut(grey, components, members, text))
    return sorted(figures, key=_order) if all(each.label for each in figures) else figures


def number_of(label: str) -> str:
    """ "3A" of "FIG. 3A"."""
    return label.removeprefix("FIG. ")


def _order(figure: Figure) -> tuple[list[tuple[int, str]], Box]:
    parts = re.findall(r"\d+|\D+", number_of(figure.label or ""))
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts], figure.box


def without(
    grey: Grey, components: Components, members: npt.NDArray[np.bool_], box: Box | None = None
) -> Grey:
    """A page, or a box of it, with some components painted over.

    Args:
        grey: uint8 (H, W), 0 ink, 255 paper.
        components: Of that page.
        members: bool (n,): what goes.
        box: What to cut out; None is all of the page.
    """
    y0, x0, y1, x1 = box or (0, 0, *grey.shape)
    crop = grey[y0:y1, x0:x1].copy()
    goes = np.concatenate([[False], members])
    for top, left, bottom, right in _windows(components, members, (y0, x0, y1, x1)):
        part = crop[top - y0 : bottom - y0, left - x0 : right - x0]
        labels = components.labels[top:bottom, left:right]
        gone = goes[labels]
        # A scan in greys has a soft edge around its ink: it goes with the ink.
        edge = np.asarray(load_cv2().dilate(gone.view(np.uint8), _EDGE)) > 0
        part[edge & (gone | (labels == 0))] = 255
    return crop


def _windows(components: Components, members: npt.NDArray[np.bool_], box: Box) -> list[Box]:
    """Parts of a box that hold all ink of some components and its edge: one each, or all of it."""
    y0, x0, y1, x1 = box
    low = np.maximum(components.boxes[members, :2] - _EDGE_PX, [y0, x0])
    high = np.minimum(components.boxes[members, 2:] + _EDGE_PX, [y1, x1])
    sides = np.maximum(high - low, 0)
    areas = sides[:, 0].astype(np.int64) * sides[:, 1]
    there = areas > 0
    # A window costs a little by itself: many small ones cost more than the whole.
    if 2 * areas.sum() + _WINDOW_PX * there.sum() > (y1 - y0) * (x1 - x0):
        return [box]
    return [
        (int(top), int(left), int(bottom), int(right))
        for (top, left), (bottom, right) in zip(low[there], high[there], strict=True)
    ]


def _cut(
    grey: Grey, components: Components, members: npt.NDArray[np.bool_], label: str | None
) -> Figure:
    box = union(components.boxes[members])
    return Figure(without(grey, components, ~members, box), box, label)


def _specks(components: Components, members: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tiny components outside the box of a figure's larger ones and far from all of it."""
    sides = components.boxes[:, 2:] - components.boxes[:, :2]
    tiny = (sides <= _SPECK_PX).all(axis=1)
    dirt = np.zeros(len(components), bool)
    if not (members & ~tiny).any():
        return dirt
    y0, x0, y1, x1 = union(components.boxes[members & ~tiny])
    top, left, bottom, right = components.boxes.T
    outside = (bottom < y0) | (top > y1) | (right < x0) | (left > x1)
    suspected = members & tiny & outside
    suspects = np.flatnonzero(suspected)
    if len(suspects) > _MOST_SPECKS:  # dotted lines, not dirt
        return dirt
    for i in suspects:
        across = np.maximum(left - right[i], left[i] - right)
        down = np.maximum(top - bottom[i], top[i] - bottom)
        apart = min(_APART_PX, 12 * (1 + int(sides[i].max())))
        distance = np.maximum(across, down)
        by_ink = (distance <= apart) & members & ~suspected
        by_dots = (distance <= _APART_PX) & suspected  # itself among them
        dirt[i] = not by_ink.any() and by_dots.sum() <= _DOTS
    return dirt


def _metadata(page: Page, figure: Figure) -> dict[str, Any]:
    metadata = {key: value for key, value in page.metadata.items() if key != "views"}
    turns = int(metadata.get("turned_clockwise", 0))
    metadata.setdefault("sheet", page.id)
    metadata["box"] = list(stored_box(figure.box, page.grey.shape, turns))
    if figure.label:
        metadata["label"] = figure.label
        view = page.metadata.get("views", {}).get(number_of(figure.label))
        if view:
            metadata["view"] = view
    return metadata
