from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import patentzoo as pz
from patentzoo.errors import ConfigError
from patentzoo.evaluate import evaluate
from patentzoo.evaluate.degradations import DEGRADATIONS, degrade
from patentzoo.evaluate.degradations.camera import camera_matrix, encoded, linear
from patentzoo.evaluate.degraded import DegradedOptions, evaluate_degraded

GREY_LEVELS = np.arange(256, dtype=np.uint8)


@pytest.fixture(scope="module")
def drawing() -> np.ndarray:
    """A box with a lid, a ring and hatching: strokes of five pixels, as at 300 dpi."""
    page = np.full((900, 700), 255, np.uint8)
    cv2.rectangle(page, (60, 200), (640, 840), 0, 5)
    cv2.line(page, (60, 300), (640, 300), 0, 5)
    cv2.circle(page, (350, 560), 150, 0, 5)
    for x in range(100, 600, 50):
        cv2.line(page, (x, 760), (x + 30, 820), 0, 5)
    return page


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_a_degradation_is_a_picture_of_its_seed(name: str, drawing: np.ndarray):
    before = drawing.copy()
    first = degrade(name, "a.png", drawing)
    assert np.array_equal(drawing, before)
    assert first.dtype == np.uint8
    assert first.ndim == 2 or first.shape[2:] == (3,)
    assert np.array_equal(first, degrade(name, "a.png", drawing))
    assert first.std() > 5, "something is to be seen"
    same = {"bold", "thin", "mirrored", "rotated-180", "thumbnail-64", "thumbnail-96"}
    if name not in same | {"rotated-90", "rotated-15"}:
        assert not np.array_equal(first, degrade(name, "a.png", drawing, seed=1))


def test_bold_strokes_are_wider_and_thin_ones_narrower(drawing: np.ndarray):
    ink = {name: np.mean(degrade(name, "a", drawing) < 128) for name in ("bold", "thin", "broken")}
    clean = np.mean(drawing < 128)
    assert ink["bold"] > 1.8 * clean
    assert ink["thin"] < 0.6 * clean
    assert 0.6 * clean < ink["broken"] < 0.9 * clean


def test_a_crop_keeps_its_share_of_the_area(drawing: np.ndarray):
    for name, share in (("crop-60", 0.6), ("crop-40", 0.4)):
        assert degrade(name, "a", drawing).size == pytest.approx(share * drawing.size, rel=0.01)


def test_turns_and_mirrors_move_every_pixel(drawing: np.ndarray):
    assert np.array_equal(np.flip(degrade("rotated-180", "a", drawing)), drawing)
    assert np.array_equal(degrade("mirrored", "a", drawing)[:, ::-1], drawing)
    assert degrade("rotated-90", "a", drawing).shape == drawing.shape[::-1]


def test_white_on_black_is_mostly_dark_and_a_photograph_has_colours(drawing: np.ndarray):
    assert np.median(degrade("white-on-black", "a", drawing)) < 60
    photo = degrade("photo-desk", "a", drawing).astype(int)
    assert np.abs(photo[..., 0] - photo[..., 2]).mean() > 5


def test_the_tone_curve_is_that_of_srgb():
    """IEC 61966-2-1: the middle grey of 18 % is at 118; there and back is one level at most."""
    assert encoded(np.float32([0.18]))[0] == 118
    back = encoded(linear(GREY_LEVELS)).astype(int)
    assert np.abs(back - GREY_LEVELS).max() <= 1
    assert np.array_equal(back[20:], GREY_LEVELS[20:])


def test_a_camera_from_straight_above_sees_a_sheet_as_a_rectangle():
    view, (width, height) = camera_matrix(210, 297, 0.8, 0, np.random.default_rng(0))
    corners = np.array([[[-105, -148.5], [105, -148.5], [105, 148.5], [-105, 148.5]]], float)
    seen = cv2.perspectiveTransform(corners, view)[0]
    sides = np.linalg.norm(seen - np.roll(seen, 1, axis=0), axis=1)
    assert sides[[0, 1]] == pytest.approx(sides[[2, 3]])
    assert max(sides[1] / width, sides[0] / height) == pytest.approx(0.8, abs=0.01)


def test_clean_queries_score_what_the_protocol_figures_scores(development: Path, tmp_path: Path):
    model = pz.load_model()
    only = ("rotated-90", "mirrored")
    result = evaluate_degraded(model, development, DegradedOptions(only=only), command="typed")
    plain = evaluate(model, "figures", development)
    assert result.metrics == plain.metrics
    assert [each.places for each in result.queries] == [each.places for each in plain.queries]
    assert result.counts == plain.counts
    expected = {f"{row}{way}" for row in ("clean", *only) for way in ("", " any")} - {"clean"}
    assert set(result.variants) == expected
    written = json.loads(json.dumps(result.to_dict()))
    row = written["variants"]["rotated-90 any"]
    assert row["share_of_clean"] == pytest.approx(
        row["metrics"]["mAP"]["value"] / written["metrics"]["mAP"]["value"], abs=1e-5
    )
    # A quarter turn is one of the four: what is found is what the clean query finds in its four.
    assert row["metrics"]["mAP"] == written["variants"]["clean any"]["metrics"]["mAP"]


def test_fewer_queries_are_drawn_by_the_seed(development: Path):
    model = pz.load_model()
    some = [
        evaluate_degraded(
            model, development, DegradedOptions(queries=2, only=("thumbnail-64",), seed=seed)
        )
        for seed in (0, 0, 3)
    ]
    ids = [[score.id for score in result.queries] for result in some]
    assert ids[0] == ids[1] != ids[2]
    assert [len(each) for each in ids] == [2, 2, 2]
    assert some[0].metrics == some[1].metrics


def test_an_unreadable_query_stands_behind_everything(development: Path, monkeypatch):
    def blank(name: str, id_: str, drawing: np.ndarray, seed: int) -> np.ndarray:
        return np.full((40, 40), 255, np.uint8)

    monkeypatch.setattr("patentzoo.evaluate.degraded.degrade", blank)
    options = DegradedOptions(queries=2, only=("fax",))
    result = evaluate_degraded(pz.load_model(), development, options)
    assert result.counts["failures"] == 2
    assert all(failure.id.startswith("fax: ") for failure in result.failures)
    assert result.variants["fax"].metrics["hit@5"].value == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"queries": 0}, "at least 1"),
        ({"only": ("foto-page",)}, "'photo-page'"),
        ({"photos": "pages"}, "'page'"),
    ],
)
def test_wrong_options_are_named(wrong: dict, told: str):
    with pytest.raises(ConfigError, match=told):
        DegradedOptions(**wrong)
