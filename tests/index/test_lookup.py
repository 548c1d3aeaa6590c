"""An index as a collection: drawings by id, and searches by drawings of the index."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import patentzoo as pz
from patentzoo.errors import ImageNotFoundError, QueryError
from patentzoo.index.query.search_options import filter_in_words

ONE, TWO = "LD000001-D00001.png", "LD000002-D00002.png"


@pytest.fixture
def index(folder: Path, model) -> pz.Index:
    names = [path.name for path in folder.glob("*.png")]
    return pz.build_index(model, folder, metadata={name: {"title": f"Of {name}"} for name in names})


def test_a_drawing_by_its_id(index: pz.Index, folder: Path):
    drawing = index[ONE]
    assert (drawing.id, drawing.patent, drawing.title) == (ONE, "LD000001", f"Of {ONE}")
    assert np.array_equal(drawing.vector, index.vectors[index.ids.index(ONE)])
    assert np.array_equal(drawing.image(), Image.open(folder / ONE).convert("L"))
    with pytest.raises(ValueError, match="read-only"):
        drawing.vector[0] = 0
    again = pickle.loads(pickle.dumps(drawing))
    assert (again.id, again.metadata) == (drawing.id, drawing.metadata)


def test_ids_are_in_it_and_walked_through(index: pz.Index):
    assert ONE in index
    assert "other" not in index
    assert 7 not in index
    assert list(index) == index.ids
    assert len(index) == 6
    assert [each.id for each in index.drawings([TWO, ONE, TWO])] == [TWO, ONE, TWO]
    index.remove(ONE)
    assert ONE not in index
    with pytest.raises(QueryError, match="no drawing"):
        index[ONE]


def test_an_unknown_id_names_the_nearest(index: pz.Index):
    with pytest.raises(QueryError, match=r"no drawing 'LD000001-D00001'. Did you mean 'LD000001-"):
        index["LD000001-D00001"]
    with pytest.raises(QueryError, match=r"index\[id\] takes a drawing's id"):
        index[0]


def test_a_drawing_of_the_index_is_a_query(index: pz.Index, folder: Path):
    by_file = index.search(folder / TWO)
    for query in (TWO, index[TWO], by_file[0]):
        found = index.search(query)
        assert found.query == TWO
        assert found.ids == by_file.ids
        assert found.scores == pytest.approx(by_file.scores, abs=1e-5)
    several = index.search([ONE, TWO], k=1)
    assert [each[0].id for each in several] == [ONE, TWO]
    one = index.search([ONE, TWO], views=True, group_by="patent")
    assert one.query == f"{ONE} + {TWO}"


def test_the_method_is_the_function(index: pz.Index, folder: Path):
    given = {"k": 2, "group_by": "patent", "where": {"patent": "LD000001"}}
    assert index.search(folder / ONE, **given) == pz.search(index, folder / ONE, **given)
    assert copy.copy(index).search(folder / ONE, k=1)[0].id == ONE


def test_a_file_goes_before_an_id(index: pz.Index, folder: Path, monkeypatch):
    other = folder.parent / "elsewhere"
    other.mkdir()
    Image.open(folder / TWO).save(other / ONE)
    monkeypatch.chdir(other)
    assert index.search(ONE)[0].id == TWO  # the file of that name shows another drawing


def test_what_cannot_be_asked_by_id(index: pz.Index, folder: Path, model):
    with pytest.raises(QueryError, match="not both"):
        index.search([ONE, folder / TWO])
    with pytest.raises(QueryError, match="give its file"):
        index.search(ONE, orient="any")
    with pytest.raises(pz.ImageNotFoundError, match=r"none\.png"):
        index.search("none.png")
    other = pz.build_index(model, [("alone", folder / ONE)])
    with pytest.raises(QueryError, match="no drawing"):
        other.search(index.search(ONE)[0])


def test_a_drawing_of_no_file_has_no_image(model, draw):
    index = pz.build_index(model, [("array", np.asarray(draw(3)))])
    with pytest.raises(ImageNotFoundError, match="came from no file"):
        index["array"].image()
    assert index.search("array")[0].score == pytest.approx(1)


def test_a_figure_is_shown_without_its_sheet(model, tmp_path: Path, draw):
    archive = tmp_path / "sheets.pdf"
    draw(1).save(archive, save_all=True, append_images=[draw(2)])
    index = pz.build_index(model, [archive])
    drawings = index.drawings(index.ids)
    assert len({each.image().tobytes() for each in drawings}) == len(index) == 2


def test_a_result_says_what_was_searched(index: pz.Index, folder: Path, model, tmp_path: Path):
    found = index.search(folder / ONE, where={"title": {"prefix": "Of"}}, exclude=[TWO])
    assert found.info is not None
    assert (found.info.model, found.info.drawings, found.info.index) == ("tiny", 6, None)
    assert found.info.filters == f"title begins with Of; without {TWO}"
    assert found.info.ways == ""
    saved = pz.build_index(model, folder, path=tmp_path / "i")
    asked = saved.search([folder / ONE], views=True, group_by="patent", orient="any")
    assert asked.info is not None
    assert asked.info.index == str(tmp_path / "i")
    assert asked.info.ways == (
        "the queries are views of one product; the closest drawing of each patent; "
        "in all four turns"
    )
    assert pickle.loads(pickle.dumps(found)).info == found.info


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"year": 2019, "owner": ["A", "B"]}, "year is 2019, owner is A or B"),
        ({"granted": {">=": "2021", "<": "2022"}}, "granted >= 2021, granted < 2022"),
        (
            [{"a": {"!=": 1}}, {"b": {"not prefix": "x"}}],
            "(a is not 1) or (b does not begin with x)",
        ),
        (lambda _: True, "a function of Python"),
        ({"n": {"in": list(range(9))}}, "n is 0 or 1 or 2 or 3 or 4 and 4 more"),
    ],
)
def test_filters_in_words(where, words: str):
    assert filter_in_words(where) == words


def test_the_method_is_there_whatever_is_imported_first():
    code = "from patentzoo.index.index import Index; print(callable(Index._search))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
