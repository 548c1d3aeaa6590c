"""photos="lines": photographs become line art before they are reduced to grey; drawings do not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from sheets import encoded, pdf, sheet
from stub import Stub

from patentzoo.embedding import embed
from patentzoo.errors import ConfigError
from patentzoo.images.line_art import line_art
from patentzoo.index import build_index, load_index, search
from patentzoo.options import ReadOptions
from patentzoo.sources import read_pages

LINES = ReadOptions(photos="lines")


@pytest.fixture
def photo() -> np.ndarray:
    """A red disc on green of one brightness: greys show nothing of it. uint8 (90, 120, 3)."""
    picture = np.full((90, 120, 3), (60, 132, 60), np.uint8)
    y, x = np.mgrid[:90, :120]
    picture[(y - 45) ** 2 + (x - 60) ** 2 < 900] = (200, 60, 60)
    return picture


def jpeg(picture: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=90, **options)
    return stream.getvalue()


def grey(image: object, options: ReadOptions = LINES) -> np.ndarray:
    (page,) = read_pages(image, options)
    return page.grey


def test_the_colours_are_drawn_not_their_greys(photo):
    drawn = line_art(photo)
    assert 0.005 < (drawn == 0).mean() < 0.2
    assert np.array_equal(grey(photo), drawn)
    assert np.array_equal(grey(Image.fromarray(photo)), drawn)
    data = jpeg(photo)
    decoded = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(grey(data), line_art(decoded))
    flat = grey(photo, ReadOptions())
    assert np.ptp(flat) <= 3


def test_alpha_is_laid_on_white_first(photo):
    alpha = np.zeros((90, 120), np.uint8)
    alpha[20:70, 30:90] = 255
    on_white = np.where(alpha[..., None] == 255, photo, 255).astype(np.uint8)
    with_alpha = np.dstack([photo, alpha])
    assert np.array_equal(grey(with_alpha), line_art(on_white))
    assert np.array_equal(grey(Image.fromarray(with_alpha, "RGBA")), line_art(on_white))
    palette = Image.fromarray(photo).convert("P", palette=Image.Palette.ADAPTIVE)
    assert np.array_equal(grey(palette), line_art(np.asarray(palette.convert("RGB"))))


def test_greys_are_drawn_too(photo):
    plane = photo[:, :, 0] + np.arange(120, dtype=np.uint8) // 3
    assert np.array_equal(grey(plane), line_art(plane))
    assert np.array_equal(grey(Image.fromarray(plane)), line_art(plane))
    deep = Image.fromarray(plane.astype(np.uint16) * 257)
    assert np.array_equal(grey(deep), line_art(plane))


def test_a_photograph_is_turned_upright_first(photo):
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise
    turned = grey(jpeg(photo, exif=exif))
    assert turned.shape == (120, 90)
    decoded = np.asarray(Image.open(io.BytesIO(jpeg(photo))))
    assert np.array_equal(turned, line_art(np.rot90(decoded, -1).copy()))


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "two greys", "array", "pdf"])
def test_drawings_stay_as_they_are(kind):
    drawing = sheet(1, (300, 400)).convert("1")
    image: object = encoded(drawing, kind) if kind in ("TIFF", "PNG") else drawing
    if kind == "two greys":
        image = drawing.convert("L").point(lambda level: 40 if level == 0 else 200)
    elif kind == "array":
        image = np.asarray(drawing)
    elif kind == "pdf":
        image = pdf([sheet(1, (300, 400))])
    assert np.array_equal(grey(image), grey(image, ReadOptions()))


def test_another_word_is_refused_with_the_near_miss():
    with pytest.raises(ConfigError, match=r"photos = 'line'\. Did you mean 'lines'"):
        ReadOptions(photos="line")


@pytest.fixture
def photos(tmp_path, photo):
    """Three photographs in a folder."""
    root = tmp_path / "photos"
    root.mkdir()
    for n in range(3):
        (root / f"{n}.jpg").write_bytes(jpeg(np.roll(photo, 11 * n, axis=1)))
    return root


def test_the_index_keeps_it_for_what_is_added_and_asked(photos, photo, tmp_path):
    model = Stub()
    made = {
        each: build_index(model, photos, path=tmp_path / each, photos=each)
        for each in ("grey", "lines")
    }
    for each, index in made.items():
        assert (index.photos, load_index(index.path).photos) == (each, each)
        expected = embed(model, photos, photos=each).vectors
        assert np.array_equal(index.vectors, expected)
        assert search(index, photos / "1.jpg", k=1)[0].score == pytest.approx(1, abs=1e-6)
        index.add([("more.jpg", jpeg(photo[::-1].copy()))])
        one = embed(model, jpeg(photo[::-1].copy()), photos=each).vectors
        assert np.array_equal(index.vectors[-1:], one)
    assert not np.array_equal(made["grey"].vectors, made["lines"].vectors)
    crossed = search(made["lines"], photos / "1.jpg", k=1, photos="grey")
    assert crossed[0].score < 0.999
    made["lines"].add([("grey.jpg", jpeg(photo))], photos="grey")
    assert np.array_equal(
        made["lines"].vectors[-1:], embed(model, jpeg(photo), photos="grey").vectors
    )
    assert made["lines"].photos == "lines"
    made["lines"].save(tmp_path / "copy")
    assert load_index(tmp_path / "copy").photos == "lines"


def test_a_run_that_goes_on_another_way_begins_anew(photos, tmp_path):
    class Interrupted(Stub):
        passes = 0

        def encode(self, batch):
            self.passes += 1
            if self.passes == 2:
                raise KeyboardInterrupt
            return super().encode(batch)

    for first, second, kept in (("grey", "grey", 1), ("grey", "lines", 0)):
        path = tmp_path / f"{first}-{second}"
        with pytest.raises(KeyboardInterrupt):
            build_index(Interrupted(), photos, path=path, batch_size=1, photos=first)
        counting = Interrupted()
        counting.passes = 2
        index = build_index(counting, photos, path=path, batch_size=1, photos=second)
        assert counting.passes == 2 + 3 - kept
        assert np.array_equal(index.vectors, embed(Stub(), photos, photos=second).vectors)


def test_an_index_from_before_the_option_is_grey(photos, tmp_path):
    import sqlite3

    from patentzoo.index.storage import schema

    build_index(Stub(), photos, path=tmp_path / "index")
    with sqlite3.connect(tmp_path / "index" / "catalogue.sqlite", isolation_level=None) as old:
        old.execute("DELETE FROM meta WHERE key = 'photos'")
        schema.write_checksum(old)
    old.close()
    assert load_index(tmp_path / "index").photos == "grey"
