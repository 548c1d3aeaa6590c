"""Patents as the user gives them: a function or a CSV."""

from __future__ import annotations

import pytest

from patentzoo.errors import ConfigError
from patentzoo.images import ReadOptions, make_labeller, read_pages


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
    with pytest.raises(ConfigError, match=r"none\.csv cannot be read"):
        make_labeller(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="not int"):
        make_labeller(3)
