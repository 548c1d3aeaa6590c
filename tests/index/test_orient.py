"""orient="any" and mirror=True: the query is found however it is held, and the result says how."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.errors import QueryError
from patentzoo.index import build_index, search


@pytest.fixture
def index(model, draw):
    return build_index(model, [(f"d{n}", draw(n)) for n in range(6)])


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("group_by", [None, "patent"])
def test_a_turned_query_is_found_and_its_turn_told(index, draw, turned, group_by):
    page = np.asarray(draw(3).convert("L"))
    query = np.ascontiguousarray(np.rot90(page, turned // 90))  # against the clock
    found = search(index, query, k=6, orient="any", group_by=group_by)
    assert found[0].id == "d3"
    assert found[0].score == pytest.approx(1, abs=1e-5)
    assert (found.treatment.turned, found.treatment.mirrored) == (turned, False)


def test_each_drawing_counts_by_its_best_turn(index, draw):
    page = np.asarray(draw(9).convert("L"))
    turns = [np.ascontiguousarray(np.rot90(page, -n)) for n in range(4)]
    each = [{hit.id: hit.score for hit in search(index, turn, k=6)} for turn in turns]
    for hit in search(index, page, k=6, orient="any"):
        assert hit.score == pytest.approx(max(scores[hit.id] for scores in each), abs=1e-5)


def test_a_mirrored_query_is_found(index, draw):
    page = np.ascontiguousarray(np.asarray(draw(2).convert("L"))[:, ::-1])
    found = search(index, page, k=1, mirror=True)
    assert (found[0].id, found.treatment.mirrored) == ("d2", True)


def test_a_vector_and_a_wrong_word_are_refused(index, draw):
    with pytest.raises(QueryError, match="a vector cannot be turned"):
        search(index, index.vectors[0], k=1, orient="any")
    with pytest.raises(QueryError, match=r"orient = 'anny'. Did you mean 'any'"):
        search(index, draw(1), k=1, orient="anny")
