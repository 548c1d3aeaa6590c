"""Assemblies: mirrored parts are mirror images, reshaping is what it says, seeds repeat."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.assembly import random_assembly, reshape


def test_reshaping_without_stretch_only_turns_and_mirrors(boxes):
    solid = boxes(((0, 0, 0), (1, 2, 5)))
    seen = set()
    for seed in range(40):
        turned = reshape(solid, np.random.default_rng(seed), stretch=0.0)
        sides = np.ptp(turned.vertices, axis=0)
        assert sorted(sides.tolist()) == pytest.approx([1, 2, 5])
        seen.add(tuple(sides.round().tolist()))
    assert len(seen) == 6  # every order of the axes


def test_stretching_scales_along_the_axes(cube):
    stretched = reshape(cube, np.random.default_rng(0), stretch=0.35)
    logs = np.log(np.ptp(stretched.vertices, axis=0))
    assert 0 < np.abs(logs).max() < 5 * 0.35


@pytest.mark.parametrize("seed", range(15))
def test_assemblies_repeat_with_their_seed_and_have_sound_parts(corner, seed):
    one, other = (random_assembly(lambda: corner, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(one.vertices, other.vertices)
    count = int(one.part.max()) + 1
    assert count >= 2
    assert np.unique(one.part).tolist() == list(range(count))
    assert len(one.faces) == count * len(corner.faces)
    assert len(one.edges) == count * len(corner.edges)
    assert one.faces.max() == len(one.vertices) - 1
    assert np.isfinite(one.vertices).all()


def test_parts_touch_the_object_they_are_set_on(corner):
    """A single part that is set on the body meets its box."""
    for seed in range(30):
        solid = random_assembly(lambda: corner, np.random.default_rng(seed), most_parts=2)
        boxes = []
        for part in range(int(solid.part.max()) + 1):
            points = solid.vertices[solid.faces[solid.part == part]].reshape(-1, 3)
            boxes.append((points.min(0) - 1e-4, points.max(0) + 1e-4))
        if len(boxes) > 2:
            continue
        (low, high), (low2, high2) = boxes
        assert (low <= high2).all()
        assert (low2 <= high).all()
