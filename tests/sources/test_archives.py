"""Archives against the same files in a folder; names, links, limits and bombs."""

from __future__ import annotations

import io
import itertools
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sheets import encoded, grant_archive, grant_files, lay, sheet, tarred, zipped

from patentzoo.errors import ImageDecodeError, ImageError
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, read_pages

WHOLE = ReadOptions(figures="whole")


@pytest.fixture
def files() -> dict[str, bytes]:
    names = ("b/fig10.png", "b/fig2.png", "a.png", "chair-20210105/c.tif")
    return {name: encoded(sheet(n, (60, 80)), "PNG") for n, name in enumerate(names)}


def outcomes(path: Path, options: ReadOptions = WHOLE) -> dict[str, object]:
    found = [pair for source in iter_sources(path, options) for pair in source.outcomes()]
    assert len(dict(found)) == len(found)
    return dict(found)


PACKERS = {
    "s.zip": zipped,
    "s.tar": tarred,
    "s.tar.gz": lambda files: tarred(files, "w:gz"),
    "s.tar.bz2": lambda files: tarred(files, "w:bz2"),
    "s.tar.xz": lambda files: tarred(files, "w:xz"),
}


@pytest.mark.parametrize("name", PACKERS)
def test_an_archive_is_read_as_the_folder_it_holds(tmp_path, files, name):
    folder = read_pages(lay(tmp_path / "folder", files), WHOLE)
    archive = tmp_path / name
    archive.write_bytes(PACKERS[name]({**files, "notes.txt": b"no picture"}))
    pages = read_pages(archive, WHOLE)
    if name.startswith("s.tar."):  # packed: in stored order
        assert [page.id for page in pages] == list(files)
        pages.sort(key=lambda page: [each.id for each in folder].index(page.id))
    assert [page.id for page in pages] == [page.id for page in folder]
    assert [page.patent for page in pages] == [page.patent for page in folder]
    for page, same in zip(pages, folder, strict=True):
        assert np.array_equal(page.grey, same.grey)
        assert page.path == f"{archive}/{page.id}"
    assert {path.name for path in tmp_path.iterdir()} == {"folder", name}


def test_hashes_are_those_of_the_files(tmp_path, files):
    folder = {s.id: s.content_hash() for s in iter_sources(lay(tmp_path / "folder", files))}
    for name, pack in PACKERS.items():
        archive = tmp_path / name
        archive.write_bytes(pack(files))
        found = list(iter_sources(archive))
        assert {source.id: source.content_hash() for source in found} == folder
        assert {source.id: source.size_bytes() for source in found} == {
            file: len(data) for file, data in files.items()
        }


def test_an_archive_in_a_folder_is_a_folder(tmp_path, files):
    root = lay(tmp_path / "root", {"x/s.zip": zipped(files), "y.png": files["a.png"]})
    assert list(outcomes(root)) == [
        "x/s/a.png",
        "x/s/b/fig2.png",
        "x/s/b/fig10.png",
        "x/s/chair-20210105/c.tif",
        "y.png",
    ]


def test_a_grant_archive_is_read_as_its_unpacked_tree(tmp_path):
    archive = tmp_path / "I20210105.tar"
    archive.write_bytes(grant_archive())
    pages = read_pages(archive, WHOLE)
    tree = {}
    for patent in ("D0907292", "D0907293"):
        name, files = grant_files(patent)
        tree |= {f"DESIGN/{name}/{file}": data for file, data in files.items()}
    expected = read_pages(lay(tmp_path / "I20210105", tree), WHOLE)
    assert len(pages) == 6
    for page, same in zip(pages, expected, strict=True):
        assert (page.id, page.patent, page.metadata) == (same.id, same.patent, same.metadata)
        assert np.array_equal(page.grey, same.grey)
    assert pages[1].id == "DESIGN/USD0907292-20210105/USD0907292-20210105-D00001.TIF"
    assert pages[1].metadata["title"] == "Chair & table"
    assert pages[0].metadata["gazette"] is True
    single = tmp_path / "USD0907292-20210105.zip"
    name, files = grant_files("D0907292")
    single.write_bytes(zipped({f"{name}/{file}": data for file, data in files.items()}))
    assert [page.id for page in read_pages(single, WHOLE)] == [
        f"USD0907292-20210105-D0000{n}.TIF" for n in range(3)
    ]


def test_sheets_of_a_grant_are_split_and_get_their_view(tmp_path):
    archive = tmp_path / "I20210105.tar"
    archive.write_bytes(grant_archive(["D0907292"]))
    sheets = [source for source in iter_sources(archive) if source.id.endswith("D00001.TIF")]
    (page,) = sheets[0].read()
    assert page.metadata["sheet"] == sheets[0].id
    assert "views" not in page.metadata
    if page.metadata.get("label") == "FIG. 1":  # where the label is read, the view is named
        assert page.metadata["view"] == "front perspective view"


def test_a_sheet_the_xml_calls_landscape_is_turned_unless_the_tiff_says_otherwise(tmp_path):
    name, files = grant_files("D0907292", landscape=[1, 2])
    files[f"{name}-D00001.TIF"] = encoded(sheet(1, (300, 400)), tiffinfo={262: 0})
    root = lay(tmp_path / "root", {f"{name}/{file}": data for file, data in files.items()})
    shapes = [page.grey.shape for page in read_pages(root, WHOLE)]
    assert shapes == [(400, 300), (300, 400), (400, 300)]


def links(kind: bytes, name: str, target: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
        good = encoded(sheet(1, (60, 80)), "PNG")
        info = tarfile.TarInfo("good.png")
        info.size = len(good)
        archive.addfile(info, io.BytesIO(good))
    return stream.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_pipes_are_not_followed(tmp_path, kind):
    secret = tmp_path / "secret.png"
    sheet(2, (60, 80)).save(secret)
    archive = tmp_path / "s.tar"
    archive.write_bytes(links(kind, "bad.png", str(secret)))
    found = outcomes(archive)
    assert list(found) == ["bad.png", "good.png"]
    assert "only plain files" in str(found["bad.png"])
    assert not isinstance(found["good.png"], ImageError)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_that_point_out_are_refused_and_absolute_ones_are_cut(tmp_path, pack, files):
    picture = files["a.png"]
    archive = lay(
        tmp_path,
        {"in/s.zip": pack({"../up.png": picture, "/abs.png": picture, "a/../../b.png": picture})},
    )
    found = outcomes(archive / "in" / "s.zip")
    assert list(found) == ["../up.png", "a/../../b.png", "abs.png"]
    assert "points out of the archive" in str(found["../up.png"])
    assert isinstance(found["a/../../b.png"], ImageDecodeError)
    assert not isinstance(found["abs.png"], ImageError)
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "s.zip"]


def test_a_bad_member_shifts_none_of_its_neighbours(tmp_path, files):
    good = read_pages(lay(tmp_path / "folder", files), WHOLE)
    archive = tmp_path / "s.zip"
    archive.write_bytes(zipped({**files, "b/fig3.png": b"no picture", "b/e.png": b""}))
    found = outcomes(archive)
    assert isinstance(found.pop("b/fig3.png"), ImageDecodeError)
    assert isinstance(found.pop("b/e.png"), ImageDecodeError)
    assert [page.id for page in good] == list(found)
    for page in good:
        assert np.array_equal(page.grey, found[page.id].grey)


@pytest.mark.parametrize("name", ["s.tar", "s.tar.gz"])
def test_a_tar_cut_off_gives_what_came_before(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (4, 90, 90), dtype=np.uint8)
    from PIL import Image

    files = {f"{n}.png": encoded(Image.fromarray(noise[n]), "PNG") for n in range(4)}
    data = PACKERS[name](files)
    archive = tmp_path / name
    archive.write_bytes(data[: len(data) * 6 // 10])
    found = outcomes(archive)
    assert {"0.png", "1.png"} <= set(found)
    assert "3.png" not in found
    broken = [each for each in found.values() if isinstance(each, ImageError)]
    assert broken
    assert all(str(archive) in str(each) for each in broken)


def test_a_zip_without_its_directory_is_one_failure(tmp_path, files):
    archive = tmp_path / "s.zip"
    archive.write_bytes(zipped(files)[:-30])
    found = outcomes(archive)
    assert list(found) == ["s.zip"]
    assert "damaged or cut off" in str(found["s.zip"])


def test_a_picture_under_an_archives_name_is_read(tmp_path, files):
    file = tmp_path / "picture.zip"
    file.write_bytes(files["a.png"])
    assert [page.id for page in read_pages(file)] == ["picture.zip"]


def test_an_archive_without_images_says_so(tmp_path):
    archive = tmp_path / "s.zip"
    archive.write_bytes(zipped({"notes.txt": b"x"}))
    assert "holds no images" in str(outcomes(archive)["s.zip"])


def nested(depth: int, inner: dict[str, bytes]) -> bytes:
    data = zipped(inner)
    for pack in itertools.islice(itertools.cycle([tarred, zipped]), depth - 1):
        data = pack({"in.zip": data})
    return data


def test_archives_in_archives_have_a_depth(tmp_path, files):
    archive = tmp_path / "s.zip"
    archive.write_bytes(nested(3, {"a.png": files["a.png"]}))
    assert list(outcomes(archive)) == ["in/in/a.png"]
    archive.write_bytes(nested(4, {"a.png": files["a.png"]}))
    (error,) = outcomes(archive).values()
    assert "deeper than max_nesting = 3" in str(error)
    deeper = ReadOptions(figures="whole", max_nesting=4)
    assert not isinstance(next(iter(outcomes(archive, deeper).values())), ImageError)


@pytest.mark.parametrize("name", ["s.zip", "s.tar", "s.tar.gz"])
def test_bombs_are_refused_by_size_ratio_and_number(tmp_path, files, name):
    archive = tmp_path / name
    zeros = bytes(3_000_000)
    archive.write_bytes(PACKERS[name]({"a.png": files["a.png"], "bomb.png": zeros}))
    found = outcomes(archive, ReadOptions(max_bytes=2_000_000))
    assert "max_bytes = 2,000,000" in str(found["bomb.png"])
    assert not isinstance(found["a.png"], ImageError)
    if name != "s.tar":
        found = outcomes(archive, ReadOptions(max_ratio=2))
        assert any("max_ratio" in str(each) for each in found.values())
    found = outcomes(archive, ReadOptions(max_members=1))
    assert any("max_members = 1" in str(each) for each in found.values())


def test_a_tar_header_that_claims_gigabytes_is_not_believed(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1 << 33
    header = info.tobuf(tarfile.GNU_FORMAT)
    for name in ("s.tar", "s.tar.gz"):
        import gzip

        data = header + bytes(2048)
        archive = tmp_path / name
        archive.write_bytes(data if name == "s.tar" else gzip.compress(data))
        (error,) = outcomes(archive).values()
        assert "claims" in str(error)


def test_an_encrypted_member_is_named(tmp_path, files):
    data = bytearray(zipped({"a.png": files["a.png"]}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    archive = tmp_path / "s.zip"
    archive.write_bytes(data)
    assert "encrypted" in str(outcomes(archive)["a.png"])


def test_few_zips_of_an_archive_are_open_at_a_time(tmp_path, files):
    archive = tmp_path / "s.tar"
    archive.write_bytes(tarred({f"{n}.zip": zipped(files) for n in range(40)}))
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else None
    sources = list(iter_sources(archive, WHOLE))
    assert len(sources) == 160
    assert all(len(source.read()) == 1 for source in sources[::7])
    if before is not None:
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 5
