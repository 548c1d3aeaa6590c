"""TIFFs of unusual pixels: read rightly, or refused by name; never read wrongly."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from sheets import sheet

from patentzoo.errors import ImageArrayError, ImageDecodeError
from patentzoo.sources import read_pages

LEVELS = np.asarray(sheet(1, (120, 160))).astype(np.int64)


def tiff(pixels: np.ndarray, kind: int = 1, compression: int = 1) -> bytes:
    """One grey page, black is zero, in one strip; little-endian, as TIFF 6.0 writes it."""
    height, width = pixels.shape
    data = pixels.tobytes()
    entries = [
        (256, 4, width), (257, 4, height), (258, 3, 8 * pixels.itemsize), (259, 3, compression),
        (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, len(data)),
        (339, 3, kind),
    ]  # fmt: skip
    made = b"II" + struct.pack("<HI", 42, 8 + len(data)) + data + struct.pack("<H", len(entries))
    for tag, form, value in entries:
        made += struct.pack("<HHII", tag, form, 1, value)
    return made + struct.pack("<I", 0)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_fewer_bits_in_sixteen_are_read_as_what_they_are(bits):
    pixels = (LEVELS * (2**bits - 1) // 255).astype("<u2")
    (page,) = read_pages(tiff(pixels))
    assert np.abs(page.grey - LEVELS).max() <= 1
    (page,) = read_pages([pixels.astype(np.uint16)])
    assert np.abs(page.grey - LEVELS).max() <= 1


def test_sixteen_bits_that_reach_no_white_are_refused():
    dark = (LEVELS * 3000 // 255).astype("<u2")
    with pytest.raises(ImageDecodeError, match=r"reach only 3,000 of 65,535"):
        read_pages(tiff(dark))
    with pytest.raises(ImageArrayError, match=r"reach only 3,000 of 65,535"):
        read_pages([dark.astype(np.uint16)])


@pytest.mark.parametrize(
    ("pixels", "kind", "named"),
    [
        ((LEVELS // 2).astype("<i1"), 2, "signed 8-bit"),
        ((LEVELS * 128).astype("<i2"), 2, "signed 16-bit"),
        (LEVELS.astype("<u4"), 1, "unsigned 32-bit"),
        ((LEVELS * 16843009).astype("<u4"), 1, "unsigned 32-bit"),
        (LEVELS.astype("<f4"), 3, "reach from 0 to 255, not 0 to 1"),
        ((LEVELS / 255).astype("<f2"), 3, "kind of pixels is not read"),
        (LEVELS.astype("<i4") - 1, 2, "reach from -1 to 254"),
    ],
)
def test_other_numbers_are_refused_by_name(pixels, kind, named):
    with pytest.raises(ImageDecodeError, match=named) as caught:
        read_pages([("a.tif", tiff(pixels, kind))])
    assert str(caught.value).startswith("a.tif: cannot be decoded: ")
    assert "damaged" not in str(caught.value)


def test_floats_up_to_one_and_signed_numbers_of_32_bits_are_read():
    for pixels, kind in (((LEVELS / 255).astype("<f4"), 3), ((LEVELS * 257).astype("<i4"), 2)):
        (page,) = read_pages(tiff(pixels, kind))
        assert np.abs(page.grey - LEVELS).max() <= 1


@pytest.mark.parametrize(
    ("number", "name"),
    [(6, "old-style JPEG"), (34661, "JBIG"), (34712, "JPEG 2000"), (4711, "an unknown one")],
)
def test_a_compression_that_is_not_read_is_named(number, name):
    with pytest.raises(ImageDecodeError, match=rf"compression, {name} \({number}\), is not read"):
        read_pages(tiff(LEVELS.astype("<u1"), compression=number))


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("paper", [200, 235])
def test_grey_paper_of_fewer_bits_in_sixteen_is_read_as_what_it_is(bits, paper):
    levels = LEVELS * paper // 255
    pixels = (levels * (2**bits - 1) // 255).astype("<u2")
    for source in (tiff(pixels), [pixels.astype(np.uint16)]):
        (page,) = read_pages(source)
        assert np.abs(page.grey - levels).max() <= 1
