"""Metadata as columns: what is taken, what is looked at one by one instead, and what comes back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from patentzoo.index.storage import catalogue
from patentzoo.index.storage.columns import Columns, stored_column
from patentzoo.index.storage.rows import crcs
from patentzoo.index.storage.values import encode, encode_fixed

RAGGED = [
    {"patent": "P1", "path": "a.png", "page": 2, "year": 2001, "title": "ü 😀 \x00 %s %"},
    {"patent": None, "year": -(2**63), "share": -0.0, "locarno": "06-01"},
    {"title": "\udc80 a lone surrogate", "good": True, "year": 2**63 - 1, "locarno": "\ud83d"},
    {"title": "", "good": False, "year": 1, "share": 1e-300, "100%r": "a", "'\"\\": 0.1},
]
FULL = [{"patent": f"P{n // 2}", "page": n, "y%ear": n, "title": f"t{n}ü"} for n in range(9)]


def columns_of(data):
    return Columns.of([f"d{n}" for n in range(len(data))], data)


@pytest.mark.parametrize("data", [RAGGED, FULL, [{}, {}], []])
def test_a_row_is_what_was_given(data):
    columns = columns_of(data)
    for number, given in enumerate(data):
        row, name, patent, path, page, *others = columns.row(number)
        found = {key: each for key, each in zip(columns.others, others, strict=True)}
        found = {key: each for key, each in found.items() if each is not None}
        fixed = {"patent": patent, "path": path, "page": page}
        assert (row, name) == (number, f"d{number}")
        assert {**fixed, **found} == {**dict.fromkeys(fixed), **given}
        assert [type(each) for each in found.values()] == [type(given[key]) for key in found]


def test_names_stand_in_the_order_they_are_met():
    assert list(columns_of(RAGGED).others) == [
        *("year", "title", "share", "locarno", "good", "100%r", "'\"\\"),
    ]


@pytest.mark.parametrize("data", [RAGGED, FULL, [{}, {}]])
def test_checksums_are_those_of_one_row_after_another(data):
    columns = columns_of(data)
    named = {name: f"f{n}" for n, name in enumerate(columns.others, 1)}
    one_by_one = [
        catalogue.row_values(7 + n, f"d{n}", None, each, named)[3] for n, each in enumerate(data)
    ]
    fixed = [stored_column(each) for each in columns.fixed]
    others = {name: stored_column(each) for name, each in columns.others.items()}
    rows = range(7, 7 + len(data))
    assert crcs(rows, stored_column(columns.ids), fixed, others) == one_by_one


def test_values_are_stored_as_one_by_one():
    columns = columns_of(RAGGED)
    for name, column in columns.others.items():
        expected = [encode(each[name]) if name in each else None for each in RAGGED]
        assert list(stored_column(column)) == expected
    assert list(stored_column(columns.fixed[0])) == [encode_fixed(e.get("patent")) for e in RAGGED]


@pytest.mark.parametrize(
    "odd",
    [
        {"n": math.nan},
        {"n": math.inf},
        {"n": 2**63},
        {"n": -(2**63) - 1},
        {"n": None},
        {"n": [1]},
        {"n": {"a": 1}},
        {"n": np.float64(1)},
        {"n": np.int64(1)},
        {"n": object()},
        {"n": b"1"},
        {"patent": ["a"]},
        {"page": math.nan},
        {"id": "a"},
        {1: "a"},
        {None: "a"},
    ],
)
def test_the_unusual_is_looked_at_one_by_one(odd):
    assert columns_of([{"n": 1}, {"n": 2}]) is not None
    assert columns_of([{"n": 1}, odd]) is None


def test_ids_are_different_texts():
    assert Columns.of(["a", "a"], [{}, {}]) is None
    assert Columns.of(["a", 1], [{}, {}]) is None
    assert Columns.of(["a", np.str_("b")], [{}, {}]) is None


def test_fields_that_few_drawings_have_are_no_columns():
    assert columns_of([{f"field {n}": n} for n in range(100)]) is None
