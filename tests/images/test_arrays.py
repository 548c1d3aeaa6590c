"""Arrays as images: what is taken, what is refused, and how the refusal reads."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from patentzoo.errors import ImageArrayError, PatentZooError
from patentzoo.images.arrays import grey_from_array
from patentzoo.sources import read_pages

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_colour_is_reduced_as_pillow_does():
    expected = np.asarray(Image.fromarray(RGB).convert("L")).astype(int)
    assert np.abs(grey_from_array(RGB).astype(int) - expected).max() <= 1


def test_alpha_is_laid_on_white_as_pillow_does():
    rgba = np.random.default_rng(1).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    layer = Image.fromarray(rgba)
    white = Image.new("RGBA", layer.size, "white")
    expected = np.asarray(Image.alpha_composite(white, layer).convert("L")).astype(int)
    assert np.abs(grey_from_array(rgba).astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    "same",
    [
        RGB[:, :, 0],
        RGB[:, :, :1],
        RGB[:, :, 0].astype(np.float32) / 255,
        RGB[:, :, :1].astype(np.float64) / 255,
        RGB[:, :, 0].astype(np.uint16) * 257,
    ],
)
def test_every_dtype_and_grey_shape_means_the_same_levels(same):
    assert np.array_equal(grey_from_array(same), RGB[:, :, 0])


def test_bool_is_ink_where_false():
    assert grey_from_array(np.array([[True, False]])).tolist() == [[255, 0]]


def test_the_users_array_is_not_changed():
    array = RGB[:, :, 0].copy()
    (page,) = read_pages([array])
    assert np.array_equal(page.grey, array)
    assert np.array_equal(array, RGB[:, :, 0])


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros(7), r"shape \(7,\) is not an image.*search by vector"),
        (np.zeros((3, 20, 30)), "Channels come last"),
        (np.zeros((8, 20, 30)), r"list\(array\)"),
        (np.zeros((2, 20, 30, 3)), r"list\(array\)"),
        (np.zeros((20, 30, 2)), r"shape \(20, 30, 2\)"),
        (np.zeros((0, 30)), "no pixels"),
        (np.zeros((20, 30), np.int64), "not int64"),
        (np.zeros((20, 30), np.complex64), "not complex64"),
        (np.full((20, 30), "x"), "not <U1"),
        (np.full((20, 30), 128.0), "Divide by 255"),
        (np.full((20, 30), -0.5), "from -0.5 to -0.5"),
        (np.full((20, 30), np.nan), "600 of 600 pixels are NaN or infinite"),
        (np.full((20, 30), np.inf), "NaN or infinite"),
    ],
)
def test_what_is_no_image_is_explained(array, says):
    with pytest.raises(ImageArrayError, match=says) as caught:
        read_pages([np.ones((4, 4)), array])
    assert str(caught.value).startswith("image-1: ")
    assert isinstance(caught.value, PatentZooError)


def test_one_bad_pixel_is_enough():
    array = np.ones((20, 30), np.float32)
    array[3, 4] = np.nan
    with pytest.raises(ImageArrayError, match="1 of 600"):
        read_pages(array)
