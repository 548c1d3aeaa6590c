from __future__ import annotations

import numpy as np

from patentzoo.figures.assign import _CELL_PX, _shrunk, assign
from patentzoo.figures.components import find_components


def rectangles(boxes, shape=(1200, 1200)) -> np.ndarray:
    page = np.full(shape, 255, np.uint8)
    for y0, x0, y1, x1 in boxes:
        page[y0:y1, x0:x1] = 0
    return page


def owners_of(boxes, labels) -> list[int]:
    components = find_components(rectangles(boxes))
    order = [components.boxes.tolist().index(list(box)) for box in boxes]
    return assign(components, labels, np.zeros(len(components), bool))[order].tolist()


def test_shrinking_keeps_every_inked_cell():
    rng = np.random.default_rng(0)
    ink = (rng.random((41, 30)) < 0.05).astype(np.uint8)
    small = _shrunk(ink)
    for y in range(small.shape[0]):
        for x in range(small.shape[1]):
            cell = ink[y * _CELL_PX : (y + 1) * _CELL_PX, x * _CELL_PX : (x + 1) * _CELL_PX]
            assert small[y, x] == cell.any()


def test_without_labels_all_ink_is_one_figure():
    assert owners_of([(10, 10, 60, 60), (500, 500, 600, 600)], []) == [0, 0]


def test_labels_below():
    boxes = [(0, 100, 300, 400), (500, 100, 800, 400)]
    assert owners_of(boxes, [(330, 200, 370, 300), (830, 200, 870, 300)]) == [0, 1]


def test_labels_above():
    boxes = [(100, 100, 400, 400), (700, 100, 1000, 400)]
    assert owners_of(boxes, [(40, 200, 80, 300), (640, 200, 680, 300)]) == [0, 1]


def test_labels_at_the_right():
    boxes = [(100, 100, 400, 400), (420, 100, 720, 400)]
    assert owners_of(boxes, [(230, 430, 270, 530), (550, 430, 590, 530)]) == [0, 1]


def test_labels_in_a_grid():
    boxes = [(0, 0, 200, 200), (0, 600, 200, 800), (600, 0, 800, 200), (600, 600, 800, 800)]
    labels = [(y + 230, x + 50, y + 270, x + 150) for y in (0, 600) for x in (0, 600)]
    assert owners_of(boxes, labels) == [0, 1, 2, 3]


def test_small_pieces_between_go_with_the_nearer_figure():
    boxes = [(0, 100, 300, 400), (500, 100, 800, 400), (460, 150, 480, 170)]
    assert owners_of(boxes, [(330, 200, 370, 300), (830, 200, 870, 300)]) == [0, 1, 1]


def test_lettering_has_no_owner():
    components = find_components(rectangles([(0, 0, 50, 50), (100, 0, 120, 40)]))
    lettering = components.boxes[:, 0] == 100
    owners = assign(components, [(100, 0, 120, 40)], lettering)
    assert owners[lettering].tolist() == [-1]
    assert owners[~lettering].tolist() == [0]
