from __future__ import annotations

import cv2
import numpy as np
import pytest

from patentzoo.errors import BlankImageError
from patentzoo.evaluate.baselines import BASELINES, CENTRED


@pytest.mark.parametrize(
    ("name", "dim"), [("pixels", 1024), ("phash", 256), ("hog", 1764), ("imagenet", 1280)]
)
def test_shape_and_dtype(name, dim, sketch):
    vector = BASELINES[name](sketch(1, 0))
    assert vector.shape == (dim,)
    assert vector.dtype == np.float32
    assert np.isfinite(vector).all()


@pytest.mark.parametrize("name", BASELINES)
def test_paper_around_the_drawing_changes_nothing(name, sketch):
    page = sketch(2, 0)
    framed = np.pad(page, ((40, 7), (3, 90)), constant_values=255)
    assert np.array_equal(BASELINES[name](page), BASELINES[name](framed))


@pytest.mark.parametrize("name", BASELINES)
def test_a_copy_at_another_scale_is_nearer_than_another_drawing(name, sketch):
    page, other = sketch(2, 0), sketch(9, 0)
    larger = cv2.resize(page, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    describe = BASELINES[name]
    near = _cosine(describe(page), describe(larger))
    assert near > 0.8
    apart = 0.1 if name in CENTRED else 0.2  # what is not centred has the mean in common
    assert near > _cosine(describe(page), describe(other)) + apart


def test_the_hash_is_a_sign_and_its_cosine_a_hamming_distance(sketch):
    first, second = BASELINES["phash"](sketch(4, 0)), BASELINES["phash"](sketch(5, 0))
    assert set(np.unique(first)) == {-1.0, 1.0}
    differing = np.count_nonzero(first != second)
    assert _cosine(first, second) == pytest.approx(1 - 2 * differing / 256, abs=1e-6)


@pytest.mark.parametrize("name", BASELINES)
def test_a_blank_page_is_an_error(name):
    with pytest.raises(BlankImageError):
        BASELINES[name](np.full((50, 50), 255, np.uint8))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
