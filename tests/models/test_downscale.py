"""shrink() is cv2.resize(INTER_AREA) to the bit, and its naive twin a loop in float32."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from thinned import thinned

from patentzoo.models import downscale as module
from patentzoo.models.downscale import is_bilevel, shrink
from patentzoo.models.preprocess import crop_to_ink
from patentzoo.options import ReadOptions
from patentzoo.sources import read_pages


def bilevel(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Bars, a diagonal and some dots on paper, 0 and 255 only."""
    rng = np.random.default_rng(seed)
    grey = np.full((height, width), 255, np.uint8)
    grey[rng.random((height, width)) < 0.01] = 0
    grey[height // 3 : height // 3 + 4] = 0
    grey[:, width // 2 : width // 2 + 3] = 0
    steps = np.arange(min(height, width))
    grey[steps, steps] = 0
    return grey


def opencv(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)


def never(*_: object) -> None:
    raise AssertionError("this page is not for that way")


@pytest.fixture
def counted_only(monkeypatch):
    """OpenCV's own resize is not to be asked."""
    real = cv2.resize
    monkeypatch.setattr(cv2, "resize", never)
    yield
    monkeypatch.setattr(cv2, "resize", real)


@pytest.mark.parametrize("seed", range(40))
def test_every_bit_is_opencvs(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(60, 900, 2))
    scales = rng.uniform(2.05, min(30, height / 2, width / 2), 2)
    size = round(width / scales[1]), round(height / scales[0])
    width += width % size[0] == 0  # whole scales are OpenCV's
    grey = bilevel(height, width, seed)
    expected = opencv(grey, *size)
    with monkeypatch.context() as patched:
        patched.setattr(cv2, "resize", never)
        assert np.array_equal(shrink(grey, *size), expected)


def test_a_crop_of_a_page_is_shrunk_without_being_copied_first(counted_only):
    page = bilevel(700, 500)
    assert np.array_equal(
        shrink(page[31:600, 17:401], 51, 77), shrink(page[31:600, 17:401].copy(), 51, 77)
    )


@pytest.mark.parametrize("size", [(125, 100), (100, 125), (125, 128), (200, 160), (80, 125)])
def test_values_in_the_middle_of_two_levels_are_rounded_as_opencv_does(size):
    """Scales of 3.2, 2.5, 4 or 5 make halves exactly; the float32 errors decide."""
    grey = bilevel(400, 500, 3)
    grey[::2, 100:300] = 0
    assert np.array_equal(shrink(grey, *size), opencv(grey, *size))


def test_a_page_full_of_halves_is_left_to_opencv(monkeypatch):
    monkeypatch.setattr(module, "_MOST_UNSURE", 3)
    grey = np.tile(np.array([[0, 255], [255, 0]], np.uint8), (200, 225))
    assert np.array_equal(shrink(grey, 180, 160), opencv(grey, 180, 160))


@pytest.mark.parametrize(("width", "height"), [(50, 60), (450, 40), (40, 350), (300, 300), (1, 1)])
def test_greys_whole_scales_and_slight_ones_are_opencvs(width, height):
    rng = np.random.default_rng(1)
    for grey in (rng.integers(0, 256, (360, 450), dtype=np.uint8), bilevel(360, 450)):
        assert np.array_equal(shrink(grey, width, height), opencv(grey, width, height))


def test_more_lines_than_a_byte_counts():
    grey = bilevel(2600, 40)
    assert np.array_equal(shrink(grey, 7, 10), opencv(grey, 7, 10))
    assert np.array_equal(shrink(grey, 7, 11), opencv(grey, 7, 11))
    white = np.full((2493, 100), 255, np.uint8)
    assert (shrink(white, 30, 10) == 255).all()


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([0, 255], True),
        ([255], True),
        ([0], True),
        ([0, 254], False),
        ([1, 255], False),
        ([128], False),
    ],
)
def test_bilevel_is_zero_and_full_only(levels, expected):
    grey = np.resize(np.array(levels, np.uint8), (30, 40))
    assert is_bilevel(grey) is expected


def naive(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    """``computeResizeAreaTab`` and ``ResizeArea_Invoker`` of OpenCV, pixel by pixel."""

    def table(source: int, result: int) -> list[list[tuple[int, np.float32]]]:
        scale, found = 1.0 / (result / source), []
        for place in range(result):
            begin = place * scale
            end, cell, taps = begin + scale, min(scale, source - begin), []
            last = min(int(np.floor(end)), source - 1)
            start = min(int(np.ceil(begin)), last)
            if start - begin > 1e-3:
                taps.append((start - 1, np.float32((start - begin) / cell)))
            taps += [(line, np.float32(1 / cell)) for line in range(start, last)]
            if end - last > 1e-3:
                taps.append((last, np.float32(min(end - last, 1.0, cell) / cell)))
            found.append(taps)
        return found

    rows, columns = table(grey.shape[0], height), table(grey.shape[1], width)
    small = np.zeros((height, width), np.uint8)
    for y, down in enumerate(rows):
        for x, along in enumerate(columns):
            total = np.float32(0)
            for line, beta in down:
                row = np.float32(0)
                for column, alpha in along:
                    row += np.float32(grey[line, column]) * alpha
                total += beta * row
            small[y, x] = np.rint(total)
    return small


def test_the_naive_twin_agrees(counted_only):
    grey = bilevel(97, 130, 5)
    assert np.array_equal(shrink(grey, 29, 23), naive(grey, 29, 23))


@pytest.mark.realdata
@thinned(42, full=7)
@pytest.mark.parametrize("side", [108, 215, 376])
def test_real_sheets_shrink_to_the_bit(shared, side, every):
    files = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))[side % 7 :: every]
    assert files
    for file in files:
        (page,) = read_pages(file, ReadOptions(figures="whole"))
        ink = crop_to_ink(page.grey)
        size = [max(1, round(each * side / max(ink.shape))) for each in ink.shape[::-1]]
        assert np.array_equal(shrink(ink, *size), opencv(ink, *size)), file
