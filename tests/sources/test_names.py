"""Patent ids from names and folders, and the natural order of files."""

from __future__ import annotations

import itertools

import pytest

from patentzoo.sources.names import natural_key, patent_from_name
from patentzoo.sources.patent_labels import default_label


@pytest.mark.parametrize(
    ("name", "patent"),
    [
        ("USD0848652-20190514-D00001", "USD0848652"),
        ("USD0848652-20190514-D00001.TIF", "USD0848652"),
        ("a/b/USD0848652-20190514-D00001-f2.png", "USD0848652"),
        ("LD000012-D00003.png", "LD000012"),
        ("chair-19991231-D00010.tif", "chair"),
        ("my-red-chair-D00010.tif", "my-red-chair"),
        ("USD0534332.png", "USD0534332"),
        ("USD0534332_2.png", "USD0534332"),
        ("chair-D0001.png", None),
        ("chair-D000011.png", None),
        ("-D00001.png", None),
        ("query.png", None),
    ],
)
def test_patents_are_read_from_names(name, patent):
    assert patent_from_name(name) == patent


@pytest.mark.parametrize(
    ("path", "below_root", "patent"),
    [
        ("drawings/chair/1.png", True, "chair"),
        ("drawings/USD0848652-20190514/1.png", True, "USD0848652"),
        ("drawings/1.png", False, None),
        ("x/USD0848652-20190514/1.png", False, "USD0848652"),
        ("x/USD0848652/1.png", False, "USD0848652"),
        ("drawings/chair/LD000001-D00001.png", True, "LD000001"),
        (None, False, None),
    ],
)
def test_the_folder_speaks_where_the_name_is_silent(path, below_root, patent):
    assert default_label("1.png", path, below_root=below_root).patent == patent


def test_numbers_are_ordered_as_numbers():
    ordered = ["Fig1", "fig2", "fig2b", "fig10", "fig10/a", "z"]
    for shuffled in itertools.permutations(ordered):
        assert sorted(shuffled, key=natural_key) == ordered


def test_the_order_is_total():
    names = ["a01", "a1", "A1", "a001"]
    orders = {tuple(sorted(each, key=natural_key)) for each in itertools.permutations(names)}
    assert len(orders) == 1


def test_odd_digits_do_not_break_the_order():
    assert sorted(["a²", "a١", "a3"], key=natural_key)
