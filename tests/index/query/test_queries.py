"""What was searched for stays with its result."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from PIL import Image

from patentzoo.embedding import embed
from patentzoo.index import Index, build_index, search


@pytest.fixture
def index(folder: Path, model) -> Index:
    return build_index(model, folder)


def test_one_query(index: Index, folder: Path):
    path = folder / "LD000001-D00001.png"
    assert search(index, path, k=1).query_images == (path,)
    assert search(index, path.read_bytes(), k=1).query_images == (path.read_bytes(),)


def test_a_list_or_a_stream_of_queries(index: Index, folder: Path):
    paths = sorted(folder.glob("*.png"))
    for group_by in (None, "patent"):
        found = search(index, iter(paths), k=1, group_by=group_by)
        assert [result.query_images for result in found] == [(path,) for path in paths]
    named = [("a", paths[0]), ("b", paths[1])]
    assert [result.query_images for result in search(index, named, k=1)] == [
        (each,) for each in named
    ]


def test_several_views_are_one_question(index: Index, folder: Path):
    paths = sorted(folder.glob("*.png"))[:2]
    assert search(index, paths, k=1, views=True).query_images == tuple(paths)


def test_a_file_of_several_pages(index: Index, tmp_path: Path, draw):
    stack = tmp_path / "two.tif"
    draw(1).save(stack, save_all=True, append_images=[draw(2)])
    found = search(index, [stack], k=1)
    assert [result.query for result in found] == ["two.tif", "two.tif#2"]
    assert [result.query_images for result in found] == [(stack,)] * 2
    shown = [result._repr_html_().partition("LD0")[0] for result in found]
    assert shown[0] != shown[1]  # each shows its own page


def test_vectors_have_no_picture_and_embedded_files_have(index: Index, folder: Path, model):
    assert search(index, index.vectors[0], k=1).query_images == ()
    assert search(index, [index.vectors[0]], k=1)[0].query_images == ()
    path = folder / "LD000001-D00001.png"
    drawings = embed(model, [path, Image.open(path)])
    assert [result.query_images for result in search(index, drawings, k=1)] == [(str(path),), ()]


def test_it_has_no_part_in_what_a_result_is(index: Index, folder: Path):
    path = folder / "LD000001-D00001.png"
    one, other = search(index, path, k=2), search(index, [str(path)], k=2)[0]
    assert one == other
    assert pickle.loads(pickle.dumps(one)).query_images == (path,)
