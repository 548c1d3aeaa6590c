"""search(): against a naive search, with filters, groups and everything a caller can get wrong."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patentzoo.embedding import embed
from patentzoo.errors import (
    EmptyIndexError,
    ImageArrayError,
    ImageNotFoundError,
    IndexMismatchError,
    ModelError,
    PatentZooError,
    QueryError,
)
from patentzoo.index import build_index, load_index, search
from patentzoo.index.query.search_result import SearchResult
from patentzoo.results import Embeddings

PATENTS = 40


@pytest.fixture
def gallery(model, unit_rows) -> Embeddings:
    """300 vectors of 40 patents; every tenth drawing has none."""
    patents = np.random.default_rng(3).integers(0, PATENTS, 300)
    metadata = [
        {
            "patent": None if i % 10 == 0 else f"P{p}",
            "path": f"p{i}.png",
            "page": None,
            "year": 2000 + int(p) % 3,
        }
        for i, p in enumerate(patents)
    ]
    ids = [f"d{i}" for i in range(300)]
    return Embeddings(unit_rows(300), ids, metadata, model.name, model.fingerprint)


@pytest.fixture
def index(model, gallery):
    return build_index(model, gallery)


def queries(model, unit_rows, n: int = 5) -> Embeddings:
    ids = [f"q{i}" for i in range(n)]
    return Embeddings(unit_rows(n, 7), ids, [{}] * n, model.name, model.fingerprint)


def ranking(gallery, vector) -> list[int]:
    return np.argsort(-(gallery.vectors.astype(np.float64) @ vector), kind="stable").tolist()


def test_hits_equal_a_naive_search(model, gallery, index, unit_rows):
    asked = queries(model, unit_rows)
    results = search(index, asked, k=12)
    assert [result.query for result in results] == asked.ids
    for result, vector in zip(results, asked.vectors, strict=True):
        rows = ranking(gallery, vector)[:12]
        assert [hit.id for hit in result] == [gallery.ids[row] for row in rows]
        assert [hit.patent for hit in result] == [gallery.metadata[row]["patent"] for row in rows]
        assert [hit.path for hit in result] == [f"p{row}.png" for row in rows]
        np.testing.assert_allclose(
            [hit.score for hit in result], gallery.vectors[rows] @ vector, atol=1e-6
        )


def test_groups_equal_a_naive_search(model, gallery, index, unit_rows):
    asked = queries(model, unit_rows)
    groups = len(
        {each["patent"] or name for name, each in zip(gallery.ids, gallery.metadata, strict=True)}
    )
    for k in (1, 10, PATENTS, None):
        results = search(index, asked, k=k, group_by="patent")
        for result, vector in zip(results, asked.vectors, strict=True):
            best = {}
            for row in ranking(gallery, vector):
                best.setdefault(gallery.metadata[row]["patent"] or gallery.ids[row], row)
            expected = list(best.values())[: k or groups]
            assert [hit.id for hit in result] == [gallery.ids[row] for row in expected]


def test_k_patents_come_back_though_one_patent_owns_the_top(model, unit_rows):
    near = unit_rows(1)[0] + 0.001 * unit_rows(500, 5)
    vectors = np.concatenate([near, unit_rows(4, 6)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    metadata = [{"patent": "BIG"}] * 500 + [{"patent": f"P{i}"} for i in range(4)]
    ids = [str(i) for i in range(504)]
    made = Embeddings(vectors.astype(np.float32), ids, metadata, model.name, model.fingerprint)
    result = search(build_index(model, made), unit_rows(1)[0], k=5, group_by="patent")
    assert sorted(hit.patent for hit in result) == ["BIG", "P0", "P1", "P2", "P3"]


@pytest.mark.parametrize(
    ("where", "keeps"),
    [
        ({"year": 2001}, lambda name, row: row["year"] == 2001),
        ({"year": {2001, 2002}}, lambda name, row: row["year"] in (2001, 2002)),
        ({"year": 2001, "patent": ["P4", "P7"]}, lambda name, row: row["patent"] in ("P4", "P7")),
        ({"patent": None}, lambda name, row: row["patent"] is None),
        ({"id": ["d3", "d5"]}, lambda name, row: name in ("d3", "d5")),
        (lambda row: row["id"].endswith("7"), lambda name, row: name.endswith("7")),
    ],
)
@pytest.mark.parametrize("group_by", [None, "patent"])
def test_filters_apply_within_the_search(gallery, index, unit_rows, where, keeps, group_by):
    vector = unit_rows(1, 9)[0]
    kept = [
        row
        for row in ranking(gallery, vector)
        if keeps(gallery.ids[row], gallery.metadata[row])
        and (
            not isinstance(where, dict)
            or "year" not in where
            or gallery.metadata[row]["year"]
            in ([where["year"]] if isinstance(where["year"], int) else where["year"])
        )
    ]
    if group_by:
        best = {}
        for row in kept:
            best.setdefault(gallery.metadata[row]["patent"] or gallery.ids[row], row)
        kept = list(best.values())
    result = search(index, vector, k=20, where=where, group_by=group_by)
    assert [hit.id for hit in result] == [gallery.ids[row] for row in kept[:20]]
    assert [hit.rank for hit in result] == list(range(1, len(result) + 1))


def test_excluded_ids_are_left_out(gallery, index):
    vector = gallery.vectors[17]
    assert search(index, vector, k=1)[0].id == "d17"
    for exclude in ("d17", ["d17", "unknown"], {"d17"}):
        assert "d17" not in [hit.id for hit in search(index, vector, k=None, exclude=exclude)]
    assert len(search(index, vector, k=None, exclude="d17")) == 299
    first = search(index, vector, k=3)
    for exclude in (first, first[0], index[first.ids[0]]):
        assert first.ids[0] not in search(index, vector, k=None, exclude=exclude).ids
    assert len(search(index, vector, k=None, exclude=first)) == 297


def test_a_filter_that_leaves_nothing_gives_no_hits(index, gallery):
    for group_by in (None, "patent"):
        result = search(index, gallery.vectors[0], where={"year": 1900}, group_by=group_by)
        assert isinstance(result, SearchResult)
        assert len(result) == 0


def test_one_query_gives_one_result_and_a_list_a_list(model, folder, draw):
    index = build_index(model, folder)
    file = folder / "LD000002-D00001.png"
    pixels = np.asarray(Image.open(file).convert("L"))
    for query in (file, str(file), file.read_bytes(), Image.open(file), pixels, pixels / 255):
        result = search(index, query, k=3)
        assert isinstance(result, SearchResult)
        assert (result[0].id, result[0].patent) == (file.name, "LD000002")
        assert result[0].score == pytest.approx(1, abs=1e-5)
    listed = search(index, [file, folder / "LD000001-D00001.png"], k=1)
    assert [each[0].id for each in listed] == [file.name, "LD000001-D00001.png"]
    assert [each.query for each in listed] == [file.name, "LD000001-D00001.png"]
    assert len(search(index, (each for each in [file]), k=1)) == 1
    assert [each[0].id for each in search(index, embed(model, [file]), k=1)] == [file.name]
    assert len(search(index, [folder], k=1)) == 6
    assert search(index, [], k=1) == []


def test_queries_may_share_a_name(model, folder, draw, tmp_path):
    index = build_index(model, folder)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        draw(ord(name)).save(tmp_path / name / "q.png")
    found = search(index, [tmp_path / "a" / "q.png", tmp_path / "b" / "q.png"], k=6)
    assert [each.query for each in found] == ["q.png", "q.png"]
    # A batch of two may be summed in another order than one of one.
    alone = search(index, draw(ord("b")), k=6)
    assert [hit.score for hit in found[1]] == pytest.approx([hit.score for hit in alone], abs=1e-6)
    assert [dataclasses.replace(hit, score=0.0) for hit in found[1]] == [
        dataclasses.replace(hit, score=0.0) for hit in alone
    ]


def test_a_folder_is_not_one_query(model, folder):
    index = build_index(model, folder)
    with pytest.raises(QueryError, match=r"is 6 images.*search\(index, \[query\]\)"):
        search(index, folder, k=1)


def test_vectors_are_scaled_and_a_square_array_is_an_image(model, index, gallery, draw):
    vector = gallery.vectors[3].astype(np.float64)
    for each in (vector, 40 * vector, vector.astype(np.float16)):
        assert search(index, each, k=1)[0].id == "d3"
    both = search(index, [gallery.vectors[3], gallery.vectors[4]], k=1)
    assert [each[0].id for each in both] == ["d3", "d4"]
    with pytest.raises(ImageArrayError, match=r"image-0: .* from -"):
        search(index, gallery.vectors, k=1)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (np.zeros(16), "zero or holds NaN"),
        (np.full(16, np.nan), "zero or holds NaN"),
        (np.ones(15), "length 15, the index's vectors have 16"),
        (3, "cannot be of type int"),
        ([np.ones(16), "a.png"], "not both"),
    ],
)
def test_queries_that_make_no_sense_are_explained(index, query, says):
    with pytest.raises(QueryError, match=says):
        search(index, query)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"k": 0}, "whole number from 1"),
        ({"k": 2.5}, "whole number from 1"),
        ({"k": True}, "whole number from 1"),
        ({"group_by": "patnet"}, "Did you mean 'patent'"),
        ({"exclude": 3}, "exclude= takes ids or paths.*not int: 3"),
        ({"exclude": ["d1", None]}, "not NoneType: None"),
        ({"where": {"yaer": 3}}, "'yaer', which no drawing has. Did you mean 'year'"),
        ({"where": 3}, "not int"),
    ],
)
def test_options_that_make_no_sense_are_explained(index, gallery, options, says):
    with pytest.raises(QueryError, match=says):
        search(index, gallery.vectors[0], **options)


@pytest.mark.parametrize("k", [3, 4, 10, 10**9])
def test_a_k_above_the_number_of_drawings_gives_what_there_is(model, draw, k):
    small = build_index(model, {f"P{i // 2}/{i}": draw(i) for i in range(3)}.items())
    small.update({"P0/0": {"patent": "P0"}, "P0/1": {"patent": "P0"}, "P1/2": {"patent": "P1"}})
    assert len(search(small, draw(), k=k)) == 3
    assert len(search(small, draw(), k=k, group_by="patent")) == 2
    assert len(search(small, draw(), k=k, where={"patent": "P0"})) == 2
    assert [len(each) for each in search(small, [draw(0), draw(1)], k=k)] == [3, 3]


def test_a_path_is_left_out_and_what_is_unknown_is_told(model, folder, monkeypatch, caplog):
    made = build_index(model, folder)
    file = folder / "LD000002-D00001.png"
    monkeypatch.chdir(folder.parent)
    typed = (file, Path("drawings") / file.name, Path(file.name), [file], file.name)
    for exclude in (*typed, str(file), f"drawings/{file.name}", [str(file)]):
        found = search(made, file, k=None, exclude=exclude)
        assert len(found) == 5
        assert file.name not in [hit.id for hit in found]
    assert not caplog.records
    assert len(search(made, file, k=None, exclude=["none.png", file.name])) == 5
    assert (
        "exclude= names 1 of 2 that the index does not hold, the first: 'none.png'" in caplog.text
    )


def test_bad_query_images_are_named(index, tmp_path):
    with pytest.raises(ImageNotFoundError, match=r"absent\.png"):
        search(index, tmp_path / "absent.png")
    with pytest.raises(PatentZooError, match="allow_urls"):
        search(index, "http://127.0.0.1:9/a.png")


def test_an_empty_index_says_so(model):
    index = build_index(model, embed(model, [b""], on_error="skip"))
    with pytest.raises(EmptyIndexError, match="no drawings"):
        search(index, np.ones(16))


def test_embeddings_of_another_model_are_refused_by_name(index, other_model, draw):
    with pytest.raises(IndexMismatchError, match=r"'tiny' .*'other'"):
        search(index, embed(other_model, [draw()]))


def test_threads_may_share_an_index(model, gallery, unit_rows):
    index = build_index(model, gallery)
    asked = queries(model, unit_rows, 20)
    barrier = threading.Barrier(4)

    def run(row: int) -> list[str]:
        if row < 4:
            barrier.wait(timeout=5)
        return [hit.id for hit in search(index, asked.vectors[row], k=5)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, range(20)))
    assert found == [[hit.id for hit in result] for result in search(index, asked, k=5)]


def test_a_result_does_not_keep_the_files_of_its_index_open(model, folder, tmp_path):
    path = tmp_path / "index"
    build_index(model, folder, path=path)
    found = search(load_index(path, model), next(folder.iterdir()), k=1)
    assert {file.suffix for file in path.iterdir()} == {".seg", ".sqlite"}
    with pytest.raises(ModelError, match="tiny cannot say"):  # its model is at hand still
        found.explain(1)
