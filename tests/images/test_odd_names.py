"""Names that are numbers, too long for the system, or in an encoding that nothing tells."""

from __future__ import annotations

import base64
import io
import zipfile

import numpy as np
import pytest
from sheets import encoded, sheet

import patentzoo as pz
from patentzoo.errors import ImageError, ImageNotFoundError
from patentzoo.sources import iter_sources

PICTURE = encoded(sheet(1, (60, 80)), "PNG")


def test_integers_are_ids():
    pairs = [(7, PICTURE), (np.int64(8), PICTURE), ("9", PICTURE)]
    assert [source.id for source in iter_sources(pairs)] == ["7", "8", "9"]
    for other in (None, True, 1.5):
        (source,) = iter_sources([(other, PICTURE)])
        with pytest.raises(ImageError, match="tuple is no image"):
            source.read()


LONG = base64.b64encode(PICTURE * 20).decode()


def test_a_picture_in_base64_is_no_path(model):
    with pytest.raises(ImageNotFoundError, match="base64") as caught:
        pz.embed(model, LONG)
    assert len(str(caught.value)) < 300
    for images in ([LONG], [("mine", LONG)], [LONG + ".zip"], [f"{LONG}/a.png"]):
        with pytest.raises(ImageError):
            pz.embed(model, images)
        found = pz.embed(model, [*images, PICTURE], on_error="skip")
        assert (len(found), len(found.failures)) == (1, 1)


def test_a_search_for_it_is_refused_in_words(model, run, tmp_path, draw):
    draw().save(tmp_path / "a.png")
    index = pz.build_index(model, tmp_path / "a.png", path=tmp_path / "i")
    with pytest.raises(ImageNotFoundError, match="base64"):
        pz.search(index, LONG)
    code, _, error = run("search", tmp_path / "i", LONG)
    assert code == 1
    assert error.startswith("Error: ")


def packed(name: bytes) -> bytes:
    """A zip with a name in these bytes and no flag for UTF-8."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x" * len(name), PICTURE)
    return stream.getvalue().replace(b"x" * len(name), name)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("図面/椅子の表.png", "cp932"),  # the second byte of 表 is a backslash
        ("ソファー能.png", "cp932"),
        ("ｲｽ.png", "cp932"),
        ("図面/椅子.png", "utf-8"),
        ("Möbel.png", "utf-8"),
        ("Möbel/été.png", "cp437"),
        ("Größe_1.png", "cp437"),
        ("plain/a.png", "ascii"),
    ],
)
def test_names_in_zips_are_read_in_their_encoding(tmp_path, name, encoding):
    archive = tmp_path / "s.zip"
    archive.write_bytes(packed(name.encode(encoding)))
    (source,) = iter_sources(archive)
    assert source.id == name
    (page,) = source.read()
    folder = name.rpartition("/")[0]
    assert page.patent == (folder or None)  # and never a piece of the file's name
