"""Changes that would lose everything, or leave what nothing can show, are refused."""

from __future__ import annotations

import pytest

from patentzoo import ConfigError, build_index


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
