"""Changes that would lose everything, or leave what nothing can show, are refused."""

from __future__ import annotations

import pytest

from patentzoo import ConfigError, build_index
from patentzoo.hit import SAID_BY_SEARCH


@pytest.fixture
def index(model, drawings):
    return build_index(model, drawings(6))


@pytest.mark.parametrize("where", [{}, [{}], {"patent": {"prefix": ""}}])
def test_a_filter_that_says_nothing_removes_nothing(index, where):
    with pytest.raises(ConfigError, match="fits every drawing"):
        index.remove(where=where)
    assert len(index) == 6
    assert index.remove(where=[]).removed == 0
    assert index.remove(where={"patent": {"prefix": "no such"}}).removed == 0


@pytest.mark.parametrize("fields", [{"patent": 889851}, {"patent": ["a"]}, {"path": 5}])
def test_a_patent_and_a_path_are_text(index, fields):
    name = index.ids[0]
    with pytest.raises(ConfigError, match="should be text"):
        index.update({name: fields})
    assert index.update({name: {"patent": "USD0889851"}}).updated == 1
    assert index[name].patent == "USD0889851"


@pytest.mark.parametrize("field", ["id", "page", "box"])
def test_which_picture_a_drawing_is_stays(index, tmp_path, field):
    name = index.ids[0]
    with pytest.raises(ConfigError, match=rf"update\(\): '{field}' is .*Nothing was changed"):
        index.update({name: {"title": "new", field: 1}})
    (tmp_path / "t.csv").write_text(f"id,page,title\n{name},1,new\n")
    with pytest.raises(ConfigError, match="'page' is the page it was read from"):
        index.update(tmp_path / "t.csv")
    assert (index[name].title, index[name].page) == (None, None)


@pytest.mark.parametrize("field", sorted(SAID_BY_SEARCH))
def test_what_a_search_says_is_no_field(model, draw, index, field):
    """It would be lost in tables and JSON, where the name is taken, or read as what was found."""
    said = rf"'{field}' cannot be a metadata key: a search says that"
    for change in (
        lambda: index.update({index.ids[0]: {field: 1}}),
        lambda: build_index(model, [("a", draw(1), {field: "x"})]),
        lambda: build_index(model, [("a", draw(1))], metadata={"a": {field: 1.0}}),
    ):
        with pytest.raises(ConfigError, match=said):
            change()
    assert field not in index[index.ids[0]].metadata


@pytest.mark.parametrize("field", ["id", "path", "page", "box"])
def test_what_reading_says_is_no_field(model, draw, field):
    for build in (
        lambda: build_index(model, [("a", draw(1), {field: "x"})]),
        lambda: build_index(model, [("a", draw(1))], metadata={"a": {field: "x"}}),
    ):
        with pytest.raises(ConfigError, match=f"'{field}' is .*, which reading says"):
            build()


def test_what_a_table_tells_of_reading_is_left_out_aloud(model, draw, tmp_path, caplog):
    table = tmp_path / "t.csv"
    table.write_text("id,path,page,title\na,/x.png,4,Jar\n", encoding="utf-8")
    index = build_index(model, [("a", draw(1))], metadata=table)
    assert "what it says of page, path is left out" in caplog.text
    assert (index["a"].title, index["a"].path, index["a"].page) == ("Jar", None, None)
