"""Sheets that lie on others, folded ones, and shadows: what is left is the drawing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from patentzoo.images import paper
from patentzoo.images.creases import without_creases
from patentzoo.images.photographed_page import read_page
from patentzoo.images.photos import DRAWN, seen
from patentzoo.images.sheet_corners import sheet_corners
from patentzoo.images.sheet_margin import margin_covered

Grey = np.ndarray
CORNERS = np.float32([(120, 200), (500, 180), (520, 640), (90, 650)])


def polygon(scene: Grey, corners: np.ndarray, level: float) -> None:
    cv2.fillConvexPoly(scene, np.rint(corners).astype(np.int32), level, cv2.LINE_AA)


def written_sheet(side: int) -> Grey:
    """A sheet with lines of dark words."""
    sheet = np.full((side, side), 206, np.uint8)
    for row in range(14, side - 14, 14):
        for column in range(20, side - 60, 40):
            sheet[row : row + 4, column : column + 26] = 60
    return sheet


@pytest.fixture(scope="module")
def desk() -> Grey:
    """A sheet with a drawing on a desk; its upper edge lies on a written sheet as light as it."""
    scene = np.full((800, 600), 80, np.uint8)
    sheet = written_sheet(420)
    map_ = cv2.getRotationMatrix2D((210, 210), 9, 1)
    map_[:, 2] += (90, -110)
    there = cv2.warpAffine(np.full_like(sheet, 255), map_, (600, 800))
    scene = np.where(there > 127, cv2.warpAffine(sheet, map_, (600, 800)), scene)
    polygon(scene, CORNERS, 208)
    cv2.circle(scene, (300, 420), 90, 60, 3, cv2.LINE_AA)
    cv2.line(scene, (230, 420), (370, 420), 60, 3, cv2.LINE_AA)
    rng = np.random.default_rng(4)
    noisy = cv2.GaussianBlur(scene, (0, 0), 0.8) + rng.normal(0, 1.5, scene.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def test_an_edge_that_lies_on_a_written_sheet_is_found_where_the_margin_begins(desk):
    corners = sheet_corners(desk)
    assert corners is not None
    assert np.abs(corners - CORNERS).max() < 16


def test_nothing_of_the_written_sheet_is_left(desk):
    found = read_page(desk)
    assert found.steps[0] == "sheet found and straightened"
    inked = np.flatnonzero((found.grey < 128).any(axis=1)) / len(found.grey)
    # The circle is 180 of some 460 pixels high; letters would reach the upper edge.
    assert inked.min() > 0.2
    assert inked.max() < 0.85


def test_a_margin_of_bare_paper_is_told_from_one_with_letters(desk):
    soft = cv2.GaussianBlur(desk, (0, 0), 1)
    assert margin_covered(soft, CORNERS) < 0.02
    higher = CORNERS - np.float32([(0, 130), (0, 130), (0, 0), (0, 0)])
    assert margin_covered(soft, higher) > 0.1


def folded(page: Grey, rows: tuple[int, ...], deep: float) -> Grey:
    """The page with a dark line of so much depth across it at each row."""
    y = np.arange(len(page))
    light = np.ones(len(page))
    for row in rows:
        light -= deep * np.exp(-(((y - row) / 3.0) ** 2))
    rng = np.random.default_rng(5)
    return np.clip(np.rint(page * light[:, None] + rng.normal(0, 2, page.shape)), 0, 255).astype(
        np.uint8
    )


@pytest.fixture(scope="module")
def page() -> Grey:
    """A drawing on paper of level 220, with a margin."""
    page = np.full((1100, 800), 220, np.uint8)
    cv2.rectangle(page, (200, 250), (600, 850), 40, 4)
    cv2.line(page, (200, 250), (600, 850), 40, 4)
    return page


@pytest.mark.parametrize("turned", [False, True])
def test_creases_go_and_the_strokes_that_cross_them_stay(page, turned):
    given = folded(page, (370, 735), 0.08)
    if turned:
        given = np.ascontiguousarray(given.T)
    flat = without_creases(given, paper.light_of(given))
    flat = flat.T if turned else flat
    bare = flat[366:375, 20:180].mean(), flat[731:740, 620:780].mean()
    assert np.abs(np.array(bare) - 220).max() < 3
    assert np.abs(flat[368:373, 199:203].astype(int) - 40).max() < 20
    assert np.array_equal(flat[500:600], (given.T if turned else given)[500:600])


def test_a_sheet_without_creases_is_the_very_array(page):
    noisy = folded(page, (), 0)
    assert without_creases(noisy, paper.light_of(noisy)) is noisy


def test_a_line_that_ends_before_the_margin_and_a_black_one_are_no_creases(page):
    drawn = page.copy()
    cv2.line(drawn, (110, 370), (690, 370), 195, 5)
    cv2.line(drawn, (0, 735), (799, 735), 40, 3)
    noisy = folded(drawn, (), 0)
    assert without_creases(noisy, paper.light_of(noisy)) is noisy


def test_the_edge_of_a_shadow_leaves_no_grey(page):
    y, x = np.mgrid[:1100, :800]
    shade = 1 - 0.3 / (1 + np.exp(-(x + 0.4 * y - 1050 + 40 * np.sin(y / 90)) / 30))
    lit = np.rint(page * shade).astype(np.uint8)
    light = paper.light_of(lit)
    white = paper.on_white(lit, light)
    bare = cv2.erode(page, np.ones((9, 9), np.uint8)) == 220
    assert (white[bare] > 235).mean() > 0.995
    assert white[page == 40].max() < 128


@pytest.mark.parametrize(
    ("face", "is_sheet"),
    [((80, 225, 225), False), ((225, 220, 205), True), ((235, 228, 150), True)],
)
def test_a_coloured_face_is_no_sheet_and_yellow_paper_is_one(face, is_sheet):
    scene = np.full((800, 600, 3), 90, np.uint8)
    cv2.fillConvexPoly(scene, CORNERS.astype(np.int32), face, cv2.LINE_AA)
    cv2.circle(scene, (300, 420), 90, (40, 40, 40), 3, cv2.LINE_AA)
    _, steps = seen(scene, cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY), "auto")
    assert (steps[0] == "sheet found and straightened") == is_sheet
    assert (steps == (DRAWN,)) == (not is_sheet)
