"""where=: against a filter in Python; what looks like SQL is text like any other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from patentzoo.errors import QueryError
from patentzoo.index import build_index, search
from patentzoo.results import Embeddings

NASTY = (
    "'; DROP TABLE drawing; --",
    '" OR 1=1 --',
    "a'b\"c`d[e]f;g\nh\ti\\j%k_l?m:n@o$p",
    "Stühle ☃ 椅子 \U0001fa91",
    "",
    " ",
    "nul\0inside",
    "lone \udcff surrogate",
    "\u2028\u2029\x85",
)
ROWS = (
    {"year": 2019, "class": "06-01", "owner": "Acme", "tags": ["a", "b"], "claimed": True},
    {"year": 2020, "class": "06-02", "owner": "ACME", "tags": ["b"], "claimed": False},
    {"year": 2021.5, "class": "07-01", "owner": None, "tags": []},
    {"year": "2022", "class": ["06-03", "12-08"], "owner": "Bolt", "tags": {"a": "b"}},
    {"year": 2**70, "class": "", "owner": "Acme & Sons"},
    {},
)


@pytest.fixture
def index(model, unit_rows):
    ids = [f"d{i}" for i in range(len(ROWS))]
    return build_index(
        model, Embeddings(unit_rows(len(ROWS)), ids, ROWS, model.name, model.fingerprint)
    )


def kept(index, where) -> str:
    found = search(index, np.ones(16), k=None, where=where)
    return "".join(sorted(hit.id[1:] for hit in found))


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ({}, "012345"),
        ({"owner": "Acme"}, "0"),
        ({"owner": ["Acme", "Bolt"]}, "03"),
        ({"owner": None}, "25"),
        ({"owner": {"!=": "Acme"}}, "12345"),
        ({"owner": {"prefix": "Acme"}}, "04"),
        ({"owner": {"not prefix": "Acme"}}, "1235"),
        ({"owner": {"in": {"Acme", None}}}, "025"),
        ({"owner": {"not in": ["Acme", None]}}, "134"),
        ({"year": 2019}, "0"),
        ({"year": 2019.0}, "0"),
        ({"year": "2022"}, "3"),
        ({"year": 2**70}, "4"),
        ({"year": {">=": 2020}}, "12"),
        ({"year": {">": 2019, "<": 2021}}, "1"),
        ({"year": {">=": "2022"}}, "3"),
        ({"class": {"prefix": "06"}}, "013"),
        ({"class": {">=": "06-02", "<": "08"}}, "123"),
        ({"class": ""}, "4"),
        ({"class": []}, ""),
        ({"tags": "b"}, "01"),
        ({"tags": [["a", "b"]]}, "0"),
        ({"claimed": True}, "0"),
        ({"claimed": 1}, "0"),
        ({"claimed": False}, "1"),
        ([{"owner": "Acme"}, {"class": {"prefix": "07"}}], "02"),
        ([{"owner": "Acme", "year": 2020}, {"owner": "Bolt"}], "3"),
        ([], ""),
        (lambda row: "owner" in row and row["id"] > "d2", "34"),
        ({"id": {"in": [f"d{i}" for i in range(3, 3000)]}}, "345"),
        ({"owner": [None, *map(str, range(2000)), "\0x", "Bolt"]}, "235"),
    ],
)
def test_a_filter_keeps_what_fits(index, where, rows):
    assert kept(index, where) == rows


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"yaer": 1}, "'yaer', which no drawing has. Did you mean 'year'"),
        ({"f1": 1}, "'f1', which no drawing has"),
        ({"year": {"=>": 1}}, "no operator '=>'"),
        ({"year": {"<": None}}, "takes a number or text"),
        ({"year": {"<": True}}, "takes a number or text"),
        ({"class": {"prefix": 6}}, "'prefix' takes text"),
        ({"class": {"in": "06"}}, "takes several values"),
        ({"class": object()}, "a value it cannot have"),
        ({"class": float("nan")}, "a value it cannot have"),
        ("year = 2019", "a dict, a list of dicts or a function, not str"),
        (["year"], "a dict, a list of dicts or a function"),
        *(({text: 1}, "which no drawing has") for text in NASTY),
    ],
)
def test_a_filter_that_makes_no_sense_is_explained(index, where, says):
    with pytest.raises(QueryError, match=says):
        kept(index, where)


def test_text_that_looks_like_sql_is_text(model, unit_rows):
    """As ids, as names and values of fields, and as prefixes: found again and nothing else."""
    metadata = [{"patent": text, text: "here", "any": text} for text in NASTY if text]
    ids = [text for text in NASTY if text]
    made = Embeddings(unit_rows(len(ids)), ids, metadata, model.name, model.fingerprint)
    index = build_index(model, made)
    for text, data in zip(ids, metadata, strict=True):
        for where in (
            *({"id": text}, {"patent": text}, {text: "here"}, {"any": text}),
            *({text: {"!=": None}}, {"any": [text]}),
        ):
            (hit,) = search(index, np.ones(16), k=None, where=where)
            assert (hit.id, hit.patent, dict(hit.metadata)) == (
                text,
                text,
                data | {"any": text},
            ) or {**hit.metadata, "patent": hit.patent} == data
    assert len(index) == len(ids)
    index.remove(ids[0])
    assert sorted(index.ids) == sorted(ids[1:])


def test_prefixes_and_ranges_agree_with_python(model, unit_rows):
    rng = np.random.default_rng(0)
    letters = np.array(list("aAzé椅\U0001fa91%_' "))
    words = ["".join(rng.choice(letters, rng.integers(0, 5))) for _ in range(150)]
    ids = [str(i) for i in range(len(words))]
    data = [{"word": word} for word in words]
    made = Embeddings(unit_rows(150), ids, data, model.name, model.fingerprint)
    index = build_index(model, made)
    for word in dict.fromkeys(words[:25]):
        starting = {i for i, each in zip(ids, words, strict=True) if each.startswith(word)}
        smaller = {i for i, each in zip(ids, words, strict=True) if each < word}
        found = search(index, np.ones(16), k=None, where={"word": {"prefix": word}})
        assert {hit.id for hit in found} == starting
        found = search(index, np.ones(16), k=None, where={"word": {"<": word}})
        assert {hit.id for hit in found} == smaller


@pytest.mark.parametrize("engine", ["flat", "hnsw", "ivfpq"])
def test_k_hits_come_back_whenever_k_exist(model, drawings, engine):
    """However few a filter leaves, and wherever they lie: no engine stops early."""
    made = drawings(2000, rare=0)
    rare = np.argsort(made.vectors @ made.vectors[0])[:60]  # the farthest from the query
    for place, row in enumerate(rare):
        made.metadata[row]["rare"] = 1 + place % 2
    index = build_index(model, made, engine=engine)
    assert index.stats().engine == engine
    for where, exist in (({"rare": 1}, 30), ({"rare": {">": 0}}, 60), ({"year": 2003}, 100)):
        for k, group_by in itertools.product((1, 10, exist), (None, "patent")):
            found = search(index, made.vectors[0], k=k, where=where, group_by=group_by)
            expected = k if group_by is None else min(k, _patents(made, where))
            assert len(found) == expected
            assert all(hit.metadata["rare"] for hit in found) or "year" in where


def _patents(made, where) -> int:
    ((field, wanted),) = where.items()
    fits = (lambda v: v > 0) if isinstance(wanted, dict) else (lambda v: v == wanted)
    return len({data["patent"] for data in made.metadata if fits(data[field])})
