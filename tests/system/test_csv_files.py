"""CSV files as spreadsheets write them are read alike, wherever a table may be given."""

from __future__ import annotations

import itertools

import pytest

from patentzoo.errors import ConfigError
from patentzoo.index import build_index, search
from patentzoo.sources import iter_sources
from patentzoo.system.cells import columns_of, typed_rows

ROWS = [
    ["file", "patent", "owner, inc.", "year"],
    ["a b.png", "D1", 'Müller; "Söhne"', "2019"],
    ["é,1.png", "D2", "", "2021"],
]
EXPECTED = [
    {"file": "a b.png", "patent": "D1", "owner, inc.": 'Müller; "Söhne"', "year": 2019},
    {"file": "é,1.png", "patent": "D2", "year": 2021},
]


def written(rows: list[list[str]], delimiter: str, line: str) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',;"\t') else text

    return "".join(delimiter.join(map(cell, row)) + line for row in rows)


@pytest.mark.parametrize(
    ("delimiter", "encoding", "line"),
    list(itertools.product(",;\t", ["utf-8", "utf-8-sig", "utf-16"], ["\n", "\r\n"])),
)
def test_delimiters_and_encodings(tmp_path, delimiter, encoding, line):
    table = tmp_path / "table.csv"
    table.write_bytes(written(ROWS, delimiter, line).encode(encoding))
    assert columns_of(table) == ROWS[0]
    assert typed_rows(table) == EXPECTED
    sources = list(iter_sources(table))
    assert [source.id for source in sources] == ["a b.png", "é,1.png"]
    assert [source.known_label().patent for source in sources] == ["D1", "D2"]
    assert sources[0].known_label().metadata["owner, inc."] == 'Müller; "Söhne"'


@pytest.mark.parametrize("text", ["id\n1\n", '"a;b;c",id\n1,2\n', "id,a;b\n1,2\n"])
def test_a_comma_where_nothing_else_is_more(tmp_path, text):
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8")
    assert "id" in columns_of(table)


def test_another_encoding_is_refused_with_what_to_do(tmp_path, model, folder):
    table = tmp_path / "table.csv"
    table.write_bytes("id,owner\nLD000001-D00001.png,Müller\n".encode("cp1252"))
    index = build_index(model, folder)
    with pytest.raises(ConfigError, match="save it in UTF-8"):
        index.update(table)
    with pytest.raises(ConfigError, match="save it in UTF-8"):
        build_index(model, folder, metadata=table)


def test_metadata_with_semicolons_is_filtered_in_its_types(tmp_path, model, folder):
    table = tmp_path / "table.csv"
    names = sorted(file.name for file in folder.iterdir())
    lines = [f"{name};{2015 + i};{i}.5" for i, name in enumerate(names)]
    table.write_text("\ufefffile;year;price\n" + "\n".join(lines), encoding="utf-8")
    index = build_index(model, folder, metadata=table)
    for where, count in (({"year": {">=": 2019}}, 2), ({"price": {"<": 2}}, 2)):
        assert len(search(index, index.vectors[0], k=None, where=where)) == count


def test_spaces_behind_commas_and_in_names_of_columns_are_no_part_of_them(tmp_path, model, folder):
    table = tmp_path / "table.csv"
    lines = [f'{file.name}, 20{i}5, "a, b"' for i, file in enumerate(sorted(folder.iterdir()))]
    table.write_text("\ufeffid , Year ,owner \n" + "\n".join(lines), encoding="utf-8")
    assert columns_of(table) == ["id", "Year", "owner"]
    index = build_index(model, folder)
    assert index.update(table).updated == 6
    found = search(index, index.vectors[0], k=None, where={"Year": {">=": 2035}, "owner": "a, b"})
    assert len(found) == 3
