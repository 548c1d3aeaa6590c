from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from patentzoo.figures import stored_box, upright
from patentzoo.figures.orientation import turned


def test_a_marked_landscape_sheet_is_turned_clockwise():
    page = np.arange(6, dtype=np.uint8).reshape(2, 3)
    given, turns = upright(page, True)
    expected = Image.fromarray(page).transpose(Image.Transpose.ROTATE_270)
    assert turns == 1
    assert (given == np.asarray(expected)).all()


def test_a_sheet_marked_as_upright_is_left_alone(sheet):
    stored = turned(sheet, 1)
    given, turns = upright(stored, False)
    assert turns == 0
    assert given is stored


@pytest.mark.parametrize("turns", range(4))
def test_an_unmarked_sheet_is_turned_by_its_labels(sheet, turns):
    given, needed = upright(turned(sheet, turns), None)
    assert needed == (4 - turns) % 4
    assert (given == sheet).all()


def test_a_sheet_that_says_nothing_stays():
    page = np.full((300, 500), 255, np.uint8)
    assert upright(page, None)[1] == 0
    page[50:250, 50:54] = 0
    assert upright(page, None)[1] == 0


@pytest.mark.parametrize("turns", range(4))
def test_boxes_find_their_way_back(turns):
    stored = np.zeros((30, 50), np.uint8)
    stored[4:9, 20:47] = 1
    page = turned(stored, turns)
    ys, xs = np.nonzero(page)
    box = (int(ys.min()), int(xs.min()), int(ys.max()) + 1, int(xs.max()) + 1)
    assert stored_box(box, page.shape, turns) == (4, 20, 9, 47)
