"""Grey paper, noise, uneven light, grey ink and negatives: the same figure is found, at rank 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from patentzoo.images.negative import light_on_dark
from patentzoo.images.photographed_page import read_page
from patentzoo.index import Index, build_index, search
from patentzoo.zoo.load import load_model

Grey = np.ndarray
Way = Callable[[Grey, np.random.Generator], Grey]


def levels(page: Grey) -> Grey:
    return np.clip(np.rint(page), 0, 255).astype(np.uint8)


def noisy(page: Grey, deviation: float, rng: np.random.Generator) -> Grey:
    return levels(page + rng.normal(0, deviation, page.shape))


def vignette(shape: tuple[int, ...], depth: float, x0: float = 0.0, y0: float = 0.0) -> Grey:
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    off = (x - x0) ** 2 + (y - y0) ** 2
    return 1 - depth * off / off.max()


def inked(page: Grey, ink: int, paper: int) -> Grey:
    """Black and white -> that ink on that paper."""
    return ink + page * ((paper - ink) / 255)


WAYS: dict[str, Way] = {
    "level 200": lambda page, rng: levels(page * (200 / 255)),
    "noise on white": lambda page, rng: noisy(page, 8, rng),
    "vignette": lambda page, rng: levels(page * vignette(page.shape, 0.6)),
    "negative with noise": lambda page, rng: noisy(inked(page, 235, 15), 5, rng),
}
MORE: dict[str, Way] = {
    **{
        f"level {level} noise {noise}": (
            lambda page, rng, level=level, noise=noise: noisy(page * (level / 255), noise, rng)
        )
        for level in (200, 215, 230, 240, 245, 250, 252, 254, 255)
        for noise in (0, 2, 5, 10)
    },
    **{
        f"vignette {depth}": (
            lambda page, rng, depth=depth: levels(page * vignette(page.shape, depth))
        )
        for depth in (0.1, 0.3, 0.7)
    },
    "a vignette off the middle": lambda page, rng: levels(
        page * vignette(page.shape, 0.5, 0.5, -0.3)
    ),
    "a vignette on grey paper with noise": lambda page, rng: noisy(
        page * (240 / 255) * vignette(page.shape, 0.6), 3, rng
    ),
    **{
        f"ink {ink} on {paper}": (
            lambda page, rng, ink=ink, paper=paper: levels(inked(page, ink, paper))
        )
        for ink in (60, 120, 160, 200)
        for paper in (255, 240)
    },
    "uniform noise on 250": lambda page, rng: levels(
        page * (250 / 255) + rng.integers(-3, 4, page.shape)
    ),
    "negative": lambda page, rng: 255 - page,
    "charcoal negative": lambda page, rng: levels(inked(page, 230, 40)),
}


@pytest.fixture(scope="module")
def figures(shared: Path) -> dict[str, Grey]:
    files = sorted((shared / "data" / "uspto-sample-figures").glob("*.png"))
    return {file.name: cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files}


@pytest.fixture(scope="module")
def gallery(figures: dict[str, Grey]) -> Index:
    return build_index(load_model(device="cpu"), list(figures.items()))


def at_rank_1(index: Index, figures: dict[str, Grey], way: Way, start: int) -> list[str]:
    """Names of the 30 figures, of those from one on, that are not at rank 1, nor a copy of them."""
    rng = np.random.default_rng(start)
    chosen = list(figures)[start::10][:30]
    missed = []
    results = search(index, [way(figures[name], rng) for name in chosen], k=1)
    for name, result in zip(chosen, results, strict=True):
        # One sheet has the very same figure twice.
        if index.vectors[index.ids.index(name)] @ index[result[0].id].vector < 0.9999:
            missed.append(name)
    return missed


@pytest.mark.realdata
@pytest.mark.parametrize("name", WAYS)
def test_a_figure_is_found_on_any_paper(gallery, figures, name):
    missed = at_rank_1(gallery, figures, WAYS[name], 0)
    assert len(missed) <= 1, missed


LOST = {"vignette": 2, "a vignette on grey paper with noise": 2}
"""Figures of thirty that are not at rank 1, where one is not the most."""


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("name", WAYS | MORE)
def test_other_figures_on_many_papers(gallery, figures, name):
    for start in (3, 7):
        missed = at_rank_1(gallery, figures, (WAYS | MORE)[name], start)
        assert len(missed) <= LOST.get(name, 1), (start, missed)


@pytest.fixture
def cut() -> Grey:
    """A figure cut to its ink: strokes along all four borders, and a low one, uint8 (60, 900)."""
    page = np.full((60, 900), 255, np.uint8)
    cv2.rectangle(page, (0, 0), (899, 59), 0, 2)
    cv2.line(page, (0, 59), (899, 0), 0, 2)
    return page


def test_strokes_along_the_border_are_kept_where_light_is_evened(cut):
    round_ = np.full((500, 600), 255, np.uint8)
    cv2.ellipse(round_, (300, 250), (299, 180), 0, 0, 360, 0, 2)
    cv2.line(round_, (100, 0), (500, 0), 0, 3)
    cv2.line(round_, (599, 40), (599, 460), 0, 3)
    for page in (cut, round_):
        found = read_page(levels(page * vignette(page.shape, 0.5)))
        assert any("uneven light" in step for step in found.steps)
        near = cv2.dilate((found.grey < 128).astype(np.uint8), np.ones((3, 3), np.uint8))
        assert near[page == 0].mean() > 0.99


def test_a_thumb_along_the_border_goes_where_light_is_evened():
    page = np.full((400, 500), 255, np.uint8)
    cv2.rectangle(page, (120, 90), (380, 300), 0, 2)
    held = levels(page * vignette(page.shape, 0.5))
    cv2.ellipse(held, (0, 330), (60, 25), 0, 0, 360, 60, -1)
    found = read_page(held)
    assert (found.grey[310:350, :50] == 255).all()
    assert (found.grey[90:300, 119:122] < 128).any(axis=1).mean() > 0.99


@pytest.mark.parametrize("deviation", [3, 6, 10, 15])
def test_noise_of_white_paper_goes_and_strokes_stay(deviation):
    page = np.full((400, 500), 255, np.uint8)
    cv2.circle(page, (250, 200), 120, 0, 3)
    found = read_page(noisy(page, deviation, np.random.default_rng(deviation)))
    assert found.steps == ("noise on white paper removed",)
    assert (found.grey[page == 255] == 255).mean() > 0.995
    assert (found.grey[page == 0] < 100).all()


def test_soft_strokes_all_around_are_no_noise():
    """A fine grid, scaled down: half of the border is darker than white, as noise makes it."""
    grid = np.full((800, 800), 255, np.uint8)
    grid[::5], grid[:, ::7] = 0, 0
    soft = cv2.resize(grid, (391, 391), interpolation=cv2.INTER_AREA)
    assert "noise on white paper removed" not in read_page(soft).steps


@pytest.mark.realdata
def test_negatives_with_noise_are_told_from_drawings_with_noise(figures):
    rng = np.random.default_rng(0)
    for name, page in list(figures.items())[::12]:
        assert light_on_dark(noisy(inked(page, 235, 20), 6, rng)), name
        assert not light_on_dark(noisy(inked(page, 20, 235), 6, rng)), name
        assert not light_on_dark(levels(inked(page, 20, 100))), name


@pytest.mark.realdata
def test_soft_negatives_are_told_from_soft_drawings(figures):
    seen, pages = 0, list(figures.values())[::8]
    for page in pages:
        soft = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        seen += light_on_dark(255 - soft)
        assert not light_on_dark(soft)
    assert seen >= 0.95 * len(pages), (seen, len(pages))


@pytest.mark.parametrize("level", [0, 1, 255])
def test_one_level_is_no_negative(level):
    assert not light_on_dark(np.full((100, 100), level, np.uint8))
