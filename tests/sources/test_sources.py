"""Where images come from, in which order, under which ids."""

from __future__ import annotations

import hashlib
import itertools
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from patentzoo.errors import ConfigError, ImageError, ImageNotFoundError
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, read_pages


def ids(images) -> list[str]:
    return [source.id for source in iter_sources(images)]


@pytest.fixture
def tree(tmp_path, draw) -> Path:
    root = tmp_path / "tree"
    for name in ("fig10.png", "fig2.PNG", "chair/fig1.tif", "chair/deep/a.jpg", "b/fig1.tif"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        draw().save(file)
    (root / "notes.txt").write_text("no picture")
    (root / ".hidden.png").write_text("no picture")
    return root


def test_a_folder_is_read_recursively_in_natural_order(tree):
    expected = ["b/fig1.tif", "chair/deep/a.jpg", "chair/fig1.tif", "fig2.PNG", "fig10.png"]
    assert ids(tree) == ids(str(tree)) == expected
    pages = read_pages(tree)
    assert [page.path for page in pages] == [str(tree / name) for name in expected]
    assert [page.patent for page in pages] == ["b", "deep", "chair", None, None]


def test_a_single_file_has_its_name_for_an_id(tree):
    assert ids(tree / "chair" / "fig1.tif") == ["fig1.tif"]


def test_a_glob_has_ids_relative_to_its_fixed_part(tree):
    assert ids(f"{tree}/*/fig1.tif") == ["b/fig1.tif", "chair/fig1.tif"]
    assert ids(f"{tree}/chair/*.tif") == ["fig1.tif"]
    assert ids(f"{tree}/**/*.png") == ["fig10.png"]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(tmp_path, draw):
    file = tmp_path / "chair[1].png"
    draw().save(file)
    assert ids(file) == ["chair[1].png"]


def test_what_names_nothing_is_an_error(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ImageNotFoundError, match=r"empty: no images in this folder.*\.tiff"):
        ids(empty)
    with pytest.raises(ImageNotFoundError, match="absent: no such file or folder"):
        ids(tmp_path / "absent")
    with pytest.raises(ImageNotFoundError, match="no file matches"):
        ids(f"{tmp_path}/*.png")
    for nothing in ("", "a\0b"):
        with pytest.raises(ImageNotFoundError, match="is no path"):
            ids(nothing)


def test_a_list_may_mix_kinds_and_ids_follow_the_position(tree, draw):
    data = (tree / "fig10.png").read_bytes()
    mixed = [tree / "fig10.png", draw(), np.ones((4, 4)), data, ("mine", draw())]
    assert ids(mixed) == ["fig10.png", "image-1", "image-2", "image-3", "mine"]


def test_a_single_image_in_memory_is_image_0(draw):
    assert ids(draw()) == ids(np.ones((4, 4))) == ids(b"bytes") == ["image-0"]


def test_a_folder_within_a_list_is_unfolded(tree):
    assert ids([tree / "chair", tree / "fig10.png"]) == ["deep/a.jpg", "fig1.tif", "fig10.png"]


def test_a_missing_file_in_a_list_shows_when_it_is_read(tmp_path):
    (source,) = iter_sources([tmp_path / "absent.png"])
    with pytest.raises(ImageNotFoundError, match=r"absent.png: no such file"):
        source.read()


@pytest.mark.parametrize("thing", [None, 3, {"a": "b.png"}, object()])
def test_what_cannot_be_an_image_is_refused(thing):
    with pytest.raises(ImageError, match=f"{type(thing).__name__} is no image"):
        ids(thing)
    with pytest.raises(ImageError, match=f"image-0: {type(thing).__name__} is no image"):
        read_pages([thing])


def test_an_address_is_not_fetched_by_accident():
    for images in ("http://127.0.0.1:9/a.png", ["HTTPS://127.0.0.1:9/a.png"]):
        with pytest.raises(ConfigError, match="allow_urls=True"):
            ids(images)


def test_a_stream_of_paths_costs_one_at_a_time():
    interned = [Path(f"drawings/{number}.png").parts for number in range(3_000)]
    taken = itertools.count()
    paths = (f"drawings/{next(taken)}.png" for _ in range(3_000))
    sources = iter_sources(paths)
    assert next(sources).id == "0.png"
    assert next(taken) == 1
    tracemalloc.start()
    assert sum(1 for _ in sources) == 2_999
    assert tracemalloc.get_traced_memory()[1] < 1e6  # a list of the sources would take 2.4 MB
    tracemalloc.stop()
    assert len(interned) == 3_000  # kept until now: Python's table of names grows in one piece


@pytest.mark.filterwarnings("ignore")  # as in an application: Pillow only warns
def test_a_failing_page_is_named_and_keeps_those_before_it(tmp_path, draw):
    file = tmp_path / "sheets.tif"
    sheets = [draw(seed).convert("1") for seed in range(3)]
    sheets[0].save(file, save_all=True, append_images=sheets[1:], compression="group4")
    data = file.read_bytes()
    (whole,) = iter_sources(data)
    assert len(whole.read()) == 3
    file.write_bytes(data[:-30])  # the end of the third page is gone
    (cut,) = iter_sources(file)
    outcomes = list(cut.outcomes())
    assert [name for name, _ in outcomes] == ["sheets.tif", "sheets.tif#2", "sheets.tif#3"]
    assert np.array_equal(outcomes[1][1].grey, whole.read()[1].grey)
    assert isinstance(outcomes[-1][1], ImageError)
    with pytest.raises(ImageError):
        cut.read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    (source,) = iter_sources(tmp_path)
    with pytest.raises(ImageNotFoundError, match="it is no file"):
        source.read()


def test_hashes_tell_contents_apart(tree, draw):
    def digest(image):
        (source,) = iter_sources([image])
        return source.content_hash()

    data = (tree / "fig10.png").read_bytes()
    assert digest(tree / "fig10.png") == digest(data) == hashlib.sha256(data).hexdigest()
    ones = np.ones((4, 6), np.uint8)
    arrays = [ones, ones.reshape(6, 4), ones.astype(bool), ones * 2]
    assert len({digest(each) for each in arrays}) == 4
    assert digest(ones) == digest(np.asfortranarray(ones))
    assert digest(draw(1)) == digest(draw(1)) != digest(draw(2))
    for bad in (tree / "absent.png", None, np.array([object()])):
        with pytest.raises(ImageError):
            digest(bad)


def test_a_sheet_that_defeats_the_splitter_is_a_failure_of_its_own(tmp_path, draw, monkeypatch):
    draw(size=(300, 400)).save(tmp_path / "a.png")

    def broken(page):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("patentzoo.figures.split_page", broken)
    with pytest.raises(ImageError, match=r"cannot be split into figures \(ZeroDivisionError"):
        read_pages(tmp_path, ReadOptions(figures="split"))
    assert len(read_pages(tmp_path)) == 1


def test_names_that_are_no_text_are_escaped(tmp_path, draw):
    try:
        draw().save(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    except OSError:
        pytest.skip("this file system wants text")
    (source,) = iter_sources(tmp_path)
    assert source.id == "\\xff.png"
    assert len(source.read()) == 1
