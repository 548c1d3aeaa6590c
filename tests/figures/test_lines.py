from __future__ import annotations

import numpy as np

from patentzoo.figures.components import find_components
from patentzoo.figures.lines import MAX_LINES, extend_line, find_lines


def page_with(picture: np.ndarray, top: int, left: int, page: np.ndarray | None = None):
    page = np.full((400, 1200), 255, np.uint8) if page is None else page
    page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return page


def test_a_label_is_one_line_with_its_full_stop(lettered):
    word = lettered("FIG. 12")
    lines = find_lines(find_components(page_with(word, 100, 200)))
    assert [line.box for line in lines] == [(100, 200, 100 + word.shape[0], 200 + word.shape[1])]
    assert len(lines[0].members) == 6


def test_lines_one_below_the_other_are_two(lettered):
    page = page_with(lettered("FIG. 1"), 50, 100)
    page = page_with(lettered("FIG. 2"), 200, 100, page)
    assert len(find_lines(find_components(page))) == 2


def test_a_large_drawing_is_no_line():
    page = np.full((900, 900), 255, np.uint8)
    page[100:800, 100:104] = page[100:104, 100:800] = 0
    assert find_lines(find_components(page)) == []


def test_a_page_of_hatching_is_cut_short():
    page = np.full((2000, 2000), 255, np.uint8)
    for y in range(0, 2000, 40):
        for x in range(0, 2000, 100):
            page[y : y + 24, x : x + 4] = page[y : y + 24, x + 10 : x + 14] = 0
    assert len(find_lines(find_components(page))) == MAX_LINES


def test_a_far_number_is_added(lettered):
    page = page_with(lettered("FIG."), 100, 100)
    components = find_components(page_with(lettered("7"), 100, 420, page))
    word = max(find_lines(components), key=lambda line: len(line.members))
    longer = extend_line(components, word)
    assert longer is not None
    assert longer.box[3] > 420


def test_nothing_is_added_from_afar(lettered):
    page = page_with(lettered("FIG."), 100, 100)
    components = find_components(page_with(lettered("7"), 100, 1000, page))
    word = max(find_lines(components), key=lambda line: len(line.members))
    assert extend_line(components, word) is None
