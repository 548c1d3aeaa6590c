"""Reference numerals with lead lines go, the drawing stays; without evidence nothing is touched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from patentzoo.figures.numerals import without_numerals
from patentzoo.options import ReadOptions
from patentzoo.sources import read_pages

LABELS = {"24": (60, 90), "137": (640, 120), "58": (60, 520), "206": (640, 560)}
TARGETS = {"24": (250, 200), "137": (550, 230), "58": (250, 450), "206": (550, 460)}


def body() -> np.ndarray:
    page = np.full((640, 800), 255, np.uint8)
    cv2.rectangle(page, (250, 160), (550, 480), 0, 3)
    cv2.circle(page, (400, 320), 90, 0, 3)
    return page


def with_numerals(names) -> np.ndarray:
    page = body()
    for name in names:
        (x, y), target = LABELS[name], TARGETS[name]
        cv2.putText(page, name, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
        start = (x + 52, y - 12) if x < 400 else (x - 12, y - 12)
        cv2.line(page, start, target, 0, 3)
    return page


def outside(page) -> int:
    ink = page < 128
    ink[150:490, 240:560] = False
    return int(np.count_nonzero(ink))


def test_numerals_and_leads_go_and_the_body_stays():
    page = with_numerals(LABELS)
    plain, count = without_numerals(page)
    assert count == 4
    assert outside(plain) < 0.1 * outside(page)
    drawn = body() < 128
    assert np.count_nonzero(drawn & (plain > 127)) < 0.02 * np.count_nonzero(drawn)


def test_two_numerals_are_no_evidence():
    page = with_numerals(["24", "137"])
    plain, count = without_numerals(page)
    assert plain is page
    assert count == 0


def test_digits_without_leads_stay():
    page = body()
    for name, place in LABELS.items():
        cv2.putText(page, name, place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    assert without_numerals(page)[0] is page


def test_what_was_done_is_told_and_only_where_it_is_asked_for():
    page = with_numerals(LABELS)
    for asked in (False, True):
        options = ReadOptions(photos="page", without_numerals=asked)
        (read,) = read_pages([("a", page)], options)
        assert (read.metadata.get("photo_steps") == "4 reference numerals removed") is asked
        assert np.array_equal(read.grey, page) is not asked


@pytest.mark.realdata
@pytest.mark.parametrize("where", ["uspto-sample-figures", "title-figures"])
def test_no_drawing_without_numerals_is_touched(shared, where):
    changed = []
    for file in sorted((shared / "data" / where).glob("*.png"))[::9]:
        grey = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if without_numerals(grey)[0] is not grey:
            changed.append(file.name)
    assert changed == []
