from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("manifold3d")

from patentzoo.data.linedraw.solids import (
    FAMILIES,
    controls,
    family_solid,
    outlines,
    skins,
    soles,
    worksite,
)
from patentzoo.data.linedraw.solids.draft import Draft

NEW = sorted({*controls.FAMILIES, *soles.FAMILIES, *worksite.FAMILIES})


def cylinder(count: int = 128) -> skins.Skin:
    y = np.linspace(0.0, 2.0, 5)
    return skins.column(y, np.full(5, 0.5), np.full(5, 0.5), count=count)


def test_a_column_encloses_the_volume_of_a_cylinder() -> None:
    assert cylinder().body().volume() == pytest.approx(2 * np.pi * 0.25, rel=1e-3)


def test_turns_go_right_back_left_front() -> None:
    points = cylinder().on(np.array([[0.5, 0.0], [0.5, 0.25], [0.5, 0.5], [0.5, 0.75]]))
    wanted = [[0.5, 1, 0], [0, 1, -0.5], [-0.5, 1, 0], [0, 1, 0.5]]
    np.testing.assert_allclose(points, wanted, atol=0.02)


def test_lines_lie_just_above_the_facets() -> None:
    skin = cylinder(24)
    ring = outlines.ellipse(1, 1)
    for line in (skin.girdle(0.3), skin.seam(0.13), skin.patch(ring, 0.5, 0.7, 0.1, 0.1)):
        radius = np.hypot(line[:, 0], line[:, 2])
        assert radius.min() > 0.5 * np.cos(np.pi / 24)
        assert radius.max() < 0.52


def test_a_straight_bent_body_is_an_elliptic_cylinder() -> None:
    path = np.stack([np.linspace(0, 3, 7), np.zeros(7)], 1)
    body = skins.bent(path, 0.5, 0.2, count=128).body()
    assert body.volume() == pytest.approx(3 * np.pi * 0.1, rel=1e-3)
    low, high = np.reshape(body.bounding_box(), (2, 3))
    np.testing.assert_allclose(high - low, [3, 1, 0.4], atol=1e-3)


def test_stitches_cover_their_share_of_the_line() -> None:
    draft = Draft()
    skins.stitches(draft, np.array([[0.0, 0, 0], [1, 0, 0], [1, 2, 0]]), 0.1, fill=0.5)
    lengths = [np.linalg.norm(pieces[:, 1] - pieces[:, 0]).sum() for pieces, _ in draft.lines]
    assert len(lengths) == 30
    assert sum(lengths) == pytest.approx(1.5, rel=0.02)


def test_a_random_curve_stays_within_reach_of_its_bounds() -> None:
    curve = skins.through(np.random.default_rng(2), 1.0, 2.0, 5, 40)
    assert curve.shape == (40,)
    assert (curve >= 0.7).all()
    assert (curve <= 2.6).all()
    assert np.ptp(curve) > 0.1


def test_screws_are_slotted_cylinders_at_their_places() -> None:
    form = skins.screws([(0.0, 0.0), (2.0, 1.0)], 0.2, 0.1)
    assert len(form.decompose()) == 2
    assert form.volume() < 2 * np.pi * 0.04 * 0.1


@pytest.mark.parametrize("family", NEW)
def test_seeds_differ_in_more_than_proportions(family: str) -> None:
    solids = [family_solid(family, seed) for seed in range(4)]
    assert len({(len(solid.faces), len(solid.edges)) for solid in solids}) == 4


def test_a_third_of_the_families_have_surroundings() -> None:
    with_parts = [
        family for family in NEW if any(family_solid(family, s).part.max() > 0 for s in range(6))
    ]
    assert len(with_parts) * 3 >= len(NEW)
    assert set(NEW) <= set(FAMILIES)
