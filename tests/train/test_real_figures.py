"""Real figures: cut apart at empty spaces; evaluation patents refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from patentzoo.errors import ConfigError
from patentzoo.train.real_figures import RealFigures, split_views


def sheet(*boxes) -> np.ndarray:
    """Frames drawn with 4 px lines on a page of 400 x 400."""
    grey = np.full((400, 400), 255, np.uint8)
    for y0, x0, y1, x1 in boxes:
        grey[y0:y1, x0:x1] = 0
        grey[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4] = 255
    return grey


def ink(grey) -> int:
    return int((grey < 160).sum())


def test_figures_side_by_side_are_cut_apart_largest_first():
    boxes = [(20, 20, 220, 180), (30, 230, 180, 380), (260, 40, 380, 360)]
    views = split_views(sheet(*boxes))
    areas = sorted(((y1 - y0) * (x1 - x0) for y0, x0, y1, x1 in boxes), reverse=True)
    assert len(views) == 3
    assert [view.size >= area for view, area in zip(views, areas, strict=True)] == [True] * 3
    assert sum(map(ink, views)) == ink(sheet(*boxes))


def test_small_groups_are_left_out():
    views = split_views(sheet((20, 20, 320, 320), (350, 350, 380, 380)))
    assert [ink(view) for view in views] == [ink(sheet((20, 20, 320, 320)))]


def test_parts_of_one_figure_stay_together():
    assert len(split_views(sheet((20, 20, 300, 200), (25, 206, 300, 380)))) == 1


def test_a_page_that_cannot_be_cut_is_kept():
    blank = np.full((50, 50), 255, np.uint8)
    assert np.array_equal(split_views(blank)[0], blank)


@pytest.fixture
def figures(tmp_path):
    for name in ("USD0000001", "USD0000002-D1"):
        Image.fromarray(sheet((20, 20, 320, 320))).save(tmp_path / f"{name}.png")
    return tmp_path


def test_reads_a_folder(figures):
    assert len(RealFigures(figures)) == 2
    assert len(RealFigures(figures, exclude=("USD0000003",))) == 2


@pytest.mark.parametrize("patent", ["USD0000001", "USD0000002"])
def test_a_patent_of_the_evaluation_is_refused(figures, patent):
    with pytest.raises(ConfigError, match=rf"{patent}.* must not be trained on"):
        RealFigures(figures, exclude=("USD0000009", patent))


def test_blank_and_unreadable_files_are_left_out_and_said(figures, caplog):
    Image.new("L", (50, 50), 255).save(figures / "USD0000003.png")
    (figures / "USD0000004.png").write_bytes(b"no image")
    assert len(RealFigures(figures)) == 2
    assert "USD0000003.png left out: blank" in caplog.text
    assert "USD0000004.png left out: not readable" in caplog.text


def test_a_folder_without_drawings_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"set data.figures"):
        RealFigures(tmp_path)


def test_a_folder_a_patent_holds_a_file_for_each_view(figures):
    inner = figures / "USD0000007"
    inner.mkdir()
    for number in range(3):
        Image.fromarray(sheet((20, 20, 200 + 40 * number, 320))).save(inner / f"{number}.png")
    found = RealFigures(figures)
    assert [len(views) for views in found.classes] == [1, 1, 3]
    assert found.chances[2] > found.chances[0]
    with pytest.raises(ConfigError, match="USD0000007 is an evaluation patent"):
        RealFigures(figures, exclude=("USD0000007",))
