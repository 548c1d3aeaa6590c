"""Sheets: boxes hold the ink of their figure and nothing else, upright, sideways and askew."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from patentzoo.data.linedraw.sheet import HEIGHT_PX, WIDTH_PX, Layout, compose_sheet, random_layout
from patentzoo.errors import ConfigError

CLEAN = Layout(landscape_share=0.0, specks=0, skew_deg=0.0)


def block(height: int, width: int) -> np.ndarray:
    """A black rectangle with a border of paper."""
    return np.pad(np.zeros((height, width), np.uint8), 6, constant_values=255)


def compose(figures, layout=CLEAN, seed=0, **options):
    return compose_sheet(figures, layout, np.random.default_rng(seed), **options)


def cut(sheet, box):
    return sheet.grey[box[0] : box[2], box[1] : box[3]]


def touches_every_side(part) -> bool:
    ink = part == 0
    return bool(ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any())


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_boxes_hold_exactly_their_figure(count):
    sheet = compose([block(300, 500)] * count)
    assert sheet.grey.shape == (HEIGHT_PX, WIDTH_PX)
    assert len(sheet.boxes) == len(sheet.labels) == count
    rest = sheet.grey.copy()
    for box in sheet.boxes:
        part = cut(sheet, box)
        assert (part == 0).sum() >= part.size - 4  # a black rectangle, but for its very corners
        assert touches_every_side(part)
        assert part.shape[1] / part.shape[0] == pytest.approx(500 / 300, rel=0.02)
        rest[box[0] : box[2], box[1] : box[3]] = 255
    ink = np.flatnonzero((rest == 0).any(axis=1))
    rows = np.split(ink, np.flatnonzero(np.diff(ink) > 1) + 1)
    assert len(rows) == count  # what is left is one line of text under each figure
    for box, row in zip(sheet.boxes, rows, strict=True):
        assert box[2] < row[0]
        assert 0.7 * CLEAN.label_px < len(row) <= CLEAN.label_px


@pytest.mark.parametrize("seed", range(5))
def test_boxes_follow_the_turn_of_the_paper(seed):
    layout = dataclasses.replace(CLEAN, skew_deg=2.0)
    sheet = compose([block(500, 900), block(300, 900)], layout, seed)
    for box in sheet.boxes:
        part = cut(sheet, box)
        assert touches_every_side(part)
        wider = sheet.grey[box[0] - 8 : box[2] + 8, box[1] - 8 : box[3] + 8] == 0
        assert wider.sum() == (part == 0).sum()  # no ink was left just outside


@pytest.mark.parametrize("skew_deg", [0.0, 1.0])
def test_a_sideways_sheet_reads_upright_after_a_clockwise_turn(skew_deg):
    layout = dataclasses.replace(CLEAN, landscape_share=1.0, skew_deg=skew_deg)
    sheet = compose([block(200, 700), block(400, 300)], layout)
    assert sheet.landscape
    assert sheet.grey.shape == (HEIGHT_PX, WIDTH_PX)  # stored like the others
    for box, (height, width) in zip(sheet.boxes, ((200, 700), (400, 300)), strict=True):
        upright = np.rot90(cut(sheet, box), -1)
        assert touches_every_side(upright)
        assert upright.shape[1] / upright.shape[0] == pytest.approx(width / height, rel=0.1)
    # Reading from the top of the upright page, the first figure comes first.
    assert sheet.boxes[0][1] < sheet.boxes[1][1]


def test_labels_count_on_and_stand_where_the_layout_says():
    above = dataclasses.replace(CLEAN, above=True, word="Fig. ")
    sheet = compose([block(300, 300)] * 2, above, first_number=3)
    assert sheet.labels == ("Fig. 3", "Fig. 4")
    first_ink = np.flatnonzero((sheet.grey == 0).any(axis=1))[0]
    assert first_ink < sheet.boxes[0][0] - 5


def test_specks_dirty_the_sheet_but_not_the_boxes():
    clean = compose([block(300, 500)])
    dirty = compose([block(300, 500)], dataclasses.replace(CLEAN, specks=200))
    assert clean.boxes == dirty.boxes
    assert 100 < ((dirty.grey == 0) & (clean.grey == 255)).sum() < 200 * 9


@pytest.mark.parametrize("seed", range(6))
def test_same_seed_same_sheet_and_bilevel(seed):
    layouts = [random_layout(np.random.default_rng(seed)) for _ in range(2)]
    assert layouts[0] == layouts[1]
    one, other = (compose([block(90, 200)] * 2, layout, seed) for layout in layouts)
    assert one.grey.tobytes() == other.grey.tobytes()
    assert one.boxes == other.boxes
    assert np.unique(one.grey).tolist() == [0, 255]


@pytest.mark.parametrize("count", [0, 5])
def test_too_few_and_too_many_figures(count):
    with pytest.raises(ConfigError, match=f"one to four figures, not {count}"):
        compose([block(100, 100)] * count)
