"""What is written is what tomllib reads."""

from __future__ import annotations

import tomllib

import pytest

from patentzoo.system.toml import to_toml


def test_tables_come_back():
    table = {
        "name": 'quote " backslash \\ newline \n tab \t bell \x07 del \x7f ümlaut ☃ 🪑',
        "count": 3,
        "negative": -1,
        "yes": True,
        "ratio": 0.1,
        "tiny": 1e-30,
        "huge": 1e300,
        "infinite": float("inf"),
        "sizes": [1, 2, 3],
        "names": ["a", "b"],
        "none_yet": [],
        "odd key.": {"x y": 1, "inner": {"deep": {"v": 1.0}}},
        "empty": {},
        "rows": [{"a": 1, "t": {"b": 2}}, {"a": 2}],
    }
    assert tomllib.loads(to_toml(table)) == table


def test_none_is_left_out():
    assert tomllib.loads(to_toml({"a": None, "b": {"c": None}})) == {"b": {}}


def test_what_toml_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="object"):
        to_toml({"a": object()})
