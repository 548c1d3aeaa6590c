"""Feature edges and silhouettes of solids whose edges can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.solid import Solid, transform
from patentzoo.errors import ConfigError


def lengths(edges):
    return np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)


def test_a_cube_has_twelve_edges_and_no_silhouettes(cube):
    assert len(cube.vertices) == 8
    assert len(cube.edges) == 12
    assert lengths(cube.edges) == pytest.approx(1.0)  # no diagonal
    assert len(cube.silhouettes) == 0


@pytest.mark.parametrize("seed", range(4))
def test_winding_order_and_unwelded_corners_do_not_matter(cube, seed):
    rng = np.random.default_rng(seed)
    soup = cube.vertices[cube.faces]
    flipped = rng.random(len(soup)) < 0.5
    soup[flipped] = soup[flipped][:, ::-1]
    soup = soup[rng.permutation(len(soup))]
    again = Solid.from_meshes("soup", [(soup.reshape(-1, 3), np.arange(36).reshape(-1, 3))])
    assert len(again.vertices) == 8
    wanted = {frozenset(map(tuple, edge)) for edge in cube.edges.tolist()}
    assert {frozenset(map(tuple, edge)) for edge in again.edges.tolist()} == wanted
    assert len(again.silhouettes) == 0


def test_a_fine_cylinder_has_two_rims_and_a_silhouette_a_side(cylinder):
    assert len(cylinder.edges) == 2 * 64
    assert set(cylinder.edges[..., 1].ravel().tolist()) == {0.0, 2.0}
    assert len(cylinder.silhouettes) == 64
    assert lengths(cylinder.silhouettes[:, :2]) == pytest.approx(2.0)


def test_a_larger_crease_angle_turns_edges_into_silhouettes(cube):
    round_cube = Solid.from_meshes("round", [(cube.vertices, cube.faces)], crease_deg=91)
    assert (len(round_cube.edges), len(round_cube.silhouettes)) == (0, 12)


def test_an_open_sheet_is_bordered():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    sheet = Solid.from_meshes("sheet", [(square, [[0, 1, 2], [0, 2, 3]])])
    assert lengths(sheet.edges) == pytest.approx(np.ones(4))


def test_extra_edges_keep_their_part(cube):
    line = np.array([[[0, 0, 1.0], [1, 1, 1.0]]])
    mesh = (cube.vertices, cube.faces)
    solid = Solid.from_meshes("lettered", [mesh, mesh], extra_edges=[(line, 1)])
    assert len(solid.edges) == 25
    assert np.array_equal(solid.edges[-1], line[0])
    assert solid.edge_part.tolist() == [0] * 12 + [1] * 12 + [1]


def test_degenerate_triangles_are_dropped_and_nothing_left_is_an_error(cube):
    faces = np.concatenate([cube.faces, [[0, 0, 1]]])
    assert len(Solid.from_meshes("x", [(cube.vertices, faces)]).faces) == 12
    with pytest.raises(ConfigError, match="'flat' has no triangle"):
        Solid.from_meshes("flat", [(cube.vertices, [[0, 0, 1]])])


def test_transform_equals_a_loop_over_points(cylinder):
    rng = np.random.default_rng(0)
    matrix, shift = rng.normal(size=(3, 3)), rng.normal(size=3)
    moved = transform(cylinder, matrix, shift)
    for name in ("vertices", "edges", "silhouettes"):
        old, new = getattr(cylinder, name).reshape(-1, 3), getattr(moved, name).reshape(-1, 3)
        naive = [matrix @ point + shift for point in old]
        assert new == pytest.approx(np.array(naive), abs=1e-5)
    assert np.array_equal(moved.faces, cylinder.faces)
