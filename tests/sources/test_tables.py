"""CSV and Parquet tables that name files."""

from __future__ import annotations

import datetime
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patentzoo.errors import ConfigError, ImageError, MissingExtraError
from patentzoo.sources import iter_sources, read_pages

ROWS = [
    {"file": "LD000001-D00001.png", "patent": "P1", "title": "Chair", "year": 2021},
    {"file": "LD000002-D00001.png", "patent": None, "title": "Table", "year": None},
]


def parquet(folder, rows=ROWS):
    table = folder / "list.parquet"
    pq.write_table(pa.Table.from_pylist(rows), table)
    return table


def test_a_csv_names_files_beside_it(folder):
    table = folder / "list.csv"
    table.write_text(
        "file,id,patent,title\n"
        "LD000001-D00001.png,one,P1,Chair\n"
        "LD000002-D00001.png,,,Table\n"
        f"{folder / 'LD000003-D00001.png'},three,,Lamp\n"
    )
    pages = read_pages(table)
    assert [page.id for page in pages] == ["one", "LD000002-D00001.png", "three"]
    assert [page.patent for page in pages] == ["P1", "LD000002", "LD000003"]
    assert [page.metadata for page in pages] == [{"title": t} for t in ("Chair", "Table", "Lamp")]
    alone = read_pages(folder / "LD000001-D00001.png")[0]
    assert np.array_equal(pages[0].grey, alone.grey)


def test_a_parquet_does_the_same_with_its_types(folder):
    rows = [{**row, "granted": datetime.date(2021, 1, 5), "x": float("nan")} for row in ROWS]
    pages = read_pages(parquet(folder, rows))
    assert [page.patent for page in pages] == ["P1", "LD000002"]
    assert pages[0].metadata == {"title": "Chair", "year": 2021, "granted": "2021-01-05"}
    assert "year" not in pages[1].metadata


def test_bad_rows_fail_alone(folder):
    table = folder / "list.csv"
    table.write_text(
        "file,patent\nLD000001-D00001.png,P1\na,b,c\n,P2\nabsent.png,P3\nLD000002-D00001.png,P2\n"
    )
    outcomes = [pair for source in iter_sources(table) for pair in source.outcomes()]
    good = [name for name, outcome in outcomes if not isinstance(outcome, ImageError)]
    assert good == ["LD000001-D00001.png", "LD000002-D00001.png"]
    bad = [str(outcome) for _, outcome in outcomes if isinstance(outcome, ImageError)]
    assert "line 3: not as many cells" in bad[0]
    assert "names no file" in bad[1]
    assert "absent.png: no such file" in bad[2]


def test_a_table_that_is_none_is_refused(folder):
    table = folder / "list.csv"
    table.write_text("path,patent\na,b\n")
    with pytest.raises(ConfigError, match="no column 'file'"):
        list(iter_sources(table))
    (folder / "list.parquet").write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match="cannot be read as Parquet"):
        list(iter_sources(folder / "list.parquet"))
    table.write_text("file\nhttps://example.org/a.png\n")
    with pytest.raises(ConfigError, match="allow_urls=True"):
        list(iter_sources(table))


def test_without_the_extra_the_command_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'patentzoo\[parquet\]'"):
        list(iter_sources(parquet(folder)))


def test_ids_and_patents_of_a_parquet_are_text_and_missing_is_missing(folder):
    rows = [
        {"file": "LD000001-D00001.png", "id": 0, "patent": 907292.0},
        {"file": "LD000001-D00002.png", "id": 1, "patent": float("nan")},
        {"file": "LD000002-D00001.png", "id": 2, "patent": None},
    ]
    pages = read_pages(parquet(folder, rows))
    assert [page.id for page in pages] == ["0", "1", "2"]
    assert [page.patent for page in pages] == ["907292", "LD000001", "LD000002"]


def test_a_timestamp_at_midnight_is_a_date_and_a_number_stays_one(folder):
    at = [datetime.datetime(2021, 1, 5), datetime.datetime(2021, 1, 5, 10, 30)]
    rows = [{"file": "LD000001-D00001.png", "a": at[0], "b": at[1], "c": True, "d": [1, 2]}]
    (page,) = read_pages(parquet(folder, rows))
    assert page.metadata == {"a": "2021-01-05", "b": "2021-01-05T10:30:00", "c": True, "d": [1, 2]}


def test_one_cell_that_is_no_number_makes_a_column_text(folder):
    table = folder / "list.csv"
    cells = {"a": ("2019", "n.d."), "b": ("2019", "NA"), "c": ("1", "2.5"), "d": ("01", "2")}
    cells |= {"e": ("2019.0", ""), "f": ("2021-02-30", "2021-01-01"), "g": (str(2**64), "1")}
    lines = [",".join(each) for each in zip(*cells.values(), strict=True)]
    names = ["LD000001-D00001.png", "LD000001-D00002.png"]
    body = [f"{name},{line}" for name, line in zip(names, lines, strict=True)]
    table.write_text("\n".join([f"file,{','.join(cells)}", *body]) + "\n")
    first, second = (page.metadata for page in read_pages(table))
    expected = {"a": "2019", "b": 2019, "c": 1.0, "d": "01", "e": 2019, "f": "2021-02-30"}
    assert first == {**expected, "g": str(2**64)}
    assert second == {"a": "n.d.", "c": 2.5, "d": "2", "f": "2021-01-01", "g": "1"}
