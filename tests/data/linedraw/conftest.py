"""Solids small enough to know everything about."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.hidden import LineView
from patentzoo.data.linedraw.solid import Solid

CUBE_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
CUBE_QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
CUBE_FACES = np.array([t for a, b, c, d in CUBE_QUADS for t in ((a, b, c), (a, c, d))])


def box(low, high) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (8, 3) and faces (12, 3) of an upright box."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    return low + CUBE_CORNERS * (high - low), CUBE_FACES


def cylinder_mesh(sides: int) -> tuple[np.ndarray, np.ndarray]:
    """A prism over a regular polygon of radius 1, along y, closed."""
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([np.cos(angle), np.zeros(sides), np.sin(angle)], 1)
    vertices = np.concatenate([ring, ring + np.array([0, 2, 0]), [[0, 0, 0], [0, 2, 0]]])
    faces = []
    for i in range(sides):
        j = (i + 1) % sides
        faces += [(i, j, sides + j), (i, sides + j, sides + i)]
        faces += [(2 * sides, j, i), (2 * sides + 1, sides + i, sides + j)]
    return vertices, np.array(faces)


@pytest.fixture(scope="session")
def boxes():
    """The function: corners of upright boxes, one a part -> Solid."""

    def make(*corners) -> Solid:
        return Solid.from_meshes("boxes", [box(low, high) for low, high in corners])

    return make


@pytest.fixture(scope="session")
def cube(boxes) -> Solid:
    return boxes(((0, 0, 0), (1, 1, 1)))


@pytest.fixture(scope="session")
def cylinder() -> Solid:
    return Solid.from_meshes("cylinder", [cylinder_mesh(64)])


@pytest.fixture(scope="session")
def corner() -> Solid:
    """A step, an L in section: the smallest solid that hides its own edges."""
    outline = np.array([[0, 0], [3, 0], [3, 1], [1, 1], [1, 2], [0, 2]], float)
    low = np.column_stack([outline, np.zeros(6)])
    vertices = np.concatenate([low, low + np.array([0, 0, 1.5])])
    cap = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)]
    faces = cap + [tuple(i + 6 for i in t) for t in cap]
    for i in range(6):
        j = (i + 1) % 6
        faces += [(i, j, 6 + j), (i, 6 + j, 6 + i)]
    return Solid.from_meshes("step", [(vertices, np.array(faces))])


@pytest.fixture(scope="session")
def segments():
    """The function: LineView -> its segments (N, 2, 2) in units of the figure's longer side."""

    def cut(view: LineView) -> np.ndarray:
        pieces = [
            np.stack([view.points[a : b - 1], view.points[a + 1 : b]], 1)
            for a, b in zip(view.starts[:-1], view.starts[1:], strict=True)
        ]
        return np.concatenate(pieces) / 8192.0

    return cut


@pytest.fixture(scope="session")
def same_view():
    """The function: whether two views hold the same strokes and tones."""
    fields = ("points", "starts", "part", "outline", "tone")

    def same(one: LineView, other: LineView) -> bool:
        return all(np.array_equal(getattr(one, f), getattr(other, f)) for f in fields)

    return same
