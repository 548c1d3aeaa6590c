"""Filters as expressions of Milvus: what is written, and that nothing of a value gets out of it."""

from __future__ import annotations

import pytest

from patentzoo.errors import QueryError
from patentzoo.index.milvus.expressions import expression_of
from patentzoo.index.milvus.rows import (
    field_of,
    from_json,
    from_text,
    key_of,
    plain_metadata,
    to_json,
    to_text,
)

KINDS = {
    **{"id": "text", "patent": "text", "path": "text", "page": "integer"},
    **{"year": "integer", "locarno": "text", "granted": "date", "ok": "boolean"},
    **{"classes": "list", "any": "mixed"},
}
YEAR, CLASSES = 'metadata["year"]', 'metadata["classes"]'


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"year": 2019}, f"({YEAR} == 2019)"),
        ({"year": "2019"}, f"({YEAR} == 2019)"),
        ({"year": {">=": 2019, "<": 2021}}, f"({YEAR} >= 2019 and {YEAR} < 2021)"),
        ({"year": [1, 2019]}, f"({YEAR} == 1 or {YEAR} == true or {YEAR} == 2019)"),
        ({"year": {"!=": 5}}, f"(not exists {YEAR} or not (({YEAR} == 5)))"),
        ({"year": {"!=": None}}, f"(not ((not exists {YEAR})))"),
        ({"patent": "D1"}, '(patent in ["D1"])'),
        ({"patent": {"not in": ["D1"]}}, '(patent is null or not ((patent in ["D1"])))'),
        ({"page": 2.0}, "(page == 2)"),
        ({"granted": {"<=": 2020}}, '(metadata["granted"] <= "2020-99")'),
        ({"classes": "a"}, f'({CLASSES} == "a" or json_contains({CLASSES}, "a"))'),
        (
            [{"year": 5}, {"ok": True}],
            f'(({YEAR} == 5) or (metadata["ok"] == true or metadata["ok"] == 1))',
        ),
    ],
)
def test_what_is_written(where, expected):
    assert _flat(expression_of(where, KINDS)) == _flat(expected)


def _flat(expression: str) -> str:
    """Without brackets around one thing: they change nothing."""
    return expression.replace("(", "").replace(")", "")


def test_a_beginning_is_an_interval():
    written = expression_of({"locarno": {"prefix": "06"}}, KINDS)
    assert _flat(written) == 'metadata["locarno"] >= "06" and metadata["locarno"] < "07"'
    assert '< "07"' in expression_of({"locarno": {"prefix": "06\U0010ffff"}}, KINDS)
    assert '< "\ue000"' in expression_of({"locarno": {"prefix": "\ud7ff"}}, KINDS)
    assert " < " not in expression_of({"locarno": {"prefix": ""}}, KINDS)


HOSTILE = ['" or id != "', '\\" or 1 == 1 or "', "\\", '"', "\n", "' or ''='", "x\\\\", "\0", "%_"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["patent", "locarno", "classes"])
@pytest.mark.parametrize("operator", ["=", "!=", "in", "prefix", ">="])
def test_no_value_leaves_its_quotes(text, field, operator):
    if field == "classes" and operator in {"prefix", ">="}:
        return  # refused, below
    value = [text] if operator == "in" else text
    written = expression_of({field: {operator: value}}, KINDS)
    outside, texts = _read(written)
    assert "or 1 == 1" not in outside
    assert "id != " not in outside
    if operator != "prefix":
        assert text in texts


@pytest.mark.parametrize("name", ['"] == 1 or id != "', "a][b", "tab\t", "", "50 %", "é", "\ud800"])
def test_no_field_leaves_its_quotes(name):
    assert field_of(key_of(name)) == name
    outside, texts = _read(expression_of({name: 1}, {name: "integer"}))
    assert outside.replace("metadata[]", "") in ("( == 1 or  == true)", "(( == 1 or  == true))")
    assert set(texts) == {key_of(name)}


def _read(expression: str) -> tuple[str, list[str]]:
    """An expression without its texts, and the texts: read by Milvus' rule, letter by letter."""
    escapes = {"n": "\n", "r": "\r", "t": "\t"}
    outside, texts, letters, inside = "", [], iter(expression), False
    for letter in letters:
        if not inside and letter == '"':
            inside, text = True, ""
        elif inside and letter == "\\":
            escaped = next(letters)
            text += escapes.get(escaped, escaped)
        elif inside and letter == '"':
            inside = False
            texts.append(text)
        elif inside:
            assert letter != "\n"
            text += letter
        else:
            outside += letter
    assert not inside
    return outside, texts


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (lambda data: True, "cannot run"),
        ({"yaer": 1}, "Did you mean 'year'"),
        ({"year": {"~": 1}}, "knows no operator"),
        ({"year": "many"}, "can never fit"),
        ({"classes": {"prefix": "D"}}, "holds lists"),
        ({"classes": {">": "D"}}, "holds lists"),
        ({"year": {"in": 5}}, "takes several values"),
        ("year", "takes a dict"),
        ({"any": {"a": 1}}, "knows no operator"),
        ({"any": [["a"]]}, "compares text and numbers"),
    ],
)
def test_what_cannot_be_asked_is_said(where, told):
    with pytest.raises(QueryError, match=told):
        expression_of(where, KINDS)


@pytest.mark.parametrize(
    "value", ["a", "\ud800", "%json:1", "é\0", 1 << 70, -5, 2.5, [1, "\ud800"]]
)
def test_values_come_back_as_they_went(value):
    assert from_json(to_json(value)) == value
    if isinstance(value, str):
        assert from_text(to_text(value)) == value
        to_text(value).encode()


def test_metadata_come_as_any_index_gives_them():
    import datetime

    import numpy as np

    given = {"day": datetime.date(2020, 1, 2), "n": np.int64(3), "flag": True, "none": None}
    assert plain_metadata("d", given) == {"day": "2020-01-02", "n": 3, "flag": True, "none": None}
