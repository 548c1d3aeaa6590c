from __future__ import annotations

import numpy as np
import pytest

from patentzoo.figures.components import find_components
from patentzoo.figures.labels import figure_text, find_labels, number_text


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *[("FIG.1", "FIG. 1"), ("Fig.3a", "FIG. 3A"), ("FIG-2", "FIG. 2"), ("FIGURE12", "FIG. 12")],
        *[("fig7'", "FIG. 7'"), ("FIG.IO", "FIG. 10"), ("FlG.4", "FIG. 4")],
        *[("FI.2", "FIG. 2"), ("FI-3", "FIG. 3"), ("FG.12", "FIG. 12")],
        *[("FIG.", None), ("1.2", None), ("SEEFIG.3", None), ("FIG.3and4", None), ("", None)],
        *[("Figaro", None), ("FIG.1234", None), ("A1", None), ("1G5", None)],
    ],
)
def test_what_is_a_label(read, text):
    assert figure_text(read) == text


@pytest.mark.parametrize(("read", "text"), [("1.2", "1.2"), ("12,10", "12.10"), ("1.234", None)])
def test_numbers_of_international_registrations(read, text):
    assert number_text(read) == text


def test_labels_are_found_with_their_boxes(sheet, drawn):
    labels = find_labels(find_components(sheet))
    assert [label.text for label in labels] == ["FIG. 1", "FIG. 2"]
    for label, (_, _, y1, _) in zip(labels, drawn, strict=True):
        assert label.box[0] == y1 + 80
        assert label.confidence > 0.9


def test_an_underline_goes_with_its_label(lettered, drawn_sheet, drawn):
    page = drawn_sheet()
    line = lettered("FIG. 1")
    left = (drawn[0][1] + drawn[0][3] - line.shape[1]) // 2
    below = drawn[0][2] + 80 + line.shape[0] + 8
    page[below : below + 4, left : left + line.shape[1]] = 0
    labels = find_labels(find_components(page))
    assert labels[0].box[2] == below + 4


def test_a_callout_of_another_figure_is_no_label(lettered, drawn_sheet, drawn):
    page = drawn_sheet()
    small = lettered("FIG. 2", 36)
    page[400 : 400 + small.shape[0], 1000 : 1000 + small.shape[1]] = small
    labels = find_labels(find_components(page))
    assert [label.text for label in labels] == ["FIG. 1", "FIG. 2"]
    assert labels[1].box[0] == drawn[1][2] + 80


def test_a_number_in_the_corner_is_a_label_and_elsewhere_is_none(lettered):
    page = np.full((1000, 1000), 255, np.uint8)
    page[200:900, 200:204] = page[200:204, 200:900] = page[896:900, 200:900] = 0
    line = lettered("3.7")
    corner, middle = page.copy(), page.copy()
    corner[20 : 20 + line.shape[0], 20 : 20 + line.shape[1]] = line
    middle[500 : 500 + line.shape[0], 500 : 500 + line.shape[1]] = line
    assert [label.text for label in find_labels(find_components(corner))] == ["3.7"]
    assert find_labels(find_components(middle)) == []


def test_other_words_are_no_labels(lettered):
    page = np.full((600, 1400), 255, np.uint8)
    for row, text in enumerate(["Volume 12", "Settings", "Page 3", "Time limit"]):
        line = lettered(text)
        page[20 + 140 * row : 20 + 140 * row + line.shape[0], 40 : 40 + line.shape[1]] = line
    assert find_labels(find_components(page)) == []
