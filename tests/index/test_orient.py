"""orient="any" and mirror=True: the query is found however it is held, and the result says how."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from patentzoo import load_model
from patentzoo.errors import QueryError
from patentzoo.index import build_index, search
from patentzoo.index.query.orient import GIVEN, choose_variant


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


@pytest.mark.parametrize("group_by", [None, "patent"])
def test_the_whole_query_is_held_in_one_turn_which_is_told(index, draw, group_by):
    page = np.asarray(draw(9).convert("L"))
    turns = [np.ascontiguousarray(np.rot90(page, -n)) for n in range(4)]
    each = [[(hit.id, hit.score) for hit in search(index, turn, k=6)] for turn in turns]
    found = search(index, page, k=6, orient="any", group_by=group_by)
    alone = each[found.treatment.turned // 90]
    assert [hit.id for hit in found] == [id_ for id_, _ in alone]
    assert [hit.score for hit in found] == pytest.approx([score for _, score in alone], abs=1e-5)
    assert alone[0][1] >= max(ranked[0][1] for ranked in each) - GIVEN - 1e-5


def scores(closest, others):
    return np.array([*closest, *np.linspace(others, others - 0.1, 97)])


def test_a_turn_near_to_everything_does_not_win_by_its_closest_drawing():
    right, wrong = scores([0.60, 0.58, 0.55], 0.30), scores([0.66, 0.65, 0.65], 0.63)
    for turns in ([right, wrong, wrong, wrong], [wrong, wrong, right, wrong]):
        assert choose_variant(np.array(turns)) == [each is right for each in turns].index(True)


def test_what_was_given_stays_where_another_turn_is_hardly_better():
    given, other = scores([0.60, 0.58, 0.55], 0.30), scores([0.61, 0.59, 0.56], 0.30)
    assert choose_variant(np.array([given, other])) == 0
    assert choose_variant(np.array([given, scores([0.70, 0.65, 0.60], 0.30)])) == 1


def test_a_turn_that_finds_a_copy_goes_before_others():
    copy, many = scores([0.97, 0.40, 0.40], 0.35), scores([0.80, 0.80, 0.80], 0.30)
    assert choose_variant(np.array([many, copy])) == 1
    assert choose_variant(np.array([copy, many])) == 0


@pytest.mark.realdata
def test_real_drawings_held_upside_down_find_themselves_and_upright_ones_stay(shared):
    """By the bundled model, among 300 drawings."""
    files = sorted((shared / "data" / "title-figures").glob("*.png"))[:300]
    index = build_index(load_model(), files)
    asked = files[::30]
    pages = [np.asarray(Image.open(file).convert("L")) for file in asked]
    for turned in (0, 180):
        held = [np.ascontiguousarray(np.rot90(page, turned // 90)) for page in pages]
        found = search(index, held, k=1, orient="any")
        assert [each[0].id for each in found] == [file.name for file in asked]
        # Of a symmetric one either way is right.
        right = sum(each.treatment.turned == turned for each in found)
        assert right >= (len(asked) if turned == 0 else len(asked) - 2)


def test_a_mirrored_query_is_found(index, draw):
    page = np.ascontiguousarray(np.asarray(draw(2).convert("L"))[:, ::-1])
    found = search(index, page, k=1, mirror=True)
    assert (found[0].id, found.treatment.mirrored) == ("d2", True)


def test_a_vector_and_a_wrong_word_are_refused(index, draw):
    with pytest.raises(QueryError, match="a vector cannot be turned"):
        search(index, index.vectors[0], k=1, orient="any")
    with pytest.raises(QueryError, match=r"orient = 'anny'. Did you mean 'any'"):
        search(index, draw(1), k=1, orient="anny")
