"""Encoded images of every kind give the upright grey page they were made from."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patentzoo.errors import ImageDecodeError, ImageNotFoundError
from patentzoo.images import ReadOptions, read_pages


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def grey(data: bytes) -> np.ndarray:
    (page,) = read_pages(data)
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


def test_missing_files_are_told_from_unreadable_ones(tmp_path):
    with pytest.raises(ImageNotFoundError, match=r"absent.png: no such file"):
        read_pages(tmp_path / "absent.png")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is no picture at all")
    with pytest.raises(ImageDecodeError, match=r"broken.png: not an image"):
        read_pages(broken)


def test_an_empty_file_is_named(tmp_path):
    file = tmp_path / "empty.tif"
    file.touch()
    with pytest.raises(ImageDecodeError, match=r"empty.tif: the file is empty \(0 bytes\)"):
        read_pages(file)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_a_file_cut_in_half_is_refused(draw, kind, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    data = encode(Image.fromarray(noise), kind)
    file = tmp_path / "cut"
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageDecodeError, match="cut"):
        read_pages(file)


@pytest.mark.filterwarnings("ignore")  # as in an application: Pillow only warns
def test_a_group4_sheet_that_is_cut_off_is_refused(draw):
    data = encode(draw(size=(400, 400)).convert("1"), "TIFF", compression="group4")
    assert len(read_pages(data)) == 1
    for keep in (4, 20, len(data) // 2, len(data) - 4, len(data) - 1):
        with pytest.raises(ImageDecodeError, match="cut off"):
            read_pages(data[:keep])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_of_many_strips_is_read_whole_or_not_at_all(big):
    noise = np.random.default_rng(0).integers(0, 255, (300, 400), dtype=np.uint8)
    data = encode(Image.fromarray(noise), "TIFF", tiffinfo={278: 10}, big_tiff=big)
    assert np.array_equal(grey(data), noise)
    with pytest.raises(ImageDecodeError, match="1 bytes are missing"):
        read_pages(data[:-1])


def test_a_tiff_whose_pages_run_in_a_circle_has_an_end(draw):
    data = encode(draw(size=(40, 40)).convert("1"), "TIFF", compression="group4")
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    following = start + 2 + 12 * entries
    circle = data[:following] + struct.pack("<I", start) + data[following + 4 :]
    with pytest.raises(ImageDecodeError, match="run in a circle"):
        read_pages(circle)


def test_a_group4_sheet_without_its_length_is_refused_as_it_could_be_cut_off(draw):
    data = encode(draw(size=(400, 400)).convert("1"), "TIFF", compression="group4")
    count = data.index(struct.pack("<H", 279))
    without = data[:count] + struct.pack("<H", 311) + data[count + 2 :]
    with pytest.raises(ImageDecodeError, match="does not say how long"):
        read_pages(without)


def huge_png(side: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + chunk(b"IEND", b"")
    )


def huge_tiff(side: int) -> bytes:
    """One strip of Group 4 data that claims to be side x side pixels."""
    tags = [
        (256, side),
        (257, side),
        (258, 1),
        (259, 4),
        (262, 0),
        (273, 8),
        (278, side),
        (279, 16),
    ]
    body = b"II*\0" + struct.pack("<I", 24) + b"\0" * 16 + struct.pack("<H", len(tags))
    body += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return body + b"\0\0\0\0"


@pytest.mark.parametrize("make", [huge_png, huge_tiff])
def test_sixty_thousand_square_pixels_are_refused_at_once(make):
    data = make(60_000)
    read_pages(Image.new("L", (2, 2)))  # Pillow's readers are imported at the first use
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(ImageDecodeError, match=r"60000 x 60000 .* max_pixels=3600000000"):
        read_pages(data)
    assert time.perf_counter() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_the_limit_on_pixels_is_an_option(draw, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow's own limit has no say
    data = encode(draw(size=(60, 40)), "PNG")
    assert grey(data).shape == (40, 60)
    with pytest.raises(ImageDecodeError, match="max_pixels=2400"):
        read_pages(data, ReadOptions(max_pixels=2399))
    with pytest.raises(ImageDecodeError, match="max_pixels=2400"):
        read_pages(draw(size=(60, 40)), ReadOptions(max_pixels=2399))


def test_a_folder_given_as_a_file_of_a_pair_is_named(tmp_path: Path):
    with pytest.raises(ImageNotFoundError, match="cannot be opened"):
        read_pages([("a", tmp_path)])


@pytest.mark.realdata
def test_real_sheets_equal_what_pillow_reads(shared: Path):
    files = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))[::60]
    assert files
    for file in files:
        with Image.open(file) as image:
            expected = np.asarray(image.convert("L"))
            turned = image.tag_v2[270].endswith(";L")
        (page,) = read_pages(file)
        assert np.array_equal(page.grey, np.rot90(expected, -1) if turned else expected)
