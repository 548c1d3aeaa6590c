"""Encoded images of every kind give the upright grey page they were made from."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patentzoo.images import bilevel
from patentzoo.options import ReadOptions
from patentzoo.sources import read_pages


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def grey(data: bytes) -> np.ndarray:
    (page,) = read_pages(data, ReadOptions(figures="whole"))
    return page.grey


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "group4"}),
        ("TIFF", {"compression": "group4", "tiffinfo": {262: 0}}),  # WhiteIsZero
        ("BMP", {}),
        ("PPM", {}),
    ],
)
def test_one_bit_images_come_back_exactly(draw, kind, options):
    bilevel = draw(size=(133, 57)).convert("1")
    expected = np.where(np.asarray(bilevel), 255, 0)
    assert np.array_equal(grey(encode(bilevel, kind, **options)), expected)


def test_white_is_zero_is_what_the_group4_file_says(draw):
    data = encode(draw().convert("1"), "TIFF", compression="group4", tiffinfo={262: 0})
    assert Image.open(io.BytesIO(data)).tag_v2[262] == 0


def test_white_is_zero_at_sixteen_bits_is_turned_around(draw):
    levels = np.asarray(draw()).astype(np.uint16) * 257
    image = Image.fromarray(65535 - levels)
    data = encode(image, "TIFF", tiffinfo={262: 0})
    assert Image.open(io.BytesIO(data)).tag_v2[262] == 0
    assert np.array_equal(grey(data), np.asarray(draw()))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight(kind):
    levels = np.linspace(0, 65535, 48 * 64).reshape(48, 64).astype(np.uint16)
    expected = np.rint(levels / 257)
    assert np.array_equal(grey(encode(Image.fromarray(levels), kind)), expected)


def test_a_palette_is_looked_up(draw):
    image = draw().convert("P", palette=Image.Palette.ADAPTIVE)
    assert np.array_equal(grey(encode(image, "PNG")), np.asarray(image.convert("L")))


def test_a_transparent_palette_colour_is_paper():
    image = Image.new("P", (8, 8), 0)
    image.putpalette([0, 0, 0, 255, 255, 255, 10, 10, 10])
    image.paste(2, (0, 0, 4, 8))
    page = grey(encode(image, "PNG", transparency=0))
    assert (page[:, 4:] == 255).all()
    assert (page[:, :4] == 10).all()


def test_alpha_is_laid_on_white():
    rgba = np.zeros((6, 6, 4), np.uint8)
    rgba[:, 2:4, 3] = 128
    rgba[:, 4:, 3] = 255
    page = grey(encode(Image.fromarray(rgba), "PNG"))
    assert page[0].tolist() == [255, 255, 127, 127, 0, 0]


def test_grey_with_alpha_is_laid_on_white():
    la = np.zeros((4, 4, 2), np.uint8)
    la[:, 2:, 1] = 255
    assert grey(encode(Image.fromarray(la), "PNG"))[0].tolist() == [255, 255, 0, 0]


def test_a_transparent_grey_level_of_a_png_is_paper():
    image = Image.new("L", (4, 2), 7)
    image.putpixel((0, 0), 99)
    page = grey(encode(image, "PNG", transparency=7))
    assert page[0].tolist() == [99, 255, 255, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_exif_orientation_is_undone_once(orientation, kind):
    upright = np.zeros((40, 24), np.uint8)
    upright[:8, :8] = 255
    upright[20:, 16:] = 128
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    options = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif}
    if kind == "JPEG":
        options |= {"quality": 100}
    page = grey(encode(Image.fromarray(np.ascontiguousarray(stored)), kind, **options))
    assert page.shape == upright.shape
    assert np.abs(page.astype(int) - upright).max() <= (3 if kind == "JPEG" else 0)


def test_a_landscape_sheet_of_the_uspto_is_turned_clockwise(draw):
    lying = draw(size=(40, 90)).convert("1")
    for letter, turns in (("L", -1), ("P", 0)):
        info = {270: f"**DRAWING;PG000018;BW;{letter}"}
        data = encode(lying, "TIFF", compression="group4", tiffinfo=info)
        expected = np.rot90(np.where(np.asarray(lying), 255, 0), turns)
        assert np.array_equal(grey(data), expected)


def test_colour_and_cmyk_are_reduced_to_luminance():
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    assert (grey(encode(red, "PNG")) == 76).all()
    assert np.abs(grey(encode(red.convert("CMYK"), "TIFF")).astype(int) - 76).max() <= 1


def test_the_pages_of_a_tiff_get_an_id_each(draw, tmp_path):
    sheets = [draw(seed).convert("1") for seed in range(3)]
    file = tmp_path / "sheets.tif"
    sheets[0].save(file, save_all=True, append_images=sheets[1:], compression="group4")
    pages = read_pages(file)
    assert [page.id for page in pages] == ["sheets.tif", "sheets.tif#2", "sheets.tif#3"]
    assert [page.page for page in pages] == [1, 2, 3]
    for page, sheet in zip(pages, sheets, strict=True):
        assert np.array_equal(page.grey, np.where(np.asarray(sheet), 255, 0))


def test_a_gif_is_its_first_frame(draw):
    frames = [draw(seed).convert("1") for seed in range(3)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.array_equal(grey(data), np.where(np.asarray(frames[0]), 255, 0))


def test_a_pil_image_is_read_as_it_is_and_left_alone(draw):
    image = draw()
    (page,) = read_pages(image)
    assert np.array_equal(page.grey, np.asarray(image))
    page.grey[:] = 0
    assert np.asarray(image).any()


@pytest.mark.realdata
def test_real_sheets_equal_what_pillow_reads(shared: Path):
    files = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))[::60]
    assert files
    for file in files:
        with Image.open(file) as image:
            expected = np.asarray(image.convert("L"))
            turned = image.tag_v2[270].endswith(";L")
        (page,) = read_pages(file, ReadOptions(figures="whole"))
        assert np.array_equal(page.grey, np.rot90(expected, -1) if turned else expected)


def test_a_one_bit_tiff_is_decoded_into_the_array_it_ends_in(draw, monkeypatch):
    """Otherwise three copies of each page would be made without a word."""
    monkeypatch.setattr("patentzoo.images.decode.unpacked", None)
    data = encode(draw(size=(133, 57)).convert("1"), "TIFF", compression="group4")
    page = grey(data)
    assert page.flags.writeable
    assert page.flags.c_contiguous
    assert np.array_equal(page, np.asarray(draw(size=(133, 57)).convert("1").convert("L")))


def test_where_pillow_decodes_elsewhere_the_ordinary_way_gives_the_same(draw, monkeypatch):
    sheets = [draw(n, size=(133, 57)).convert("1") for n in range(3)]
    data = encode(sheets[0], "TIFF", compression="group4", save_all=True, append_images=sheets[1:])
    straight = [page.grey for page in read_pages(data)]

    taken = []
    monkeypatch.setattr(
        "patentzoo.images.decode.unpacked", lambda image: taken.append(1) or bilevel.unpacked(image)
    )
    monkeypatch.setattr("patentzoo.images.decode.decoded_in_place", lambda image: None)
    for page, sheet, expected in zip(read_pages(data), sheets, straight, strict=True):
        assert np.array_equal(page.grey, expected)
        assert np.array_equal(page.grey, np.where(np.asarray(sheet), 255, 0))
    assert len(taken) == 3


def test_a_one_bit_image_of_the_user_is_not_decoded_in_place(draw, tmp_path):
    draw(size=(40, 30)).convert("1").save(tmp_path / "a.tif", compression="group4")
    with Image.open(tmp_path / "a.tif") as image:
        (page,) = read_pages(image)
        page.grey[:] = 7
        assert np.array_equal(np.asarray(image), np.asarray(draw(size=(40, 30)).convert("1")))
