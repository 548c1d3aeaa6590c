"""Drawings in object stores: fsspec's own store in memory, and S3 from a server of our own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pytest

import patentzoo as pz
from patentzoo.errors import ConfigError, ImageDecodeError, ImageNotFoundError, MissingExtraError
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, read_pages

ALLOWED = ReadOptions(allow_urls=True)
NAMES = ("USD0900001-D2.png", "USD0900001-D10.png", "b/USD0900002-D1.png", "b/c d.png")


@pytest.fixture
def local(tmp_path: Path, draw) -> Path:
    """The drawings in a folder, which is what the store is compared with."""
    for number, name in enumerate(NAMES):
        file = tmp_path / "here" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        draw(number).save(file)
    return tmp_path / "here"


@pytest.fixture
def store(local: Path) -> Iterator[str]:
    """The same in a store in memory."""
    address = f"memory://{uuid.uuid4().hex}"
    system, root = fsspec.core.url_to_fs(address)
    system.put(f"{local}/", f"{root}/", recursive=True)
    system.pipe(f"{root}/notes.txt", b"no drawing")
    yield address
    system.rm(root, recursive=True)


def same_as_in(local: Path, address: str, model, wanted: int = len(NAMES)) -> pz.Index:
    here = pz.build_index(model, local)
    there = pz.build_index(model, address, allow_urls=True)
    assert there.ids == here.ids
    assert len(there) == wanted
    np.testing.assert_array_equal(there.vectors, here.vectors)
    assert [there[name].patent for name in there.ids] == [here[name].patent for name in here.ids]
    return there


def test_a_folder_there_is_as_a_folder_here(local, store, model):
    index = same_as_in(local, store, model)
    assert index[NAMES[0]].path == f"{store.replace('//', '///')}/{NAMES[0]}"
    assert index.add(store, allow_urls=True).replaced == 0
    assert np.array_equal(
        index[NAMES[3]].image(allow_urls=True), read_pages(local / NAMES[3])[0].grey
    )


@pytest.mark.parametrize(
    ("below", "ids"),
    [
        ("/b", ["c d.png", "USD0900002-D1.png"]),
        ("/b/", ["c d.png", "USD0900002-D1.png"]),
        ("/*.png", ["USD0900001-D2.png", "USD0900001-D10.png"]),
        ("/b/c*", ["c d.png"]),
        ("/b/c d.png", ["c d.png"]),
    ],
)
def test_a_folder_a_glob_and_an_object(store, below, ids):
    assert [each.id for each in iter_sources(store + below, ALLOWED)] == ids


def test_addresses_in_pairs_lists_and_tables(local, store, tmp_path):
    wanted = read_pages(local / NAMES[0])[0].grey
    table = tmp_path / "t.csv"
    table.write_text(f"file,title\n{store}/{NAMES[0]},Jar\n", encoding="utf-8")
    for given in ([("x", f"{store}/{NAMES[0]}")], [f"{store}/{NAMES[0]}"], table):
        (source,) = iter_sources(given, ALLOWED)
        assert np.array_equal(source.read()[0].grey, wanted)
    assert source.known_label().metadata == {"title": "Jar"}


def test_nothing_is_fetched_unless_allowed(store, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(f"file\n{store}/{NAMES[0]}\n", encoding="utf-8")
    for given in (store, [store], [("x", f"{store}/{NAMES[0]}")], table):
        with pytest.raises(ConfigError, match=r"only with allow_urls=True"):
            list(iter_sources(given))


def test_what_is_not_there_or_too_large_is_told(store):
    for below in ("/none", "/none.png", "/*.tif"):
        with pytest.raises(ImageNotFoundError, match=r"(no images|nothing is) there"):
            list(iter_sources(store + below, ALLOWED))
    with pytest.raises(ImageNotFoundError, match=r"nothing is there"):
        read_pages([("x", f"{store}/none.png")], ALLOWED)
    small = ReadOptions(allow_urls=True, max_bytes=50)
    with pytest.raises(ImageDecodeError, match=r"larger than max_bytes = 50"):
        read_pages([f"{store}/{NAMES[0]}"], small)


def test_an_archive_is_left_out_with_a_word(store):
    system, root = fsspec.core.url_to_fs(store)
    system.pipe(f"{root}/week.tar", b"x")
    found = [each.left_out for each in iter_sources(store, ALLOWED) if each.left_out]
    assert [each.id for each in found] == ["week.tar"]
    assert "Fetch it" in found[0].reason


def test_a_missing_library_is_named(monkeypatch):
    def refuses(address: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", refuses)
    with pytest.raises(
        MissingExtraError, match=r"s3:// needs the library s3fs .*pip install s3fs"
    ) as caught:
        list(iter_sources("s3://user:secret@bucket/a.png?key=hidden", ALLOWED))
    assert "s3://bucket/a.png: " in str(caught.value)
    assert not re.search("secret|hidden", str(caught.value))


def test_a_store_that_fails_is_told(store, monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("expired\ntoken")

    monkeypatch.setattr(fsspec.implementations.memory.MemoryFileSystem, "cat_file", fails)
    with pytest.raises(ImageNotFoundError, match=r"cannot be read \(expired token\)"):
        read_pages([f"{store}/{NAMES[0]}"], ALLOWED)


def test_s3(local, model, monkeypatch):
    pytest.importorskip("s3fs", reason="needs s3fs: pip install 'patentzoo[s3]'")
    servers = pytest.importorskip("moto.server", reason="needs moto: pip install 'moto[server]'")
    server = servers.ThreadedMotoServer(port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        system = fsspec.filesystem("s3", skip_instance_cache=True)
        system.mkdir("drawings")
        system.put(f"{local}/", "drawings/2026/", recursive=True)
        index = same_as_in(local, "s3://drawings/2026", model)
        assert index[NAMES[0]].path == f"s3://drawings/2026/{NAMES[0]}"
        with pytest.raises(ImageNotFoundError, match=r"nothing is there"):
            read_pages(["s3://nowhere/a.png"], ALLOWED)
    finally:
        server.stop()
