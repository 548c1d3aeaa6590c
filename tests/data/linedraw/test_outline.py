"""The outer contour: added where it is bare, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.outline import missing_outline

CORNERS = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.7], [0.1, 0.7]])
FILLED = np.stack([CORNERS[[0, 1, 2]], CORNERS[[0, 2, 3]]])
SIDES = np.stack([CORNERS, np.roll(CORNERS, -1, axis=0)], 1)


def test_a_covered_figure_needs_nothing():
    assert missing_outline(FILLED, SIDES).shape == (0, 2, 2)


@pytest.mark.parametrize("side", range(4))
def test_a_missing_side_is_drawn_where_it_was(side):
    found = missing_outline(FILLED, np.delete(SIDES, side, axis=0))
    length = np.linalg.norm(found[:, 1] - found[:, 0], axis=1).sum()
    true_length = np.linalg.norm(SIDES[side, 1] - SIDES[side, 0])
    assert length == pytest.approx(true_length, abs=0.03)  # it stops short beside its neighbours
    direction = (SIDES[side, 1] - SIDES[side, 0]) / true_length
    across = (found - SIDES[side, 0]) @ [-direction[1], direction[0]]
    assert np.abs(across).max() < 0.005


def test_the_border_of_a_hole_is_an_outline_too():
    ring = []
    outer, inner = CORNERS, 0.5 * (CORNERS - CORNERS.mean(0)) + CORNERS.mean(0)
    for i in range(4):
        j = (i + 1) % 4
        ring += [[outer[i], outer[j], inner[j]], [outer[i], inner[j], inner[i]]]
    found = missing_outline(np.array(ring), SIDES)
    length = np.linalg.norm(found[:, 1] - found[:, 0], axis=1).sum()
    assert length == pytest.approx(2 * (0.4 + 0.3), rel=0.05)


def test_triangles_seen_edge_on_have_no_outline():
    line = np.array([[[0.1, 0.1], [0.5, 0.1], [0.9, 0.1]]])
    assert len(missing_outline(line, np.zeros((0, 2, 2)))) == 0
