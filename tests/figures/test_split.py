from __future__ import annotations

import numpy as np
import pytest

from patentzoo.figures import find_figures, split_page
from patentzoo.figures.components import find_components
from patentzoo.figures.orientation import turned
from patentzoo.figures.split import without
from patentzoo.images import Page


def test_two_figures_come_apart_without_their_labels(sheet, drawn):
    pages = split_page(Page("a.tif", sheet, patent="USD1", metadata={"title": "Spoon"}))
    assert [page.id for page in pages] == ["a.tif:1", "a.tif:2"]
    for page, box, label in zip(pages, drawn, ("FIG. 1", "FIG. 2"), strict=True):
        y0, x0, y1, x1 = box
        assert page.metadata == {
            **{"title": "Spoon", "sheet": "a.tif"},
            **{"box": list(box), "label": label},
        }
        assert (page.grey == sheet[y0:y1, x0:x1]).all()
        assert page.patent == "USD1"


def test_a_lone_figure_keeps_the_id(drawn_sheet, drawn):
    pages = split_page(Page("a.tif", drawn_sheet(("FIG. 7",), drawn[:1])))
    assert [page.id for page in pages] == ["a.tif"]
    assert pages[0].metadata["label"] == "FIG. 7"
    assert pages[0].grey.shape == (600, 650)


def test_figures_come_in_the_order_of_their_numbers(drawn_sheet):
    pages = split_page(Page("a.tif", drawn_sheet(("FIG. 10", "FIG. 9"))))
    assert [page.metadata["label"] for page in pages] == ["FIG. 9", "FIG. 10"]


def test_boxes_are_those_of_the_sheet_as_stored(sheet):
    stored = turned(sheet, 3)
    pages = split_page(Page("a.tif", sheet, metadata={"turned_clockwise": 1}))
    for page in pages:
        y0, x0, y1, x1 = page.metadata["box"]
        assert (turned(stored[y0:y1, x0:x1], 1) == page.grey).all()


def test_views_are_named_by_label(sheet):
    views = {"1": "front view", "3": "top view"}
    pages = split_page(Page("a.tif", sheet, metadata={"views": views}))
    assert [page.metadata.get("view") for page in pages] == ["front view", None]
    assert all("views" not in page.metadata for page in pages)


def test_pieces_of_one_object_stay_together(drawn_sheet, drawn):
    page = drawn_sheet(("FIG. 1",), drawn[:1])
    page[1200:1600, 300:304] = page[1200:1204, 300:900] = 0
    figures = find_figures(page)
    assert [figure.box for figure in figures] == [(200, 250, 1600, 900)]


def test_broken_lines_go_with_their_figure(sheet, drawn):
    broken = sheet.copy()
    for x in range(200, 1200, 40):  # a dashed frame line above the second figure
        broken[1240:1244, x : x + 22] = 0
    first, second = find_figures(broken)
    assert first.box == drawn[0]
    assert second.box == (1240, 200, 1900, 1182)


def test_labels_above_and_beside_are_understood(drawn_sheet):
    boxes = ((300, 150, 1000, 600), (300, 800, 1000, 1250))
    below = drawn_sheet(("FIG. 1", "FIG. 2"), boxes)
    assert [figure.box for figure in find_figures(below)] == list(boxes)
    above = below.copy()
    above[1050:] = 255
    above[100:180] = below[1060:1140]
    assert [figure.box for figure in find_figures(above)] == list(boxes)


def test_dirt_far_away_does_not_widen_the_box(drawn_sheet, drawn):
    page = drawn_sheet(("FIG. 1",), drawn[:1])
    page[2200:2203, 1300:1303] = 0
    assert find_figures(page)[0].box == drawn[0]


def test_a_page_without_labels_is_one_figure(sheet, drawn):
    page = sheet.copy()
    for _, _, y1, _ in drawn:
        page[y1 + 60 : y1 + 200] = 255
    figures = find_figures(page)
    assert [figure.label for figure in figures] == [None]
    assert figures[0].box == (200, 250, 1900, 1100)


def test_a_blank_page_comes_back_as_it_is():
    page = Page("a.tif", np.full((50, 40), 255, np.uint8))
    assert split_page(page) == [page]


def test_a_page_of_nothing_but_a_label_is_kept(drawn_sheet):
    page = drawn_sheet()
    only = np.full_like(page, 255)
    only[870:960] = page[870:960]
    figures = find_figures(only)
    assert len(figures) == 1
    assert (figures[0].grey < 128).sum() == (only < 128).sum()


def test_painting_over_leaves_the_rest_and_takes_soft_edges_along():
    grey = np.full((40, 40), 255, np.uint8)
    grey[10:20, 10] = grey[10:20, 30] = 0
    grey[10:20, 11] = grey[10:20, 31] = 180
    components = find_components(grey)
    left = components.boxes[:, 1] == 10
    clean = without(grey, components, left)
    assert (clean[:, :20] == 255).all()
    assert (clean[:, 20:] == grey[:, 20:]).all()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("USD0907293-20210105/USD0907293-20210105-D00005", ["FIG. 6", "FIG. 7"]),
        ("USD0930094-20210907/USD0930094-20210907-D00002", [f"FIG. {n}" for n in (2, 3, 4, 5)]),
        ("USD0927653-20210810/USD0927653-20210810-D00009", ["FIG. 9"]),
        ("USD0913174-20210316/USD0913174-20210316-D00004", ["1.4"]),
    ],
)
def test_real_sheets(shared, name, labels):
    from patentzoo.evaluate.figure_splitting import read_stored
    from patentzoo.figures import upright

    stored, landscape = read_stored(shared / "data" / "uspto-sample" / f"{name}.TIF")
    grey, _ = upright(stored, landscape)
    assert [figure.label for figure in find_figures(grey)] == labels
