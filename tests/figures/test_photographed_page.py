"""photos="page": what a scan would have been, where there is evidence; else not one bit changes."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from thinned import thinned

from patentzoo.evaluate.demo import gallery_folder
from patentzoo.images.ink import sharpened
from patentzoo.images.photographed_page import read_page
from patentzoo.images.sheet_corners import sheet_corners
from patentzoo.images.sheet_shape import sheet_ratio
from patentzoo.options import ReadOptions
from patentzoo.sources import read_pages

Grey = np.ndarray


@pytest.fixture(scope="module")
def drawing() -> Grey:
    """Strokes two pixels wide on white, uint8 (400, 500)."""
    page = np.full((400, 500), 255, np.uint8)
    cv2.rectangle(page, (120, 90), (380, 300), 0, 2)
    cv2.circle(page, (250, 195), 80, 0, 2)
    cv2.line(page, (120, 90), (250, 195), 0, 2)
    return page


def lit(page: Grey, light: np.ndarray) -> Grey:
    return np.rint(page * light).astype(np.uint8)


def vignette(shape: tuple[int, ...], depth: float) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return 1 - depth * (x * x + y * y) / 2


def photographed(page: Grey, corners: list[tuple[int, int]], desk: int = 70) -> Grey:
    """The page on a desk of one level, its corners clockwise from the top left."""
    height, width = page.shape
    start = np.float32([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)])
    map_ = cv2.getPerspectiveTransform(start, np.float32(corners))
    size = (700, 600)
    shown = cv2.warpPerspective(page, map_, size, borderValue=0)
    there = cv2.warpPerspective(np.full_like(page, 255), map_, size, borderValue=0)
    mixed = shown * (there / 255.0) + desk * (1 - there / 255.0)
    return np.rint(mixed).astype(np.uint8)


HANG_S = 10
"""Processor seconds after which one picture counts as a hang."""
CORNERS = [(90, 70), (620, 50), (650, 540), (60, 520)]


@pytest.mark.parametrize("level", [200, 220, 240, 245, 250, 252, 254])
def test_grey_paper_becomes_white_and_ink_stays(drawing, level):
    found = read_page(lit(drawing, np.float64(level / 255)))
    assert np.array_equal(found.grey, drawing)
    assert found.steps == (f"paper of level {level} made white",)


@pytest.mark.parametrize("level", [60, 128, 200, 220])
def test_grey_ink_of_one_level_becomes_black(drawing, level):
    found = read_page(np.where(drawing == 0, level, 255).astype(np.uint8))
    assert np.array_equal(found.grey, drawing)
    assert found.steps == ("pale ink darkened",)


def test_the_greys_of_strokes_keep_their_order_and_share(drawing):
    page = drawing.copy()
    cv2.line(page, (20, 370), (480, 370), 128, 3)
    found = read_page(lit(page, np.float64(0.9)))
    inner = found.grey[370, 100:400]
    assert (np.abs(inner.astype(int) - 128) <= 2).all()


def test_noise_and_a_vignette_go(drawing):
    rng = np.random.default_rng(1)
    noisy = np.clip(
        lit(drawing, np.float64(250 / 255)) + rng.integers(-3, 4, drawing.shape), 0, 255
    )
    for page in (noisy.astype(np.uint8), lit(drawing, vignette(drawing.shape, 0.5))):
        found = read_page(page)
        assert found.is_page
        assert np.abs(found.grey.astype(int) - drawing).mean() < 0.3
        paper = cv2.erode(drawing, np.ones((5, 5), np.uint8)) == 255
        assert (found.grey[paper] == 255).mean() > 0.995


def test_light_on_dark_is_turned_around(drawing):
    found = read_page(255 - drawing)
    assert np.array_equal(found.grey, drawing)
    assert found.steps == ("light on dark turned around",)


@pytest.mark.realdata
def test_real_figures_in_white_on_black_are_turned_around(shared):
    """Strokes at the border, thick ones of small figures, hatching, half of the picture ink."""
    files = sorted((shared / "data" / "uspto-sample-figures").glob("*.png"))
    hard = [each for each in files if "USD0939223" in each.name or "USD0921835" in each.name]
    for file in [*files[::16], *hard]:
        grey = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        found = read_page(255 - grey)
        assert np.array_equal(found.grey, grey), file.name
        assert found.certain, file.name


@pytest.mark.parametrize("level", [1, 90, 200])
def test_a_light_body_of_one_level_is_not_turned_around(level):
    body = np.zeros((300, 400), np.uint8)
    cv2.ellipse(body, (200, 150), (140, 100), 20, 0, 360, level, -1)
    assert "light on dark turned around" not in read_page(body).steps


def test_a_dark_shape_with_a_light_body_is_not_turned_around():
    body = np.zeros((300, 300), np.uint8)
    cv2.circle(body, (150, 150), 90, 230, -1)
    assert "light on dark turned around" not in read_page(body).steps


@pytest.mark.parametrize("shadow", [False, True])
def test_the_corners_of_a_sheet_are_found(drawing, shadow):
    picture = photographed(drawing, CORNERS)
    if shadow:  # across the sheet and the desk
        edge = np.clip((np.arange(700) - 330) / 60, 0, 1)
        picture = lit(picture, 1 - 0.4 * edge[None])
    corners = sheet_corners(picture)
    assert corners is not None
    assert np.abs(corners - np.float32(CORNERS)).max() < 8
    found = read_page(picture)
    assert found.steps[0] == "sheet found and straightened"
    assert found.certain
    height, width = found.grey.shape
    # What the drawing shows at a place, the straightened sheet shows there, within the cut edge.
    scan = cv2.resize(drawing, (width, height), interpolation=cv2.INTER_AREA)
    near = cv2.dilate((found.grey < 128).astype(np.uint8), np.ones((17, 17), np.uint8))
    assert near[scan < 128].mean() > 0.95
    ring = np.concatenate([found.grey[0], found.grey[-1], found.grey[:, 0], found.grey[:, -1]])
    # Nothing there counts as ink where a drawing is cut to its ink.
    assert ring.min() > 191
    assert (ring == 255).mean() > 0.98


def test_no_corners_without_a_sheet(drawing):
    assert sheet_corners(drawing) is None
    assert sheet_corners(np.full((300, 400), 90, np.uint8)) is None


def unchanged(source: object) -> None:
    options = ReadOptions(figures="whole")
    for page in read_pages(source, options):
        found = read_page(page.grey)
        assert found.grey is page.grey, (page.id, found.steps)
        assert (found.steps, found.is_page) == ((), True), page.id


def test_not_one_bit_of_a_clean_drawing_changes(drawing):
    unchanged(drawing)
    soft = cv2.resize(drawing, (333, 250), interpolation=cv2.INTER_AREA)
    assert read_page(soft).grey is soft
    unchanged(gallery_folder())


@pytest.mark.realdata
@thinned(16)
@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("uspto-sample/*/*.TIF", 438),
        ("uspto-sample-figures/*.png", 323),
        ("title-figures/*.png", 724),
    ],
)
def test_not_one_bit_of_the_real_drawings_changes(shared, where, count, every):
    files = sorted((shared / "data").glob(where))
    assert len(files) == count
    for file in files[::every]:
        unchanged(file)


def test_blank_grey_and_tiny_pictures_stay():
    for shape in ((1, 1), (1, 900), (31, 500), (64, 64)):
        for level in (0, 128, 240, 255):
            picture = np.full(shape, level, np.uint8)
            found = read_page(picture)
            assert found.grey is picture


def mutated(rng: np.random.Generator, picture: Grey) -> Grey:
    """A photograph cut, stretched, bent in its levels, overlaid, or with its rows shuffled."""
    out = picture.copy()
    for _ in range(int(rng.integers(1, 4))):
        height, width = out.shape
        kind = int(rng.integers(8))
        if kind == 0:
            y, x = int(rng.integers(height)), int(rng.integers(width))
            out = out[y : y + int(rng.integers(1, height + 1)), x : x + int(rng.integers(1, 900))]
        elif kind == 1:
            size = (int(rng.integers(1, 800)), int(rng.integers(1, 800)))
            out = cv2.resize(out, size, interpolation=int(rng.integers(0, 4)))
        elif kind == 2:
            out = np.clip(out * rng.uniform(0, 3) + rng.uniform(-200, 200), 0, 255).astype(np.uint8)
        elif kind == 3:
            out = np.clip(out + rng.normal(0, rng.uniform(1, 90), out.shape), 0, 255)
            out = out.astype(np.uint8)
        elif kind == 4:
            centre = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.circle(out, centre, int(rng.integers(1, 300)), int(rng.integers(256)), -1)
        elif kind == 5:
            out = np.rot90(out, int(rng.integers(4))).copy()
        elif kind == 6:
            out = 255 - out
        else:
            out = (out // int(rng.integers(1, 256)) * int(rng.integers(1, 256))).astype(np.uint8)
        out = np.ascontiguousarray(out)
    return out


def fuzz(drawing: Grey, seeds: range) -> None:
    for seed in seeds:
        rng = np.random.default_rng([77, seed])
        moved = (np.array(CORNERS) + rng.integers(-55, 56, (4, 2))).tolist()
        picture = mutated(rng, photographed(drawing, moved, int(rng.integers(0, 256))))
        before = picture.copy()
        began = time.process_time()
        found = read_page(picture)
        assert time.process_time() - began < HANG_S, seed
        assert np.array_equal(picture, before), seed
        assert found.grey.dtype == np.uint8, seed
        assert min(found.grey.shape) >= 1, seed
        assert (found.grey is picture) == (not found.steps), seed
        again = read_page(picture)
        assert np.array_equal(again.grey, found.grey), seed


def test_mutated_photographs_neither_crash_nor_hang(drawing):
    fuzz(drawing, range(20))


@pytest.mark.slow
def test_two_thousand_mutated_photographs(drawing):
    fuzz(drawing, range(20, 2200))


@pytest.mark.realdata
@thinned(16, full=4)
@pytest.mark.parametrize("longer_px", [300, 700])
def test_thin_lines_scaled_down_are_no_pale_ink(shared, longer_px, every):
    changed = []
    for file in sorted((shared / "data" / "uspto-sample-figures").glob("*.png"))[::every]:
        grey = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        scale = longer_px / max(grey.shape)
        if scale < 1:
            soft = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            soft = np.pad(soft, 5, constant_values=255)
            if not np.array_equal(read_page(soft).grey, soft):
                changed.append(file.name)
    assert changed == []


def test_a_sheet_that_lies_on_another_sheet_is_found(drawing):
    """White on white, parted by the shadow of the upper one, three pixels wide."""
    desk = np.full((600, 700), 70, np.uint8)
    cv2.fillConvexPoly(desk, np.int32([(300, 10), (690, 60), (640, 420), (260, 380)]), 235)
    for row in range(60, 400, 14):  # lines of text
        cv2.line(desk, (330, row), (600, row + 20), 60, 4)
    upper = np.int32([(120, 150), (520, 130), (540, 470), (90, 480)])
    shadow = cv2.GaussianBlur(cv2.fillConvexPoly(np.zeros_like(desk), upper, 255), (0, 0), 3)
    desk = lit(desk, 1 - 0.35 * shadow / 255)
    start = np.float32([(0, 0), (499, 0), (499, 399), (0, 399)])
    map_ = cv2.getPerspectiveTransform(start, upper.astype(np.float32))
    shown = cv2.warpPerspective(drawing, map_, (700, 600), borderValue=0)
    there = cv2.warpPerspective(np.full_like(drawing, 255), map_, (700, 600))
    picture = np.where(there > 127, np.minimum(shown, 240), desk).astype(np.uint8)
    corners = sheet_corners(picture)
    assert corners is not None
    assert np.abs(corners - upper).max() < 8


@pytest.mark.parametrize("paper", [297 / 210, 279.4 / 215.9])
@pytest.mark.parametrize("tilt_deg", [0, 15, 30])
def test_the_ratio_of_a_sheet_comes_back_from_its_corners(paper, tilt_deg):
    """A pinhole of 26 mm, the sheet tilted about an axis at 40 degrees."""
    axis = np.radians(tilt_deg) * np.array([np.cos(0.7), np.sin(0.7), 0])
    rotation = cv2.Rodrigues(axis)[0]
    focal, size = 26 / 36 * 1280, (1280, 960)
    sheet = np.array([(-1, -paper), (1, -paper), (1, paper), (-1, paper)], float)
    points = np.pad(sheet, ((0, 0), (0, 1))) @ rotation.T + np.array([0.1, -0.05, 5])
    corners = (points[:, :2] / points[:, 2:] * focal + np.array(size[::-1]) / 2).astype(np.float32)
    assert sheet_ratio(corners, size) == pytest.approx(paper)


def test_a_blurred_stroke_is_dark_again(drawing):
    soft = cv2.GaussianBlur(drawing, (0, 0), 1.3)
    sharp = sharpened(soft)
    off = [np.abs(each.astype(float) - drawing).mean() for each in (soft, sharp)]
    assert off[1] < 0.6 * off[0]
    paper = cv2.erode(drawing, np.ones((31, 31), np.uint8)) == 255
    assert (sharp[paper] == 255).all()


def test_bars_of_a_viewer_do_not_hide_light_strokes(drawing):
    picture = 255 - drawing
    picture = np.where(picture > 0, 230, 12).astype(np.uint8)
    picture[:14, :200] = picture[-14:, 300:] = 230
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
    assert read_page(picture).steps[0] == "light on dark turned around"
