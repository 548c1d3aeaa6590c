"""Strokes: dashes by their lengths, drawings by their seeds, styles by what they change."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from patentzoo.data.linedraw.camera import STANDARD_VIEWS, Camera
from patentzoo.data.linedraw.hidden import RayScene, see
from patentzoo.data.linedraw.strokes import BORDER_PX, dashes, draw, random_style
from patentzoo.data.linedraw.style import Style


def length(path) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def drawn(view, style, seed=0, size_px=300):
    return draw(view, style, np.random.default_rng(seed), size_px=size_px)


@pytest.fixture(scope="module")
def view(boxes):
    solid = boxes(((0, 0, 0), (2, 1, 1)), ((2, 0.2, 0.2), (3, 0.8, 0.8)))
    return see(RayScene(solid), Camera("a", 30, 20))


def test_dashes_of_a_straight_line():
    pieces = dashes(np.array([[0, 0], [0, 1000]], np.int32), 30, 20)
    assert [piece[0, 1] for piece in pieces] == list(range(0, 1000, 50))
    assert [length(piece) for piece in pieces] == [30.0] * 20


@pytest.mark.parametrize("seed", range(10))
def test_dashes_of_any_path_sum_to_their_share_of_it(seed):
    rng = np.random.default_rng(seed)
    path = np.cumsum(rng.integers(-3000, 3000, (12, 2)), axis=0).astype(np.int32)
    dash, gap = rng.uniform(200, 900, 2)
    whole = length(path)
    full, rest = divmod(whole, dash + gap)
    pieces = dashes(path, dash, gap)
    expected = full * dash + min(rest, dash)
    assert sum(length(piece) for piece in pieces) == pytest.approx(expected, abs=2 * len(pieces))
    for point in path[1:-1]:  # corners inside a dash are kept
        at = length(path[: int(np.flatnonzero((path == point).all(1))[0]) + 1]) % (dash + gap)
        if 2 < at < dash - 2:
            assert any((piece == point).all(1).any() for piece in pieces)


def test_a_path_without_length_has_no_dash():
    assert dashes(np.array([[5, 5], [5, 5]], np.int32), 30, 20) == []


@pytest.mark.parametrize("seed", range(12))
def test_same_seed_same_drawing_byte_for_byte(view, seed):
    style = random_style(np.random.default_rng(seed))
    assert style == random_style(np.random.default_rng(seed))
    one, other = drawn(view, style, seed), drawn(view, style, seed)
    assert one.tobytes() == other.tobytes()
    assert np.unique(one).tolist() == [0, 255]


def test_another_seed_is_another_style():
    assert len({random_style(np.random.default_rng(seed)) for seed in range(50)}) == 50


def test_the_figure_has_the_size_asked_for_and_a_border_of_paper(cube):
    front = see(RayScene(cube), STANDARD_VIEWS["front"])
    grey = drawn(front, Style(line=1.0), size_px=200)
    assert grey.shape == (200 + 2 * BORDER_PX + 1,) * 2
    rows, columns = np.nonzero(grey == 0)
    assert {rows.min(), columns.min()} == {BORDER_PX}
    assert {rows.max(), columns.max()} == {BORDER_PX + 200}
    assert (grey[50:150, 50:150] == 255).all()  # nothing but the square's border


def test_lines_are_as_wide_as_the_style_says_but_for_rounding(cube):
    """OpenCV draws a line of sub-pixel ends up to two pixels wider than asked."""
    front = see(RayScene(cube), STANDARD_VIEWS["front"])
    widths = []
    for line in (1.0, 2.0, 5.0, 10.0):
        across = drawn(front, Style(line=line), size_px=1000)[500, :300]
        widths.append(int((across == 0).sum()))
        assert 0 <= widths[-1] - line <= 2
    assert widths == sorted(set(widths))


def test_outlines_gain_width_and_edges_do_not(cylinder):
    side = see(RayScene(cylinder), STANDARD_VIEWS["front"])
    plain, bold = (drawn(side, Style(line=4, outline_gain=g), size_px=500) for g in (1.0, 2.0))
    assert (bold[250] == 0).sum() == pytest.approx(2 * (plain[250] == 0).sum(), abs=2)  # sides
    middle = slice(150, 350)
    assert (bold[:, middle] == 0).sum() == (plain[:, middle] == 0).sum()  # rims


def test_broken_parts_never_include_the_first_and_repeat_with_the_seed(view):
    whole = drawn(view, Style())
    broken = drawn(view, Style(broken_share=1.0))
    gone = (whole == 0) & (broken == 255)
    assert gone.any()
    part = np.repeat(view.part, np.diff(view.starts))
    start = float(view.points[part == 1, 0].min()) * 300 / 8192 + BORDER_PX
    assert np.nonzero(gone)[1].min() >= start - 3  # only on the small box, right of the large one
    few = [drawn(view, Style(broken_share=0.5, seed=s)).tobytes() for s in range(12)]
    assert set(few) == {whole.tobytes(), broken.tobytes()}


def test_tremor_moves_strokes_but_keeps_them_joined(view):
    import cv2

    def pieces(grey):
        return cv2.connectedComponents((grey == 0).astype(np.uint8))[0]

    steady, shaken = drawn(view, Style(line=4)), drawn(view, Style(line=4, wobble=2.0))
    assert not np.array_equal(steady, shaken)
    assert pieces(shaken) <= pieces(steady)


def test_a_view_without_strokes_is_a_blank_figure(view):
    empty = dataclasses.replace(
        view, points=view.points[:0], starts=view.starts[:1], part=view.part[:0],
        outline=view.outline[:0],
    )  # fmt: skip
    assert (drawn(empty, Style()) == 255).all()
