"""Assemblies: parts stretched, turned, mirrored and repeated into objects of several pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.solid import Solid, assemble, transform

Box = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def reshape(solid: Solid, rng: np.random.Generator, stretch: float = 0.35) -> Solid:
    """Turn a solid by a random multiple of 90° about each axis and stretch it along the axes.

    Args:
        solid: What to reshape.
        rng: Source of chance.
        stretch: Standard deviation of the logarithm of each axis's scale.
    """
    matrix = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], (3, 1))
    return transform(solid, np.diag(np.exp(rng.normal(0, stretch, 3))) @ matrix)


def random_assembly(
    draw_part: Callable[[], Solid], rng: np.random.Generator, *, most_parts: int = 5
) -> Solid:
    """Compose two to ``most_parts`` parts into one object.

    Args:
        draw_part: Gives another part each time.
        rng: Source of chance.
        most_parts: Upper bound on the different parts used (repeats not counted).
    """
    body = _unit(reshape(draw_part(), rng))
    pieces = [body]
    for _ in range(int(rng.integers(1, most_parts))):
        size = float(np.exp(rng.uniform(np.log(0.2), np.log(0.9))))
        part = transform(_unit(reshape(draw_part(), rng)), np.eye(3) * size)
        pieces += _ATTACH[int(rng.integers(len(_ATTACH)))](part, _box(pieces), rng)
    return assemble("assembly of " + " and ".join(p.name for p in pieces[:3]), pieces)


def _unit(solid: Solid) -> Solid:
    low, high = solid.vertices.min(0), solid.vertices.max(0)
    scale = 1.0 / float((high - low).max() or 1.0)
    return transform(solid, np.eye(3) * scale, -(low + high) / 2 * scale)


def _box(solids: Sequence[Solid]) -> Box:
    points = np.concatenate([s.vertices for s in solids]).astype(np.float64)
    return points.min(0), points.max(0)


def _touching(part: Solid, box: Box, axis: int, side: int, rng: np.random.Generator) -> Solid:
    """Set a part on one face of a box, sunk in a little, somewhere along the face."""
    low, high = _box([part])
    shift = np.zeros(3)
    middle, half = (box[0] + box[1]) / 2, (box[1] - box[0]) / 2
    for other in range(3):
        room = half[other] * (0.0 if rng.random() < 0.5 else rng.uniform(-0.7, 0.7))
        shift[other] = middle[other] + room - (low[other] + high[other]) / 2
    sink = rng.uniform(0, 0.15) * (high[axis] - low[axis])
    shift[axis] = box[1][axis] - low[axis] - sink if side > 0 else box[0][axis] - high[axis] + sink
    return transform(part, np.eye(3), shift)


def _single(part: Solid, box: Box, rng: np.random.Generator) -> list[Solid]:
    return [_touching(part, box, int(rng.integers(3)), int(rng.choice([-1, 1])), rng)]


def _mirrored(part: Solid, box: Box, rng: np.random.Generator) -> list[Solid]:
    """Two parts, mirror images of each other across the object's middle, as most products have."""
    axis = int(rng.choice([0, 0, 1, 2]))
    one = _touching(part, box, axis, 1, rng)
    if rng.random() < 0.5:  # beside the mirror plane rather than at its far ends
        one = _touching(part, box, int(rng.integers(3)), 1, rng)
        one = transform(one, np.eye(3), np.eye(3)[axis] * (box[1][axis] - box[0][axis]) * 0.3)
    flip = np.ones(3)
    flip[axis] = -1
    centre = (box[0] + box[1]) / 2
    return [one, transform(one, np.diag(flip), centre - np.diag(flip) @ centre)]


def _row(part: Solid, box: Box, rng: np.random.Generator) -> list[Solid]:
    axis, along = (int(a) for a in rng.permutation(3)[:2])
    count = int(rng.integers(2, 7))
    small = transform(part, np.eye(3) * (1.6 / count))
    one = _touching(small, box, axis, int(rng.choice([-1, 1])), rng)
    span = (box[1] - box[0])[along]
    steps = (np.arange(count) - (count - 1) / 2) * span / count
    return [transform(one, np.eye(3), np.eye(3)[along] * step) for step in steps]


def _ring(part: Solid, box: Box, rng: np.random.Generator) -> list[Solid]:
    count = int(rng.integers(3, 9))
    small = transform(part, np.eye(3) * (2.0 / count))
    one = _touching(small, box, 0, 1, rng)
    axis = int(rng.integers(1, 3))
    centre = (box[0] + box[1]) / 2
    return [
        transform(one, turn, centre - turn @ centre)
        for turn in (_rotation(axis, angle) for angle in np.arange(count) * 2 * np.pi / count)
    ]


def _rotation(axis: int, angle: float) -> npt.NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    a, b = [i for i in range(3) if i != axis]
    matrix = np.eye(3)
    matrix[a, a], matrix[a, b], matrix[b, a], matrix[b, b] = c, -s, s, c
    return matrix


_ATTACH = (_single, _mirrored, _mirrored, _row, _ring)
