"""What a score means: measured on an index's own drawings, kept with it, and said of each hit."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from patentzoo.errors import QueryError
from patentzoo.index import build_index, load_index, search
from patentzoo.index.state.closeness import SAME, Scale, closeness_of
from patentzoo.results import Embeddings

WORDS = ("nothing close", "alike", "very like", "same")


def strangers(index) -> np.ndarray:
    """The best foreign score of each drawing, pair by pair."""
    with index.read() as view:
        numbers = view.groups.of[view.snapshot.live()]
    vectors = index.vectors.astype(np.float64)
    scores = vectors @ vectors.T
    scores[numbers[:, None] == numbers[None]] = -2
    return scores.max(axis=1)


@pytest.fixture
def large(model, drawings):
    return build_index(model, drawings(420))


def test_percentiles_are_the_share_of_drawings_whose_closest_stranger_scores_less(large):
    expected = strangers(large)
    scale = large.calibrate(sample=420)
    for score in (0.2, 0.55, 0.7, 0.9):
        share = 100 * float((expected < score).mean())
        assert scale.percentiles([score])[0] == pytest.approx(share, abs=1.0)
    assert scale.score_at(90) == pytest.approx(np.quantile(expected, 0.9), abs=1e-3)


def test_it_is_done_at_build_for_indexes_above_some_size(model, drawings, tmp_path, draw):
    assert build_index(model, drawings(420)).calibration is not None
    assert build_index(model, drawings(70)).calibration is None
    few = drawings(420, patent="P1")  # one patent in all
    assert build_index(model, few).calibration is None
    images = [(f"USD{n:07d}", draw(n)) for n in range(220)]
    built = build_index(model, images, path=tmp_path / "index")
    assert built.calibration is not None
    kept = load_index(tmp_path / "index", model).calibration
    assert np.array_equal(kept.quantiles, built.calibration.quantiles)
    assert pickle.loads(pickle.dumps(built)).calibration.sample == kept.sample


def test_an_index_that_grows_is_calibrated_when_it_is_large_enough(model, drawings, tmp_path):
    index = build_index(model, drawings(70), path=tmp_path / "index")
    index.add(drawings(420, seed=1, prefix="e"))
    first = index.calibration
    assert first is not None
    index.add(drawings(420, seed=2, prefix="f"))
    assert np.array_equal(index.calibration.quantiles, first.quantiles)
    index.compact()
    assert not np.array_equal(index.calibration.quantiles, first.quantiles)


def test_a_patent_of_many_drawings_is_compared_with_strangers_all_the_same(model, drawings):
    many, others = drawings(200, patent="A"), drawings(60, seed=1, prefix="o")
    index = build_index(model, many)
    index.add(others)
    scale = index.calibrate(sample=260)
    assert scale.quantiles[-1] == pytest.approx(strangers(index).max(), abs=1e-5)
    assert scale.quantiles[0] == pytest.approx(strangers(index).min(), abs=1e-5)


def test_each_hit_says_its_percentile_and_a_word(large):
    found = search(large, large.vectors[0], k=None)
    percentiles = [hit.percentile for hit in found]
    assert percentiles == sorted(percentiles, reverse=True)
    assert found[0].closeness == "same"
    words = [WORDS.index(hit.closeness) for hit in found]
    assert words == sorted(words, reverse=True)
    assert {"nothing close", "same"} <= {hit.closeness for hit in found}
    for hit in found:
        assert hit.percentile == large.calibration.percentiles([hit.score])[0]
        assert hit.closeness == closeness_of(hit.score, hit.percentile)
    row = found[0].to_row()
    assert (row["percentile"], row["closeness"]) == (found[0].percentile, "same")
    assert pickle.loads(pickle.dumps(found)) == found
    grouped = search(large, large.vectors[0], k=3, group_by="patent")
    assert grouped[0].figures[0].percentile == grouped[0].percentile == found[0].percentile


def test_a_score_that_is_no_cosine_says_nothing(large):
    for how in (
        {"rerank": "k-reciprocal"},
        {"query_expansion": 3},
        {"views": "rrf"},
        {"views": "mean"},
    ):
        query = [large.vectors[0], large.vectors[1]] if "views" in how else large.vectors[0]
        found = search(large, query, k=3, **how)
        assert {(hit.percentile, hit.closeness) for hit in found} == {(None, None)}


def test_an_index_that_is_not_calibrated_says_nothing(model, drawings):
    index = build_index(model, drawings(70))
    hit = search(index, index.vectors[0], k=1)[0]
    assert (hit.percentile, hit.closeness) == (None, None)
    assert "percentile" not in hit.to_row()
    index.calibrate()
    assert search(index, index.vectors[0], k=1)[0].closeness == "same"


def test_words_by_percentile():
    scale = Scale.of_scores(np.linspace(0, 0.9, 1001).astype(np.float32))
    for score, word in ((0.5, WORDS[0]), (0.82, WORDS[1]), (0.895, WORDS[2]), (SAME, WORDS[3])):
        assert closeness_of(score, float(scale.percentiles([score])[0])) == word
    again = Scale.of_meta({"calibration": scale.to_meta()})
    assert np.abs(again.quantiles - scale.quantiles).max() < 1e-6
    assert Scale.of_meta({}) is None


def test_too_little_to_compare(model, drawings):
    with pytest.raises(QueryError, match="1 patents"):
        build_index(model, drawings(7, patent="P1")).calibrate()
    with pytest.raises(QueryError, match="sample"):
        build_index(model, drawings(14)).calibrate(sample=0)


def test_nothing_close_is_right_about_nine_times_in_ten_where_the_patent_is_absent(model, drawings):
    """Half of the patents are indexed; drawings of the other half are asked."""
    all_of_them: Embeddings = drawings(1400)
    index = build_index(model, all_of_them.select(range(700)))
    asked = all_of_them.select(range(700, 1400))
    words = [result[0].closeness for result in search(index, asked, k=1)]
    assert 0.8 < words.count("nothing close") / len(words) < 0.97


def test_on_the_command_line(run, model, drawings, tmp_path, monkeypatch, draw):
    index = build_index(model, drawings(420), path=tmp_path / "index")
    monkeypatch.setattr("patentzoo.cli.search.open_index", lambda *_: index)
    draw(3).save(tmp_path / "q.png")
    code, printed, _ = run("search", tmp_path / "index", tmp_path / "q.png", "--json")
    assert code == 0
    (result,) = json.loads(printed)
    expected = search(index, tmp_path / "q.png")[0]
    first = result["hits"][0]
    assert first["percentile"] == round(expected.percentile, 1)
    assert first["closeness"] == expected.closeness
    printed = run("search", tmp_path / "index", tmp_path / "q.png")[1]
    assert "percentile" in printed
    assert expected.closeness in printed


def test_hits_below_a_score_and_pages_of_hits(large):
    whole = search(large, large.vectors[5], k=None)
    for group_by in (None, "patent"):
        every = search(large, large.vectors[5], k=None, group_by=group_by)
        page = search(large, large.vectors[5], k=10, offset=10, group_by=group_by)
        assert page.hits == every.hits[10:20]
        assert [hit.rank for hit in page] == list(range(11, 21))
        assert pickle.loads(pickle.dumps(page)) == page
        high = search(large, large.vectors[5], k=None, min_score=0.4, group_by=group_by)
        assert high.hits == tuple(hit for hit in every if hit.score >= 0.4)
    assert not search(large, large.vectors[5], offset=420)
    assert len(search(large, large.vectors[5], k=10, offset=415)) == 5
    assert len(whole) == 420
    for wrong in ({"offset": -1}, {"min_score": 2.0}, {"min_score": float("nan")}):
        with pytest.raises(QueryError):
            search(large, large.vectors[5], **wrong)
