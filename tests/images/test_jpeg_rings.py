"""Rings of JPEG around strokes go; soft drawings that never were JPEGs stay bit for bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from patentzoo.images.photographed_page import read_page

REMOVED = "rings of JPEG removed"


def drawn(ink: int = 0) -> np.ndarray:
    """Circles, slanting lines and a fan, uint8 (600, 720)."""
    page = np.full((600, 720), 255, np.uint8)
    for radius in range(40, 260, 30):
        cv2.circle(page, (340, 290), radius, ink, 3)
    for x in range(60, 700, 47):
        cv2.line(page, (x, 30), (720 - x, 560), ink, 2)
    return page


def coded(page: np.ndarray, quality: int) -> np.ndarray:
    data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("quality", [20, 30, 50])
@pytest.mark.parametrize("ink", [0, 120])
def test_rings_go_and_strokes_stay(quality, ink):
    page = drawn(ink)
    paper = page == 255
    jpeg = coded(page, quality)
    found = read_page(jpeg)
    assert REMOVED in found.steps
    rings = (jpeg < 253) & (cv2.erode(page, np.ones((5, 5), np.uint8)) == 255)
    assert rings.sum() > 1000
    assert (found.grey[rings] == 255).mean() > 0.9
    assert (found.grey[paper] > 160).mean() > 0.99
    assert np.median(found.grey[~paper]) < 100


def test_the_same_is_done_where_the_paper_is_grey():
    found = read_page(coded(np.rint(80 + drawn() * (130 / 255)).astype(np.uint8), 20))
    assert REMOVED in found.steps


def test_soft_drawings_stay_bit_for_bit():
    page = drawn()
    pages = [
        cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        cv2.resize(page, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC),
        cv2.resize(page, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_LANCZOS4),
        cv2.GaussianBlur(page, (0, 0), 2),
        coded(page, 95),
    ]
    for soft in pages:
        assert read_page(soft).grey is soft


@pytest.mark.parametrize("shape", [(20, 900), (23, 24), (40, 33)])
def test_small_pictures_are_read(shape):
    page = np.full(shape, 255, np.uint8)
    cv2.line(page, (2, 2), (shape[1] - 3, shape[0] - 3), 0, 2)
    assert read_page(coded(page, 20)).grey.shape == shape


@pytest.mark.realdata
def test_real_drawings_that_never_were_jpegs_stay(shared):
    for file in sorted((shared / "data" / "title-figures").glob("*.png"))[::24]:
        page = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        assert REMOVED not in read_page(page).steps, file.name


@pytest.mark.parametrize("depth", [0.3, 0.6])
def test_a_flat_figure_keeps_its_pale_strokes_in_uneven_light(depth):
    """Scaled down as other pictures are, its strokes would run together in nine rows."""
    page = np.full((44, 2400), 255, np.uint8)
    cv2.rectangle(page, (10, 8), (2390, 35), 0, 3)
    for x in range(30, 2380, 80):
        cv2.line(page, (x, 12), (x + 6, 31), 0, 3)
    across, down = np.meshgrid(np.linspace(-1, 1, 2400), np.linspace(-1, 1, 44))
    light = 1 - depth * (across**2 + down**2) / 2
    found = read_page(np.rint((160 + page * (95 / 255)) * light).astype(np.uint8))
    assert (found.grey[page == 0] < 128).mean() > 0.95
    assert (found.grey[page == 255] > 128).mean() > 0.9
