"""Drawings whose files are elsewhere: nothing is lost, and they come back."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile

import numpy as np
import pytest

from patentzoo.errors import ImageNotFoundError
from patentzoo.index import build_index, load_index, repair_index, search
from patentzoo.index.storage import schema
from patentzoo.reports.pictures import Pictures


def paths(index) -> dict[str, str | None]:
    return {hit.id: hit.path for hit in search(index, np.ones(index.dim), k=None)}


def lose_vectors(index) -> None:
    index.store.close()
    for file in index.path.glob("*.seg"):
        file.write_bytes(file.read_bytes()[:-3])


def make_relative(index) -> None:
    """Store paths as they were given, as earlier versions did."""
    known = paths(index)
    root = index.path.parent
    index.update({name: {"path": path[len(f"{root}/") :]} for name, path in known.items()})
    assert not any(path.startswith("/") for path in paths(index).values())


@pytest.fixture
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def here(model, folder, monkeypatch):
    """An index built in the folder of the drawings' folder, by a relative path."""
    monkeypatch.chdir(folder.parent)
    index = build_index(model, folder.name, path="made")
    index.update({name: {"note": f"of {name}"} for name in index.ids})
    return load_index(folder.parent / "made", model)


def notes(index) -> dict[str, str]:
    return {hit.id: hit.metadata["note"] for hit in search(index, np.ones(index.dim), k=None)}


def test_a_report_finds_its_pictures_from_any_folder(here, folder, elsewhere, monkeypatch):
    monkeypatch.chdir(elsewhere)
    assert paths(here) == {file.name: str(file) for file in folder.iterdir()}
    pictures = Pictures()
    assert all(pictures.of_hit(hit) for hit in search(here, np.ones(here.dim), k=None))


def test_a_member_of_an_archive_is_found_from_any_folder(
    model, folder, elsewhere, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("all.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    index = build_index(model, "all.zip")
    monkeypatch.chdir(elsewhere)
    pictures = Pictures()
    assert all(pictures.of_hit(hit) for hit in search(index, np.ones(index.dim), k=None))


def test_a_repair_from_another_folder_brings_everything_back(here, model, elsewhere, monkeypatch):
    said = notes(here)
    lose_vectors(here)
    monkeypatch.chdir(elsewhere)
    done = repair_index(here.path, model)
    assert (done.replaced, done.removed, done.failures) == (6, 0, ())
    assert notes(load_index(here.path)) == said


def test_relative_paths_of_an_older_index_are_found_and_become_absolute(
    here, folder, model, elsewhere, monkeypatch
):
    make_relative(here)
    lose_vectors(here)
    # A file of the same name and another drawing does not come in its place.
    shutil.copytree(folder, elsewhere / folder.name)
    first, second = sorted((elsewhere / folder.name).iterdir())[:2]
    shutil.copy(second, first)
    monkeypatch.chdir(elsewhere)
    assert repair_index(here.path, model).replaced == 6
    found = paths(load_index(here.path))
    assert found[first.name] == str(folder / first.name)
    assert all(path.startswith("/") for path in found.values())
    assert load_index(here.path, model).add(folder).unchanged == 6


def test_a_whole_index_of_relative_paths_is_given_absolute_ones(here, folder, model):
    make_relative(here)
    assert repair_index(here.path, model).replaced == 0
    assert paths(load_index(here.path)) == {file.name: str(file) for file in folder.iterdir()}


@pytest.mark.parametrize("given", [None, "empty", "others"])
def test_a_repair_that_finds_nothing_stops_and_changes_nothing(
    here, model, folder, elsewhere, draw, given
):
    said, vectors = notes(here), here.vectors
    lose_vectors(here)
    before = sorted((file.name, file.read_bytes()) for file in here.path.glob("*.seg"))
    folder.rename(folder.parent / "away")
    images = None
    if given is not None:
        images = [(f"{given}.png", elsewhere / "none.png")]
    if given == "others":
        draw(90).save(elsewhere / "none.png")
    with pytest.raises(ImageNotFoundError, match=r"6 drawings.*not one.*Nothing was changed"):
        repair_index(here.path, model, images)
    assert sorted((f.name, f.read_bytes()) for f in here.path.glob("*.seg")) == before
    (folder.parent / "away").rename(folder)
    assert repair_index(here.path, model).replaced == 6
    again = load_index(here.path)
    assert notes(again) == said
    np.testing.assert_allclose(again.vectors, vectors, atol=1e-6)


def test_what_is_not_found_waits_and_comes_back_with_its_metadata(here, model, folder):
    said = notes(here)
    lose_vectors(here)
    files = sorted(folder.iterdir())
    hidden = [file.rename(folder.parent / file.name) for file in files[:2]]
    done = repair_index(here.path, model)
    assert (done.replaced, done.removed) == (4, 0)
    assert [each.id for each in done.failures] == [file.name for file in hidden]
    rest = load_index(here.path, model)
    assert (len(rest), [each.id for each in rest.failures]) == (4, [file.name for file in hidden])
    copy = here.path.with_name("copy")
    rest.save(copy)
    assert len(repair_index(here.path, model).failures) == 2  # and again
    for file in hidden:
        file.rename(folder / file.name)
    for path in (here.path, copy):
        assert repair_index(path, model).replaced == 2
        again = load_index(path)
        assert (notes(again), again.failures) == (said, [])
        assert repair_index(path, model).replaced == 0


def test_what_waits_is_removed_where_that_is_asked_for(here, model, folder):
    lose_vectors(here)
    files = sorted(folder.iterdir())
    away = folder.parent / "away"
    away.mkdir()
    for file in files[:3]:
        file.rename(away / file.name)
    repair_index(here.path, model)
    index = load_index(here.path, model)
    index.remove(files[0].name)
    index.add([away / files[1].name])
    assert sorted(index.ids) == [file.name for file in (files[1], *files[3:])]
    done = repair_index(here.path, model, prune=True)
    assert (done.replaced, done.removed) == (0, 1)
    for file in files[:3]:
        (away / file.name).replace(file)
    assert repair_index(here.path, model).replaced == 0
    assert len(load_index(here.path)) == 4


def test_a_renamed_folder_added_again_is_where_the_drawings_are(
    here, model, folder, elsewhere, monkeypatch
):
    new = folder.rename(folder.parent / "renamed")
    done = here.add(new)
    assert (done.unchanged, done.updated, done.added) == (6, 6, 0)
    assert notes(load_index(here.path)).keys() == {file.name for file in new.iterdir()}
    assert paths(load_index(here.path)) == {file.name: str(file) for file in new.iterdir()}
    monkeypatch.chdir(elsewhere)
    assert here.add(new).updated == 0
    lose_vectors(here)
    assert repair_index(here.path, model).replaced == 6


def test_a_repair_from_given_images_notes_where_they_are(here, model, folder):
    lose_vectors(here)
    new = folder.rename(folder.parent / "renamed")
    assert repair_index(here.path, model, new).replaced == 6
    assert paths(load_index(here.path)) == {file.name: str(file) for file in new.iterdir()}


def test_an_index_that_waits_is_read_without_the_table(here, model, folder):
    """The table stands beside the others: what does not know it sees an index as before."""
    lose_vectors(here)
    next(folder.iterdir()).unlink()
    repair_index(here.path, model)
    with sqlite3.connect(here.path / schema.CATALOGUE) as connection:
        (record,) = connection.execute("SELECT record FROM lost").fetchone()
        assert len(json.loads(record)) == 5
        connection.execute("DROP TABLE lost")
    connection.close()
    assert len(load_index(here.path)) == 5


def test_a_table_names_files_as_typed_or_in_full(here, folder, tmp_path):
    first, second = sorted(folder.iterdir())[:2]
    table = tmp_path / "table.csv"
    table.write_text(f"file,title\n{folder.name}/{first.name},a\n{second},b\n", encoding="utf-8")
    assert here.update(table).updated == 2
