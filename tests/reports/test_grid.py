"""The grid that ``plot()`` draws."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from patentzoo.errors import ConfigError, MissingExtraError
from patentzoo.hit import Hit
from patentzoo.index import build_index, search
from patentzoo.index.query.search_result import SearchResult


def test_the_query_then_the_ranks_with_score_patent_and_title(folder: Path, model, tmp_path: Path):
    table = tmp_path / "t.csv"
    table.write_text("file,patent,title\nLD000002-D00001.png,LD000002,Cost $1 or $2\n", "utf-8")
    index = build_index(model, folder, patent=str(table))
    result = search(index, folder / "LD000002-D00002.png", k=6)
    figure = result.plot(columns=3)
    words = [axes.get_title() for axes in figure.axes]
    assert words[0].splitlines()[:2] == ["query", "LD000002"]
    for text, hit in zip(words[1:], result, strict=False):
        assert text.startswith(f"{hit.rank}   {hit.score:.3f}")
        assert (hit.metadata.get("title") or hit.id) in text.replace("\n", " ")
    assert [axes.axison for axes in figure.axes] == [True] * 7 + [False] * 2
    figure.savefig(tmp_path / "grid.png")  # a dollar in a title is no formula
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_pictures_are_the_drawings(folder: Path, model):
    result = search(build_index(model, folder), folder / "LD000003-D00001.png", k=1)
    query, hit = (np.asarray(axes.images[0].get_array()) for axes in result.plot().axes[:2])
    assert np.array_equal(query, hit)  # the query is in the index
    assert query.shape[0] == query.shape[1]


def test_a_picture_that_is_gone_is_said():
    figure = SearchResult("q", (Hit(1, 0.5, "a.png", None, "nowhere/a.png"),)).plot()
    assert [axes.texts[0].get_text() for axes in figure.axes[:2]] == ["no picture"] * 2


def test_impossible_sizes():
    with pytest.raises(ConfigError, match="columns = 0"):
        SearchResult("q", ()).plot(columns=0)
    with pytest.raises(ConfigError, match="hits = 0"):
        SearchResult("q", ()).plot(hits=0)


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "patentzoo.reports.matplotlib_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'patentzoo\[plot\]'"):
        SearchResult("q", ()).plot()


@pytest.mark.parametrize("wrong", [{"hits": "3"}, {"columns": 2.5}, {"hits": None}])
def test_what_is_no_number_of_pictures_is_told(folder: Path, model, wrong: dict[str, object]):
    result = search(build_index(model, folder), folder / "LD000001-D00001.png")
    with pytest.raises(ConfigError, match=r"plot\(\): .* should be a whole number"):
        result.plot(**wrong)
