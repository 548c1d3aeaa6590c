"""Cameras: right-handed axes, and views that show the side they are named after."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.camera import STANDARD_VIEWS, Camera, random_perspective, standard_view
from patentzoo.data.linedraw.hidden import RayScene, see
from patentzoo.errors import ConfigError

X, Y, Z = np.eye(3)
SIDES = {  # picture right, picture up, toward the eye; written down from a paper model
    "front": (X, Y, Z),
    "back": (-X, Y, -Z),
    "left": (Z, Y, -X),
    "right": (-Z, Y, X),
    "top": (X, -Z, Y),
    "bottom": (X, Z, -Y),
}


@pytest.mark.parametrize("seed", range(20))
def test_axes_are_orthonormal_and_right_handed(seed):
    rng = np.random.default_rng(seed)
    camera = Camera("any", *rng.uniform([-360, -90, -180], [360, 90, 180]).tolist())
    axes = camera.axes()
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)


@pytest.mark.parametrize("name", SIDES)
def test_sides_look_where_they_should(name):
    assert standard_view(name).axes() == pytest.approx(np.stack(SIDES[name]), abs=1e-12)


@pytest.mark.parametrize("name", SIDES)
def test_an_object_with_three_different_arms_shows_them_on_the_right_side(name, boxes):
    """Arms along +x, +y and +z: each stands out toward where the picture's axes say."""
    arms = [((1, 0.4, 0.4), (3, 0.6, 0.6)), ((0.4, 1, 0.4), (0.6, 3, 0.6))]
    solid = boxes(((0, 0, 0), (1, 1, 1)), *arms, ((0.4, 0.4, 1), (0.6, 0.6, 3)))
    view = see(RayScene(solid), standard_view(name))
    right, up, toward = SIDES[name]
    part_of_point = np.repeat(view.part, np.diff(view.starts))

    def middle(part):  # of the box around all that is drawn of a part
        points = view.points[part_of_point == part].astype(float)
        return (points.min(0) + points.max(0)) / 2

    seen = 0
    for part, direction in ((1, X), (2, Y), (3, Z)):
        if abs(direction @ toward) > 0.5:
            continue
        offset = middle(part) - middle(0)
        along, across = (0, 1) if abs(direction @ right) > 0.5 else (1, 0)
        sign = direction @ right if along == 0 else -(direction @ up)  # y runs down
        assert offset[along] * sign > 1000
        assert abs(offset[across]) < 600
        seen += 1
    assert seen == 2


def test_roll_turns_the_picture_counter_clockwise():
    point = np.array([1.0, 0, 0])
    right, up, _ = Camera("rolled", 0, 0, roll_deg=90).axes() @ point
    assert (right, up) == pytest.approx((0, 1))


def test_far_things_are_smaller_in_perspective_only(boxes):
    near, far = ((1, 0, 2), (2, 1, 3)), ((-2, 0, -3), (-1, 1, -2))
    scene = RayScene(boxes(near, far))

    def ratio(camera):
        view = see(scene, camera)
        heights = []
        for part in (0, 1):
            rows = [
                view.points[a:b, 1]
                for number, a, b in zip(view.part, view.starts[:-1], view.starts[1:], strict=True)
                if number == part
            ]
            heights.append(np.ptp(np.concatenate(rows)))
        return heights[0] / heights[1]

    assert ratio(Camera("parallel", 0, 0)) == pytest.approx(1.0, abs=0.01)
    depths = [(z - scene.middle[2]) / scene.radius for z in (3, -2)]  # of the front faces
    expected = (4 - depths[1]) / (4 - depths[0])
    assert ratio(Camera("perspective", 0, 0, distance=4)) == pytest.approx(expected, rel=0.02)


def test_random_views_repeat_with_their_seed_and_stay_in_range():
    views = [random_perspective(np.random.default_rng(seed)) for seed in range(200)]
    assert views == [random_perspective(np.random.default_rng(seed)) for seed in range(200)]
    assert len(set(views)) == 200
    assert all(10 <= abs(view.elevation_deg) <= 45 for view in views)
    assert {view.distance is None for view in views} == {True, False}
    assert all(view.distance is None or 3 <= view.distance <= 9 for view in views)


def test_an_unknown_view_is_named():
    assert len(STANDARD_VIEWS) == 7
    with pytest.raises(ConfigError, match="Did you mean 'front'"):
        standard_view("frnt")
