"""Patents as the user gives them: a function or a CSV."""

from __future__ import annotations

import logging
import unicodedata

import numpy as np
import pytest

from patentzoo.embedding import embed
from patentzoo.errors import ConfigError
from patentzoo.index import build_index, search
from patentzoo.options import ReadOptions
from patentzoo.sources import make_labeller, read_pages


def labelled(images, patent):
    return read_pages(images, ReadOptions(label=make_labeller(patent)))


def test_a_function_takes_precedence_over_the_name(folder):
    pages = labelled(folder, lambda path: path[-5])
    assert [page.patent for page in pages] == ["1", "2"] * 3


def test_a_function_that_gives_none_leaves_the_name_its_say(folder):
    pages = labelled(folder, lambda path: "mine" if "D00001" in path else None)
    assert [page.patent for page in pages[:2]] == ["mine", "LD000001"]


def test_a_function_of_an_array_is_given_its_id(draw):
    (page,) = labelled([("a-1", draw())], lambda name: name[:1])
    assert page.patent == "a"


def test_a_function_must_give_text(folder):
    with pytest.raises(ConfigError, match="gave int for"):
        labelled(folder, len)


def test_a_csv_names_patents_and_its_further_columns_are_metadata(folder, tmp_path):
    table = tmp_path / "patents.csv"
    table.write_text(
        "file,title,patent\n"
        'LD000001-D00001.png,"Chair, folding",USD1\n'
        f"{folder}/LD000001-D00002.png,Chair,USD1\n",
        encoding="utf-8-sig",
    )
    pages = labelled(folder, table)
    assert [page.patent for page in pages] == ["USD1", "USD1", *["LD000002"] * 2, *["LD000003"] * 2]
    assert [page.metadata for page in pages[:3]] == [
        {"title": "Chair, folding"},
        {"title": "Chair"},
        {},
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file,patnt\na,b\n", "no column 'patent'. Did you mean 'patnt'"),
        ("", "no column 'file'"),
        ("file,patent\na,b\na,c\n", "line 3: 'a' occurs a second time"),
        ("file,patent\na,b,c\n", "line 2: the row has not as many cells"),
        ("file,patent\na\n", "line 2: the row has not as many cells"),
        ('file,patent\n"a,b\n', "cannot be read"),
    ],
)
def test_a_faulty_csv_is_explained(text, says, tmp_path):
    table = tmp_path / "patents.csv"
    table.write_text(text)
    with pytest.raises(ConfigError, match=says) as caught:
        make_labeller(table)
    assert str(table) in str(caught.value)


def test_a_missing_csv_and_another_type_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.csv: no such file"):
        make_labeller(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="not int"):
        make_labeller(3)


def test_a_csv_that_matches_none_of_the_drawings_is_refused_before_the_work(
    folder, tmp_path, model, monkeypatch
):
    table = tmp_path / "patents.csv"
    table.write_text("file,patent\nscan1.png,P1\nscan2.png,P2\n")
    monkeypatch.setattr(type(model), "encode", None)  # nothing is embedded
    with pytest.raises(ConfigError, match=r"none of its 2 rows names.*'scan1\.png'.*'file'"):
        embed(model, folder, patent=table)


def test_rows_that_match_none_are_told_of(folder, tmp_path, model, caplog):
    table = tmp_path / "patents.csv"
    table.write_text("file,patent\nLD000001-D00001.png,P1\nscan2.png,P2\n")
    for images in (folder, iter(sorted(folder.iterdir()))):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "patentzoo"):
            found = embed(model, images, patent=table)
        assert found.metadata[0]["patent"] == "P1"
        assert "1 of 2 rows name none of the drawings given, the first: 'scan2.png'" in caplog.text


@pytest.mark.parametrize(("in_table", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_names_match_however_their_letters_are_composed(folder, tmp_path, in_table, on_disk):
    name = "Stühle-é.png"
    (folder / "LD000001-D00001.png").rename(folder / unicodedata.normalize(on_disk, name))
    table = tmp_path / "patents.csv"
    text = f"file,patent\n{unicodedata.normalize(in_table, name)},P1\n"
    table.write_text(text, encoding="utf-8")
    assert "P1" in {page.patent for page in labelled(folder, table)}


def test_a_csv_needs_no_file_where_the_patent_is_known(folder, tmp_path):
    table = tmp_path / "patents.csv"
    table.write_text("patent,title,year\nLD000001,Chair,2020\nLD000003,,2021\n")
    assert [page.metadata for page in labelled(folder, table)] == [
        *[{"title": "Chair", "year": 2020}] * 2,
        *[{}] * 2,
        *[{"year": 2021}] * 2,
    ]
    table.write_text("filename,patent\na.png,P\n")
    with pytest.raises(ConfigError, match=r"no column 'file'.*Did you mean 'filename'"):
        make_labeller(table)


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "None", "<NA>"])
def test_a_missing_patent_is_no_patent(folder, tmp_path, cell):
    table = tmp_path / "patents.csv"
    table.write_text(f"file,patent\nLD000001-D00001.png,{cell}\nLD000001-D00002.png,907292.0\n")
    pages = labelled(folder, table)
    assert [page.patent for page in pages[:2]] == ["LD000001", "907292"]


FIELDS = {"title": "Chair", "year": 2020, "patent": 907292}


def fields(row):
    return {key: value for key, value in row.items() if key not in ("path", "page")}


def test_fields_come_with_an_image(folder, model, draw):
    file = folder / "LD000001-D00001.png"
    images = [("a", draw(), FIELDS), ("b", file, {"x": None, "year": 2021}), ("c", file)]
    found = embed(model, images)
    assert found.ids == ["a", "b", "c"]
    assert [fields(row) for row in found.metadata] == [
        {"patent": "907292", "title": "Chair", "year": 2020},
        {"patent": "LD000001", "year": 2021},
        {"patent": "LD000001"},
    ]
    with pytest.raises(ConfigError, match=r"the fields of 'a' = 'Chair' .*should be a dict"):
        embed(model, [("a", draw(), "Chair")])


@pytest.mark.parametrize("kind", ["dict", "id", "file", "patent"])
def test_metadata_come_by_id_or_from_a_table(kind, folder, tmp_path, model):
    first, second = "LD000002-D00001.png", "LD000002-D00002.png"
    table = tmp_path / "t.csv"
    lines = {"id": first, "file": folder / first, "patent": "LD000002", "dict": ""}
    table.write_text(f"{kind},title\n{lines[kind]},Chair\n")
    given = {first: {"title": "Chair"}} if kind == "dict" else table
    expected = {first, second} if kind == "patent" else {first}
    found = embed(model, folder, metadata=given)
    titled = zip(found.ids, found.metadata, strict=True)
    assert {name for name, row in titled if row.get("title") == "Chair"} == expected
    index = build_index(model, folder, metadata=given)
    assert {hit.id for hit in search(index, np.ones(16), where={"title": "Chair"})} == expected


def test_metadata_and_patents_are_joined(folder, tmp_path, model):
    table = tmp_path / "patents.csv"
    table.write_text("file,patent,year\nLD000001-D00001.png,P1,2020\n")
    told = {"LD000001-D00001.png": {"title": "Chair", "year": 2021}}
    found = embed(model, folder, patent=table, metadata=told)
    assert fields(found.metadata[0]) == {"patent": "P1", "year": 2021, "title": "Chair"}


def test_metadata_that_do_nothing_are_refused(folder, model):
    with pytest.raises(ConfigError, match="none of its 1 rows names"):
        embed(model, folder, metadata={"nothing.png": {"a": 1}})
    with pytest.raises(ConfigError, match="Embeddings bring their own"):
        build_index(model, embed(model, folder), metadata={"a": {}})


def test_changed_metadata_are_taken_over_by_adding_again(folder, model):
    index = build_index(model, folder, metadata={"LD000001-D00001.png": {"year": 2020}})
    changes = index.add(folder, metadata={"LD000001-D00001.png": {"year": 2021}})
    assert (changes.replaced, changes.unchanged) == (1, 5)
    assert search(index, np.ones(16), where={"year": 2021})[0].id == "LD000001-D00001.png"
