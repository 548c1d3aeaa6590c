"""Several views as one query, and patents by their drawings: against naive fusion."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.errors import QueryError
from patentzoo.index import build_index, search
from patentzoo.index.query.fusion import BEST, fuse
from patentzoo.index.query.search_result import SearchResult


@pytest.fixture
def made(drawings):
    made = drawings(140)
    for row in range(0, 140, 10):
        made.metadata[row]["patent"] = None
    return made


def naive(scores: np.ndarray, fusion: str) -> np.ndarray:
    if fusion == "max":
        return scores.max(axis=0)
    if fusion == "mean":
        return scores.mean(axis=0)
    total = np.zeros(scores.shape[1])
    for row in scores:
        for rank, column in enumerate(np.argsort(-row, kind="stable"), start=1):
            total[column] += 61 / (60 + rank) / len(scores)
    return total


@pytest.mark.parametrize("fusion", ["max", "mean", "rrf"])
def test_scores_are_fused_as_they_should(fusion):
    scores = np.random.default_rng(0).uniform(-1, 1, (3, 50)).astype(np.float32)
    np.testing.assert_allclose(fuse(scores, fusion), naive(scores, fusion), atol=1e-6)
    assert len(set(np.argsort(-fuse(scores, fusion))[:5])) == 5


@pytest.mark.parametrize("fusion", ["max", "mean", "rrf", True])
@pytest.mark.parametrize("where", [None, {"year": {"<": 2012}}])
@pytest.mark.parametrize("group_by", [None, "patent"])
def test_views_give_one_result(model, made, unit_rows, fusion, where, group_by):
    index, views = build_index(model, made), unit_rows(3, 9)
    result = search(index, list(views), k=6, views=fusion, where=where, group_by=group_by)
    assert isinstance(result, SearchResult)
    assert result.query == "vector-0 + vector-1 + vector-2"
    rows = [i for i, data in enumerate(made.metadata) if where is None or data["year"] < 2012]
    scores, how = views @ made.vectors[rows].T, BEST if fusion is True else fusion
    if group_by is None:
        fused = naive(scores, how)
        expected = [made.ids[rows[i]] for i in np.argsort(-fused, kind="stable")[:6]]
        assert [hit.id for hit in result] == expected
        assert not result[0].figures
        return
    keys = [made.metadata[i]["patent"] or made.ids[i] for i in rows]
    names = list(dict.fromkeys(keys))
    best = np.stack([scores[:, [k == name for k in keys]].max(axis=1) for name in names], axis=1)
    fused = naive(best, how)
    expected = [names[i] for i in np.argsort(-fused, kind="stable")[:6]]
    assert [hit.patent or hit.id for hit in result] == expected
    np.testing.assert_allclose([hit.score for hit in result], np.sort(fused)[::-1][:6], atol=1e-5)


def test_a_patent_comes_with_its_best_drawings(model, made):
    index = build_index(model, made)
    for hit in search(index, made.vectors[23], k=4, group_by="patent"):
        own = [i for i, data in enumerate(made.metadata) if hit.patent == data["patent"]]
        own = own if hit.patent else [int(hit.id[1:])]
        cosines = made.vectors[own] @ made.vectors[23]
        order = np.argsort(-cosines)[:5]
        assert [figure.id for figure in hit.figures] == [made.ids[own[i]] for i in order]
        assert [figure.rank for figure in hit.figures] == list(range(1, len(order) + 1))
        np.testing.assert_allclose([each.score for each in hit.figures], cosines[order], atol=1e-6)
        assert (hit.id, hit.score) == (hit.figures[0].id, hit.figures[0].score)


def test_a_folder_or_several_images_are_views(model, folder, draw):
    index = build_index(model, folder)
    files = sorted(folder.glob("LD000002*"))
    result = search(index, files, k=1, views=True, group_by="patent")
    assert result[0].patent == "LD000002"
    assert search(index, files[0], k=2, views=True)[0].id == files[0].name
    assert len(search(index, folder, k=2, views="max")) == 2


def test_views_that_make_no_sense_are_explained(model, made):
    index = build_index(model, made)
    with pytest.raises(QueryError, match="Did you mean 'mean'"):
        search(index, made.vectors[0], views="meen")
    with pytest.raises(QueryError, match="at least one view"):
        search(index, [], views=True)
