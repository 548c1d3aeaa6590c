"""Encoded images that are absent, broken, cut off or too large are refused by name."""

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
from patentzoo.options import ReadOptions
from patentzoo.sources import read_pages


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def grey(data: bytes) -> np.ndarray:
    (page,) = read_pages(data)
    return page.grey


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
