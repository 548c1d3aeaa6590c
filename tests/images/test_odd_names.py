"""Names that are numbers, too long for the system, or in an encoding that nothing tells."""

from __future__ import annotations

import base64
import io
import tarfile
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
        with pytest.raises(ImageError, match="tuple is no image") as caught:
            source.read()
        told = f"the id, text or an integer, not {type(other).__name__}."
        assert str(caught.value).endswith(told)


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


def test_a_name_with_a_zero_character_is_one_failure(model):
    with pytest.raises(ImageNotFoundError, match="zero character"):
        pz.embed(model, "a\0b.png")
    for image in ("a\0b.png", ("mine", "a\0b.png")):
        found = pz.embed(model, [image, PICTURE], on_error="skip")
        assert (len(found), len(found.failures)) == (1, 1)
        assert "zero character" in str(found.failures[0])


def test_the_error_of_a_name_that_is_no_unicode_can_be_printed(model):
    with pytest.raises(ImageNotFoundError, match="no such file") as caught:
        pz.embed(model, "\udce9.png")
    assert str(caught.value).encode().startswith(b"\\xe9.png")


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
        ("椅子/主视图.png", "gbk"),
        ("USD0900001 附图/图1.png", "gb18030"),
        ("設計專利 許功蓋/正面圖.png", "big5"),  # three backslashes
        ("의자/정면도.png", "euc-kr"),
    ],
)
def test_names_in_zips_are_read_in_their_encoding(tmp_path, name, encoding):
    archive = tmp_path / "s.zip"
    archive.write_bytes(packed(name.encode(encoding)))
    (source,) = iter_sources(archive)
    assert source.id == name
    (page,) = source.read()
    folder = name.rpartition("/")[0]
    patent = "USD0900001" if folder.startswith("USD0900001 ") else folder
    assert page.patent == (patent or None)  # and never a piece of the file's name


NAMES = {
    "cp932": ["図面/椅子の表.png", "照明器具.png", "ソファー/図1.png"],
    "gb18030": ["椅子/主视图.png", "椅子/俯视图.png", "灯具1.png", "沙发/a.png"],
    "big5": ["圖式/桌子.png", "燈具/立體圖.png", "功能/圖1.png", "許功蓋.png"],
    "euc-kr": ["도면/책상.png", "디자인/사시도.png", "램프.png"],
}


def zip_of(names: list[bytes]) -> bytes:
    """A zip with these names and no flag for UTF-8."""
    stream = io.BytesIO()
    given = [b"%03d" % i + b"x" * (len(name) - 3) for i, name in enumerate(names)]
    with zipfile.ZipFile(stream, "w") as archive:
        for name in given:
            archive.writestr(name.decode(), PICTURE)
    data = stream.getvalue()
    for before, after in zip(given, names, strict=True):
        data = data.replace(before, after)
    return data


def tar_of(files: dict[bytes, bytes], mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("form", ["s.zip", "s.tar", "s.tar.gz", "zip in a tar"])
def test_archives_tell_the_encoding_of_their_names(tmp_path, encoding, form):
    stored = [name.encode(encoding) for name in NAMES[encoding]]
    archive = tmp_path / (form if "." in form else "w.tar")
    files = dict.fromkeys(stored, PICTURE) if "." in form else {b"s.zip": zip_of(stored)}
    whole = tar_of(files, "w:gz" if form.endswith("gz") else "w")
    archive.write_bytes(zip_of(stored) if form == "s.zip" else whole)
    found = {source.id.removeprefix("s/"): source for source in iter_sources(archive)}
    assert set(found) == set(NAMES[encoding])
    for name, source in found.items():
        (page,) = source.read()
        assert page.patent in (name.rpartition("/")[0] or None, "s")


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("стул/вид.png".encode("cp1251"), "\\xf1\\xf2\\xf3\\xeb/\\xe2\\xe8\\xe4.png"),
        (b"\xff\xfe/a.png", "\\xff\\xfe/a.png"),
        (b"\xff\\x\xfe.png", "\\xff_x\\xfe.png"),  # perhaps half of a character
    ],
)
@pytest.mark.parametrize("form", ["zip", "tar"])
def test_what_is_in_no_known_encoding_is_marked(tmp_path, stored, name, form):
    archive = tmp_path / f"s.{form}"
    archive.write_bytes(zip_of([stored]) if form == "zip" else tar_of({stored: PICTURE}, "w"))
    (source,) = iter_sources(archive)
    assert source.id == name
    (page,) = source.read()
    assert page.patent == (name.rpartition("/")[0] or None)
