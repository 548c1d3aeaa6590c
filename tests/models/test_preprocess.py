"""Preprocess against torchvision, naive loops and properties that hold for every drawing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from thinned import thinned

from patentzoo.errors import BlankImageError, ConfigError, ImageArrayError
from patentzoo.models.preprocess import BLANK_LEVEL, INK_SHARE, Preprocess, crop_to_ink

PLAIN = Preprocess(size_px=64, ink_crop=False, margin=0.0, ink_gain=0.0)


def page(height: int, width: int, seed: int = 0) -> np.ndarray:
    """White, with a few black rectangles and a frame of thin lines."""
    rng = np.random.default_rng(seed)
    grey = np.full((height, width), 255, np.uint8)
    for _ in range(6):
        y, x = rng.integers(0, height - 4), rng.integers(0, width - 4)
        grey[y : y + rng.integers(3, height), x : x + 3] = 0
        grey[y : y + 3, x : x + rng.integers(3, width)] = 0
    return grey


REFERENCE = Preprocess(
    size_px=384,
    ink_crop=False,
    fit="crop",
    margin=0.0,
    binarize=120,
    ink_gain=0.0,
    ink_positive=False,
    mean=0.5,
    std=0.5,
)
"""Higuchi & Yanai (2023): threshold at 120, then torchvision's evaluation transform."""


def torchvision_reference(grey: np.ndarray, side: int = 384) -> np.ndarray:
    """The authors' transform, by torchvision, of the page binarised by OpenCV."""
    import cv2
    from PIL import Image
    from torchvision import transforms

    chain = transforms.Compose(
        [
            transforms.Resize(side),
            transforms.CenterCrop(side),
            transforms.ToTensor(),
            transforms.Normalize(0.5, 0.5),
        ]
    )
    _, bilevel = cv2.threshold(grey, 120, 255, cv2.THRESH_BINARY)
    return chain(Image.fromarray(bilevel)).numpy()


@pytest.mark.parametrize(
    ("height", "width"),
    [
        *[(384, 384), (512, 512), (300, 500), (500, 300), (401, 777), (777, 401), (640, 320)],
        *[(16, 17), (40, 1200), (1200, 41), (385, 384), (2900, 1953), (7, 400)],
    ],
)
def test_crop_is_torchvisions_resize_and_centre_crop_to_the_bit(height, width):
    """Enlarged, reduced, portrait, landscape; odd rests and scaled sides that are no integers."""
    grey = np.minimum(
        page(height, width), np.random.default_rng(1).integers(90, 256, (height, width))
    )
    grey = grey.astype(np.uint8)
    assert np.array_equal(REFERENCE(grey), torchvision_reference(grey))
    small = dataclasses.replace(REFERENCE, size_px=65)
    assert np.array_equal(small(grey), torchvision_reference(grey, 65))


@pytest.mark.parametrize("shape", [(3, 2000), (2000, 3)])
def test_a_ribbon_is_cropped_without_being_scaled_as_a_whole(shape):
    grey = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    side = 48
    ours = dataclasses.replace(REFERENCE, size_px=side)(grey)
    assert np.abs(ours - torchvision_reference(grey, side)).max() / 2 <= 1 / 255 + 1e-6


@pytest.mark.realdata
@thinned(8)
def test_crop_equals_torchvision_on_every_real_sheet(shared, every):
    """438 sheets as stored, landscape and small ones too; before the normalisation: <= 1/255."""
    from PIL import Image

    files = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))
    assert len(files) == 438
    worst = 0.0
    for file in files[::every]:
        with Image.open(file) as image:
            grey = np.asarray(image.convert("L"))
        # (x - 0.5) / 0.5 doubles every difference.
        worst = max(worst, float(np.abs(REFERENCE(grey) - torchvision_reference(grey)).max()) / 2)
    assert worst <= 1 / 255
    assert worst == 0


@pytest.mark.parametrize("seed", range(25))
def test_padding_never_cuts_ink(seed):
    """Area averaging keeps the sum of ink; a cut border would lose some of it."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(64, 400, 2)
    grey = page(height, width, seed)
    grey[[0, -1]] = 0
    grey[:, [0, -1]] = 0
    margin = float(rng.uniform(0, 0.25))
    image = dataclasses.replace(PLAIN, margin=margin)(grey)[0]
    inner = max(1, round(64 * (1 - 2 * margin)))
    size = [max(1, round(side * inner / max(height, width))) for side in (height, width)]
    expected = (1 - grey / 255).mean() * size[0] * size[1]
    assert image.sum() == pytest.approx(expected, rel=0.02)
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert [len(rows), len(columns)] == size
    assert abs(rows[0] - (63 - rows[-1])) <= 1
    assert abs(columns[0] - (63 - columns[-1])) <= 1


@pytest.mark.parametrize("seed", range(10))
def test_ink_crop_equals_a_naive_loop(seed):
    rng = np.random.default_rng(seed)
    grey = np.full((40, 50), 255, np.uint8)
    for _ in range(rng.integers(1, 5)):
        grey[rng.integers(40), rng.integers(50)] = rng.integers(0, BLANK_LEVEL)
    grey[rng.integers(40), rng.integers(50)] = 250  # dirt, no ink
    limit = 255 - INK_SHARE * (255 - min(int(value) for value in grey.ravel()))
    inked = [(y, x) for y in range(40) for x in range(50) if grey[y, x] <= limit]
    ys, xs = [y for y, _ in inked], [x for _, x in inked]
    naive = grey[min(ys) : max(ys) + 1, min(xs) : max(xs) + 1]
    assert np.array_equal(crop_to_ink(grey), naive)


def test_a_drawing_looks_the_same_wherever_it_stands_on_the_page():
    drawing = page(200, 160)
    drawing[[0, -1]] = 0
    drawing[:, [0, -1]] = 0
    large = np.full((700, 600), 255, np.uint8)
    large[333:533, 77:237] = drawing
    assert np.array_equal(Preprocess(size_px=64)(drawing), Preprocess(size_px=64)(large))


def test_ink_gain_follows_its_formula():
    grey = page(300, 300)
    plain = PLAIN(grey)[0]
    top = np.quantile([value for value in plain.ravel() if value > 0.04], 0.9)
    gained = dataclasses.replace(PLAIN, ink_gain=0.5)(grey)[0]
    assert gained == pytest.approx(np.minimum(1, plain * 0.5 / top), abs=1e-6)


def test_thin_lines_become_as_visible_as_bold_ones():
    thin, bold = (np.full((640, 640), 255, np.uint8) for _ in range(2))
    thin[320, 20:620] = 0
    bold[310:330, 20:620] = 0
    raw = dataclasses.replace(PLAIN, ink_crop=False)
    gained = dataclasses.replace(raw, ink_gain=1.0)
    assert raw(thin).max() < 0.2
    assert gained(thin).max() == pytest.approx(gained(bold).max()) == pytest.approx(1.0)


def test_binarize_ink_sign_mean_and_std():
    grey = np.full((64, 64), 255, np.uint8)
    grey[10, 10], grey[20, 20], grey[30, 30] = 0, 100, 101
    bilevel = dataclasses.replace(PLAIN, binarize=100)
    assert [bilevel(grey)[0, i, i] for i in (10, 20, 30, 40)] == [1, 1, 0, 0]
    turned = dataclasses.replace(bilevel, ink_positive=False, mean=0.5, std=0.25)
    assert [turned(grey)[0, i, i] for i in (10, 20, 30, 40)] == [-2, -2, 2, 2]
    assert turned(grey).dtype == np.float32


@pytest.mark.parametrize("ink_crop", [True, False])
@pytest.mark.parametrize("level", [255, BLANK_LEVEL + 1])
def test_a_blank_page_is_refused_cropped_or_not(ink_crop, level):
    with pytest.raises(BlankImageError, match="blank"):
        Preprocess(ink_crop=ink_crop)(np.full((30, 20), level, np.uint8))


def test_a_page_blank_after_binarizing_is_refused():
    with pytest.raises(BlankImageError):
        Preprocess(binarize=100)(np.full((30, 20), 120, np.uint8))


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8)],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ImageArrayError, match=r"uint8 array \(H, W\)"):
        Preprocess()(array)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
def test_extreme_shapes_come_through(shape):
    for fit in ("pad", "crop"):
        image = Preprocess(size_px=32, fit=fit)(np.zeros(shape, np.uint8))
        assert image.shape == (1, 32, 32)
        assert image.max() == 1.0


def test_dict_round_trip():
    for options in (Preprocess(), Preprocess(binarize=90, fit="crop", mean=0.4, std=0.2)):
        assert Preprocess.from_dict(options.to_dict()) == options
    assert "binarize" not in Preprocess().to_dict()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size_pix": 3}, "Did you mean 'size_px'"),
        ({"size_px": "224"}, "size_px = '224' should be int"),
        ({"size_px": True}, "should be int"),
        ({"size_px": 8}, "size_px = 8 is out of range"),
        ({"fit": "stretch"}, "fit = 'stretch'"),
        ({"margin": 0.3}, "margin"),
        ({"binarize": 0}, "binarize"),
        ({"ink_gain": float("nan")}, "ink_gain"),
        ({"std": 0.0}, "std"),
    ],
)
def test_faulty_tables_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        Preprocess.from_dict(values)
