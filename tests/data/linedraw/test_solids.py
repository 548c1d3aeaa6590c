from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("manifold3d")

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import (
    FAMILIES,
    family_solid,
    forms,
    lettering,
    near_twin,
    outlines,
    random_solid,
)
from patentzoo.data.linedraw.solids.draft import DegenerateSolidError, Draft, front, resampled
from patentzoo.errors import ConfigError


def polygon_area(points: np.ndarray) -> float:
    return 0.5 * sum(
        a[0] * b[1] - a[1] * b[0] for a, b in zip(points, np.roll(points, -1, axis=0), strict=True)
    )


def same(a: Solid, b: Solid) -> bool:
    return np.array_equal(a.vertices, b.vertices) and np.array_equal(a.edges, b.edges)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_family_is_deterministic_small(family: str) -> None:
    solid = family_solid(family, 3)
    assert same(solid, family_solid(family, 3))
    assert 4 <= len(solid.faces) <= 9000
    assert np.isfinite(solid.vertices).all()
    assert len(solid.edges) > 10
    assert len(solid.part) == len(solid.faces)
    assert int(solid.edge_part.max()) <= int(solid.part.max())
    low, high = solid.vertices.min(0), solid.vertices.max(0)
    slack = 0.03 * float(np.linalg.norm(high - low))
    # Lines lie on the object, not away from it.
    points = solid.edges.reshape(-1, 3)
    assert (points > low - slack).all()
    assert (points < high + slack).all()


def test_random_solids_come_from_many_families() -> None:
    solids = [random_solid(seed) for seed in range(30)]
    assert len({solid.name for solid in solids}) > 15
    assert same(solids[11], random_solid(11))
    assert not any(same(a, b) for a, b in pairwise(solids))


def test_near_twin_is_of_the_same_family_but_another_solid() -> None:
    changed = 0
    for seed in range(8):
        solid, twin = random_solid(seed), near_twin(seed, 1)
        assert twin.name == solid.name
        assert same(twin, near_twin(seed, 1))
        changed += not same(solid, twin)
    assert changed >= 7


def test_unknown_family_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="bottle"):
        family_solid("botle", 0)


def test_loft_encloses_the_volume_of_a_frustum() -> None:
    square = outlines.rectangle(2, 2)
    rings = [np.column_stack([s * square, np.full(4, z)]) for s, z in ((1.0, 0.0), (0.5, 3.0))]
    body = forms.loft(np.stack(rings))
    assert body.volume() == pytest.approx(3.0 / 3 * (4 + 1 + 2), rel=1e-5)
    assert forms.loft(np.stack(rings[::-1])).volume() == pytest.approx(body.volume(), rel=1e-5)


def test_loft_caps_a_concave_ring() -> None:
    ring = outlines.bracket("U", 2.0, 1.5, 0.3)
    body = forms.loft(np.stack([np.column_stack([ring, np.full(8, z)]) for z in (0.0, 2.0)]))
    assert body.volume() == pytest.approx(2 * (2.0 * 0.3 + 2 * 0.3 * 1.2), rel=1e-5)


def test_lathe_stands_upright_with_the_volume_of_a_cylinder() -> None:
    body = forms.lathe(np.array([[1.0, 0.5], [1.0, 2.5]]), 256)
    assert body.volume() == pytest.approx(2 * np.pi, rel=1e-3)
    low_x, low_y, low_z, high_x, high_y, high_z = body.bounding_box()
    assert (low_y, high_y) == pytest.approx((0.5, 2.5))
    assert (low_x, low_z, high_x, high_z) == pytest.approx((-1, -1, 1, 1), abs=1e-3)


def test_closed_sweep_is_a_torus() -> None:
    path = np.column_stack([outlines.ellipse(2, 2, 128), np.zeros(128)])
    torus = forms.sweep(path, outlines.ellipse(1, 1, 64), 0.5, closed=True)
    assert torus.genus() == 1
    assert torus.volume() == pytest.approx(2 * np.pi**2 * 2 * 0.25, rel=5e-3)


def test_rounding_keeps_the_box_and_cuts_its_corners() -> None:
    points = outlines.box(4, 2, 0.5, 24)
    np.testing.assert_allclose(np.abs(points).max(axis=0), [2, 1])
    assert polygon_area(points) == pytest.approx(8 - (4 - np.pi) * 0.25, rel=2e-3)


@pytest.mark.parametrize("seed", range(12))
def test_any_outline_fits_its_box_counter_clockwise(seed: int) -> None:
    points = outlines.any_outline(np.random.default_rng(seed), 3.0, 1.0)
    assert polygon_area(points) > 0
    assert (np.abs(points) <= np.array([3.0, 1.0]) + 1e-9).all()


def test_every_letter_is_drawn_within_its_cell() -> None:
    for character in lettering.GLYPHS:
        points = np.vstack(lettering.letter(character))
        assert points.min() >= 0
        assert (points.max(axis=0) <= [4 / 6 + 1e-9, 1]).all()
    assert lettering.letter(" ") == []


def test_text_is_centred_and_as_high_as_asked() -> None:
    points = np.vstack(lettering.text("HAH", 0.6, 2.0, -1.0))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    np.testing.assert_allclose(middle, [2.0, -1.0], atol=1e-9)
    assert np.ptp(points[:, 1]) == pytest.approx(0.6)


def test_resampling_bounds_the_step_and_keeps_the_length() -> None:
    line = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.5]])
    fine = resampled(line, 0.2)
    steps = np.linalg.norm(np.diff(fine, axis=0), axis=1)
    assert steps.max() <= 0.2 + 1e-9
    assert steps.sum() == pytest.approx(3.5)


def test_draft_renumbers_parts_and_keeps_surface_lines() -> None:
    draft = Draft()
    draft.add(forms.cuboid((1, 1, 1)), part=2)
    draft.add(forms.cuboid((1, 1, 1), (3, 0, 0)), part=5)
    draft.decal([np.array([[0.0, 0.0], [0.25, 0.25]])], front(0.5, 3.0), part=5)
    solid = draft.finish("pair")
    assert set(solid.part.tolist()) == {0, 1}
    # Twelve edges a cube, and the line.
    assert len(solid.edges) == 25
    np.testing.assert_allclose(solid.edges[-1], [[3, 0, 0.5], [3.25, 0.25, 0.5]])
    assert solid.edge_part[-1] == 1


def test_empty_part_is_refused() -> None:
    draft = Draft()
    draft.add(forms.cuboid((1, 1, 1)))
    draft.cut(forms.cuboid((2, 2, 2)))
    with pytest.raises(DegenerateSolidError):
        draft.finish("nothing")
