"""Hidden lines: solids whose visible edges are known, and a naive ray tracer as the judge."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from patentzoo.data.linedraw.camera import STANDARD_VIEWS, Camera
from patentzoo.data.linedraw.hidden import UNITS, RayScene, see
from patentzoo.data.linedraw.solid import Solid
from patentzoo.errors import MissingExtraError

ISOMETRIC = Camera("isometric", 45, np.degrees(np.arctan(1 / np.sqrt(2))))


def total(segments) -> float:
    return float(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum())


def test_a_cube_from_the_front_is_one_square(cube, segments):
    view = see(RayScene(cube), STANDARD_VIEWS["front"])
    found = {frozenset(map(tuple, segment)) for segment in segments(view).tolist()}
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    assert found == {frozenset((square[i - 1], square[i])) for i in range(4)}
    assert len(view.part) == 1  # four edges, chained to one stroke
    assert view.outline.tolist() == [0]


def test_a_cube_on_its_corner_shows_nine_of_twelve_edges(cube, segments):
    found = segments(see(RayScene(cube), ISOMETRIC))
    assert len(found) == 9
    assert total(found) == pytest.approx(9 * 0.5, rel=0.01)  # each half the hexagon's height


def test_a_cylinder_from_the_side_has_two_silhouettes(cylinder):
    view = see(RayScene(cylinder), STANDARD_VIEWS["front"])
    strokes = [view.points[a:b] for a, b in zip(view.starts[:-1], view.starts[1:], strict=True)]
    upright = [s for s, outline in zip(strokes, view.outline, strict=True) if outline]
    assert sorted(int(s[:, 0].mean()) for s in upright) == [0, UNITS]
    assert all(np.ptp(s[:, 1]) == UNITS for s in upright)


def naive_visible(scene: RayScene, camera: Camera, points) -> np.ndarray:
    """Möller & Trumbore (1997), one ray from each point to the eye against every triangle."""
    axes = camera.axes()
    triangles = scene.vertices[scene.solid.faces].astype(float)
    a, e1 = triangles[:, 0], triangles[:, 1] - triangles[:, 0]
    e2 = triangles[:, 2] - triangles[:, 0]
    free = []
    for point in points:
        ray = axes[2] if camera.distance is None else axes[2] * camera.distance - point
        ray = ray / np.linalg.norm(ray)
        p = np.cross(ray, e2)
        det = (e1 * p).sum(1)
        safe = np.where(np.abs(det) < 1e-9, np.inf, det)
        s = point - a
        u = (s * p).sum(1) / safe
        q = np.cross(s, e1)
        v = (q @ ray) / safe
        t = (e2 * q).sum(1) / safe
        free.append(not ((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0.004)).any())
    return np.array(free)


def along(pieces, step=0.004) -> np.ndarray:
    """Points along segments (N, 2, D)."""
    out = []
    for p, q in pieces:
        t = np.linspace(0, 1, max(2, int(np.linalg.norm(q - p) / step)))[:, None]
        out.append(p * (1 - t) + q * t)
    return np.concatenate(out)


def farthest(points, others) -> float:
    return max(float(np.hypot(*(others - point).T).min()) for point in points)


@pytest.mark.parametrize(
    "camera",
    [
        Camera("a", 35, 25),
        Camera("b", 200, 30),
        Camera("c", -60, -20, 15),
        Camera("d", 130, 40, 0, 4),
    ],
    ids=lambda camera: camera.name,
)
def test_visible_lines_are_those_of_a_naive_ray_tracer(corner, camera, segments):
    """Every visible point is on a stroke and every stroke is visible, within 1 % of the figure."""
    scene = RayScene(corner)
    drawn = along(segments(see(scene, camera)))
    points = along(scene.local(corner.edges).astype(float), 0.02)
    visible = naive_visible(scene, camera, points)

    def flat(at):
        seen = at @ camera.axes().T
        return seen[:, :2] if camera.distance is None else seen[:, :2] / (1 - seen[:, 2:] / 4)

    corners = flat(scene.vertices.astype(float))
    low, extent = corners.min(0), np.ptp(corners, axis=0)
    picture = (flat(points) - low) / extent.max()
    picture[:, 1] = extent[1] / extent.max() - picture[:, 1]
    assert farthest(picture[visible], drawn) < 0.01
    assert farthest(drawn, picture[visible]) < 0.02
    assert farthest(picture[~visible], drawn) > 0.1  # something was hidden, and is not drawn


def test_same_solid_same_view(corner, same_view):
    one, other = (see(RayScene(corner), ISOMETRIC) for _ in range(2))
    assert same_view(one, other)


def test_views_come_in_their_stated_shapes(corner):
    view = see(RayScene(corner), ISOMETRIC)
    dtypes = [a.dtype for a in (view.points, view.starts, view.part, view.outline, view.tone)]
    assert dtypes == [np.int16, np.int32, np.uint8, np.uint8, np.uint8]
    assert view.starts[0] == 0
    assert view.starts[-1] == len(view.points)
    assert len(view.starts) == len(view.part) + 1 == len(view.outline) + 1
    assert view.points.min() == 0
    assert view.points.max() == UNITS


def test_tone_covers_the_figure_and_darkens_away_from_the_light(cube):
    tone = see(RayScene(cube), STANDARD_VIEWS["front"]).tone
    assert np.unique(tone).tolist() == [1 + int(0.65 * 254)]  # the light's share along the view
    tone = see(RayScene(cube), ISOMETRIC).tone
    assert (tone == 0).any()
    left, right, top = tone[60, 20], tone[60, 60], tone[20, 40]
    assert top > left > right > 0  # the light is at the upper left


def test_an_open_mesh_without_edges_still_has_an_outline(cube, segments):
    """A cube whose edges are all taken for curved, its silhouettes dropped: no line is left."""
    bare = Solid.from_meshes("round", [(cube.vertices, cube.faces)], crease_deg=181)
    empty = np.zeros((0, 4, 3), np.float32)
    bare = Solid(
        bare.name, bare.vertices, bare.faces, bare.part, bare.edges, bare.edge_part, empty,
        np.zeros(0, np.int16),
    )  # fmt: skip
    found = segments(see(RayScene(bare), STANDARD_VIEWS["front"]))
    assert total(found) == pytest.approx(4.0, rel=0.02)


def test_without_embreex_the_extra_is_named(cube, monkeypatch):
    monkeypatch.setitem(sys.modules, "embreex.mesh_construction", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'patentzoo\[train\]'"):
        RayScene(cube)
