"""Columns get a type when they are read, filters compare in it, and what cannot match says so."""

from __future__ import annotations

import csv
import datetime
import decimal
import logging
import unicodedata

import numpy as np
import pytest

from patentzoo.errors import ConfigError, QueryError
from patentzoo.index import build_index, search
from patentzoo.results import Embeddings

ROWS = [
    {"year": 2015, "price": 9.5, "granted": "2015-03-01", "class": "0601", "owner": "Acme"},
    {"year": 2019, "price": 10.25, "granted": "2019-12-31", "class": "0602", "owner": None},
    {"year": None, "price": None, "granted": None, "class": "1201", "owner": "Bolt"},
    {"year": 2021, "price": 1e-05, "granted": "2021-01-05", "class": None, "owner": "NA"},
    {"year": 999, "price": 100.0, "granted": "2021-06-30", "class": "0603", "owner": " "},
    {"year": 2020, "price": -3.0, "granted": "2022-01-01", "class": "0700", "owner": "2020"},
]
KINDS = {"year": "integer", "price": "number", "granted": "date", "class": "text", "owner": "text"}
FILES = [f"LD{p:06d}-D{f:05d}.png" for p in (1, 2, 3) for f in (1, 2)]


def written(path, rows=ROWS, **more):
    rows = [{"file": file, **row} for file, row in zip(FILES, rows, strict=True)]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(params=["listing", "patents", "update"])
def index(request, model, folder):
    """The same table, in each of the three ways a CSV comes in."""
    rows = [{"patent": f"P{n}", **row} for n, row in enumerate(ROWS)]
    table = written(folder / "t.csv", rows)
    if request.param == "listing":
        return build_index(model, table)
    pictures = [folder / file for file in FILES]
    if request.param == "patents":
        return build_index(model, pictures, patent=table)
    made = build_index(model, pictures)
    made.update(table)
    return made


def kept(index, where) -> set[int]:
    found = search(index, np.ones(16), k=None, where=where)
    return {FILES.index(hit.id) for hit in found}


def in_python(field, test) -> set[int]:
    return {n for n, row in enumerate(ROWS) if row[field] not in (None, " ") and test(row[field])}


def test_columns_have_the_types_of_their_cells(index):
    assert dict(index.stats().columns) == KINDS
    found = {hit.id: hit.metadata for hit in search(index, np.ones(16), k=None)}
    for n, file in enumerate(FILES):
        wanted = {k: v for k, v in ROWS[n].items() if v not in (None, " ")}
        assert dict(found[file]) == wanted
        assert {k: type(v) for k, v in found[file].items()} == {
            k: type(v) for k, v in wanted.items()
        }


@pytest.mark.parametrize(
    ("where", "field", "test"),
    [
        ({"year": {">=": 2019}}, "year", lambda v: v >= 2019),
        ({"year": {">=": "2019"}}, "year", lambda v: v >= 2019),
        ({"year": "2019"}, "year", lambda v: v == 2019),
        ({"year": range(2019, 2021)}, "year", lambda v: v in (2019, 2020)),
        ({"year": np.int64(2019)}, "year", lambda v: v == 2019),
        ({"year": {"<": np.uint16(2019)}}, "year", lambda v: v < 2019),
        ({"year": np.array([2015, 2021])}, "year", lambda v: v in (2015, 2021)),
        ({"year": {"in": {2015: 0, 999: 0}.keys()}}, "year", lambda v: v in (2015, 999)),
        ({"price": {">": decimal.Decimal("9.5")}}, "price", lambda v: v > 9.5),
        ({"price": {"<=": "9.5"}}, "price", lambda v: v <= 9.5),
        ({"granted": datetime.date(2021, 1, 5)}, "granted", lambda v: v == "2021-01-05"),
        (
            {"granted": {">=": datetime.datetime(2019, 12, 31)}},
            "granted",
            lambda v: v >= "2019-12-31",
        ),
        ({"granted": {"<": np.datetime64("2021-01-05")}}, "granted", lambda v: v < "2021-01-05"),
        ({"granted": {">=": 2021}}, "granted", lambda v: v >= "2021"),
        ({"granted": {"<=": "2021"}}, "granted", lambda v: v[:4] <= "2021"),
        ({"granted": {">": "2021-01"}}, "granted", lambda v: v[:7] > "2021-01"),
        ({"granted": {"prefix": "2021"}}, "granted", lambda v: v[:4] == "2021"),
        ({"class": {"prefix": "06"}}, "class", lambda v: v.startswith("06")),
        ({"class": {">=": "0602", "<": "07"}}, "class", lambda v: "0602" <= v < "07"),
        ({"owner": ["NA", 5]}, "owner", lambda v: v == "NA"),
    ],
)
def test_filters_compare_in_the_type_of_the_column(index, where, field, test):
    assert kept(index, where) == in_python(field, test)


def test_a_stream_of_values_is_read_once(index):
    assert kept(index, {"year": iter([2015, 999])}) == {0, 4}
    assert kept(index, {"year": {"not in": iter([2015, 999])}}) == {1, 2, 3, 5}


def test_an_empty_cell_is_missing(index):
    for field in KINDS:
        missing = set(range(6)) - in_python(field, lambda _: True)
        assert missing
        assert kept(index, {field: None}) == missing


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"year": "twenty"}, "'year', which holds whole numbers, with 'twenty'.*never fit"),
        ({"year": {">": "2019-01-01"}}, "whole numbers"),
        ({"year": {"prefix": "20"}}, "whole numbers, by 'prefix'"),
        ({"class": 601}, "'class', which holds text, with 601.*Index.update"),
        ({"class": {">=": 6}}, "which holds text"),
        ({"granted": "spring"}, "holds dates, with 'spring'.*'2021-01-31'"),
        ({"granted": 2021}, "holds dates.*whole year"),
        ({"granted": {"<": "05/01/2021"}}, "holds dates"),
        ({"patent": 907292}, "'patent', which holds text"),
        ({"owner": {"!=": 5}}, "holds text, with 5"),
        ([{"year": 2019}, {"owner": [1, 2]}], "holds text, with 1"),
    ],
)
def test_what_can_never_match_says_so(index, where, says):
    with pytest.raises(QueryError, match=says):
        kept(index, where)


@pytest.mark.parametrize(
    ("typed", "field", "test"),
    [
        ("year>=2019", "year", lambda v: v >= 2019),
        ("year = 2019", "year", lambda v: v == 2019),
        ("price<10", "price", lambda v: v < 10),
        ("granted<=2021", "granted", lambda v: v[:4] <= "2021"),
        ("class^=06", "class", lambda v: v.startswith("06")),
        ("class>=0602", "class", lambda v: v >= "0602"),
        ("owner=2020", "owner", lambda v: v == "2020"),
    ],
)
def test_the_command_line_compares_so_too(run, model, folder, tmp_path, typed, field, test):
    from patentzoo.cli import options

    made = build_index(model, written(folder / "t.csv"))
    assert kept(made, options.where([typed], made.stats().columns)) == in_python(field, test)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["granted=>2021"], "=> is no operator: write >="),
        (["year=<2021"], "write <="),
        (["year==2021"], "write ="),
        (["year<>2021"], "write !="),
        (["year=2019", "year=2020"], "a second filter by ="),
        (["year>=2019", "year>=2020"], "a second filter by >="),
        (["year"], "write field=value"),
    ],
)
def test_a_likely_slip_is_refused(typed, says):
    from patentzoo.cli import options

    with pytest.raises(ConfigError, match=says):
        options.where(typed, {"year": "integer"})


def test_two_typed_exclusions_both_hold():
    from patentzoo.cli import options

    found = options.where(["a!=x", "a!=y", "b= >x"], {"a": "text", "b": "text"})
    assert found == {"a": {"not in": ["x", "y"]}, "b": {"in": [">x"]}}


def test_values_of_numpy_and_dates_are_kept_as_metadata(model, unit_rows):
    given = {
        "n": np.int64(4),
        "yes": np.bool_(True),
        "x": np.float32(0.5),
        "day": datetime.date(2021, 1, 5),
        "when": np.datetime64("2021-01-05T10:00:00", "ns"),
        "list": [np.int8(1), datetime.date(2020, 1, 1)],
        "array": np.arange(3),
    }
    made = build_index(
        model, Embeddings(unit_rows(1), ["a"], [given], model.name, model.fingerprint)
    )
    (hit,) = search(made, np.ones(16), k=None, where={"yes": np.bool_(True), "n": 4})
    assert dict(hit.metadata) == {
        "n": 4,
        "yes": True,
        "x": 0.5,
        "day": "2021-01-05",
        "when": "2021-01-05T10:00:00",
        "list": [1, "2020-01-01"],
        "array": [0, 1, 2],
    }
    assert dict(made.stats().columns) == {
        "n": "integer",
        "yes": "boolean",
        "x": "number",
        "day": "date",
        "when": "text",
        "list": "list",
        "array": "list",
    }


def test_a_column_of_two_types_is_told_of(model, unit_rows, caplog):
    data = [{"year": 2019}, {"year": "2020"}]
    made = build_index(
        model, Embeddings(unit_rows(2), ["a", "b"], data, model.name, model.fingerprint)
    )
    assert made.stats().columns == {"year": "mixed"}
    with caplog.at_level(logging.WARNING, "patentzoo"):
        found = search(made, np.ones(16), k=None, where={"year": {">=": 2019}})
    assert [hit.id for hit in found] == ["a"]
    assert "'year', which holds values of several types" in caplog.text


def test_update_reads_names_however_composed_and_tells_what_fits_none(
    model, folder, caplog, tmp_path
):
    (folder / FILES[0]).rename(folder / unicodedata.normalize("NFD", "Stühle.png"))
    made = build_index(model, folder)
    table = tmp_path / "t.csv"
    table.write_text("file,year\nStühle.png,2019\nnone.png,2020\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING, "patentzoo"):
        assert made.update(table).updated == 1
    assert "1 of 2 rows name no drawing of the index, the first: file='none.png'" in caplog.text
    table.write_bytes(b"id,x\n\xff,2\n")
    with pytest.raises(ConfigError, match="cannot be read as CSV"):
        made.update(table)


@pytest.mark.parametrize("far", [float("inf"), 10**30, 10**400])
def test_numbers_beyond_all_others_have_an_order(index, far):
    held = in_python("year", lambda year: True)
    assert kept(index, {"year": {"<": far}}) == kept(index, {"year": {">=": -far}}) == held
    assert kept(index, {"year": {">=": far}}) == kept(index, {"year": {"<": -far}}) == set()


def test_what_is_no_day_or_no_number_cannot_fit(index):
    for bound in ("2020-13", "2020-00", "2020-01-32"):
        with pytest.raises(QueryError, match=f"'granted', which holds dates, with '{bound}'"):
            kept(index, {"granted": {">=": bound}})
    for wanted in (float("nan"), {">=": float("nan")}):
        with pytest.raises(QueryError, match=r"cannot have: .*nan.* None finds what has no value"):
            kept(index, {"year": wanted})


def test_a_day_that_no_calendar_has_is_refused(model, unit_rows):
    data = [{"granted": "2020-02-29"}, {"granted": "2021-12-31"}]
    made = build_index(
        model, Embeddings(unit_rows(2), ["a", "b"], data, model.name, model.fingerprint)
    )
    assert made.stats().columns == {"granted": "date"}
    for value in ("2021-13", "2021-00", "2021-02-29", "0000"):
        for operator in (">=", "<=", "<", ">"):
            with pytest.raises(QueryError, match=f"'{value}', which can never fit"):
                search(made, np.ones(16), where={"granted": {operator: value}})
    with pytest.raises(QueryError, match="can never fit"):
        search(made, np.ones(16), where={"granted": "2021-02-29"})
    assert search(made, np.ones(16), where={"granted": {"<=": "2020-02-29"}}).ids == ["a"]
    assert search(made, np.ones(16), where={"granted": {">": "2020-12"}}).ids == ["b"]
