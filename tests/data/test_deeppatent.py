"""DeepPatent's lists and tree, folders and tables: read as published, leaks refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from patentzoo.data.deeppatent import LISTS, DeepPatent, patent_of_path, read_list
from patentzoo.data.linedraw.dataset import SolidSource
from patentzoo.data.records import (
    check_leaks,
    read_csv,
    read_folder,
    read_uspto_sample,
)
from patentzoo.data.synthetic_deeppatent import write_deeppatent
from patentzoo.errors import ConfigError, ImageNotFoundError
from patentzoo.sources.names import is_gazette_figure

LINE = "I20181127/USD0834581-20181127/USD0834581-20181127-D0000{}.png {}"


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("1", (20, 10)).save(path)


@pytest.fixture
def write(tmp_path):
    """Write a list and the pictures it names, but for those left out."""

    def listed(*lines, without=()):
        for line in lines:
            name = line.rpartition(" ")[0]
            if name and name not in without and name[0] not in "/.":
                put(tmp_path / name)
        path = tmp_path / "list.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return listed


def test_reads_a_published_line(write, tmp_path):
    found = read_list(write(LINE.format(1, 1), LINE.format(2, 1)), tmp_path).complete()
    assert [record.patent for record in found] == ["USD0834581"] * 2
    assert found.records[1].id == LINE.format(2, 1).split()[0]
    assert all(record.file.is_file() for record in found)


def test_missing_pictures_are_kept_by_name(write, tmp_path):
    gone = LINE.format(2, 1).split()[0]
    found = read_list(write(LINE.format(1, 1), LINE.format(2, 1), without=[gone]), tmp_path)
    assert (len(found), found.missing) == (1, (gone,))
    with pytest.raises(ImageNotFoundError, match=rf"1 of 2 listed drawings are missing, .*{gone}"):
        found.complete()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["no-label.png"], "line 1: 'no-label.png' is no path and label"),
        (["a/b.png one"], "is no path and label"),
        (["../../etc/passwd 1"], "leads out of the folder"),
        (["/etc/passwd 1"], "leads out of the folder"),
        ([LINE.format(1, 1), LINE.format(1, 1)], "is listed twice"),
        (["USD1/a.png 1", "USD2/b.png 1"], "label 1 is of USD1 above and of USD2 here"),
    ],
)
def test_faulty_lists_are_named(write, tmp_path, lines, message):
    with pytest.raises(ConfigError, match=message):
        read_list(write(*lines), tmp_path)


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ImageNotFoundError, match=r"train_patent_trn\.txt is not there"):
        DeepPatent(tmp_path).read("train")


@pytest.mark.parametrize(
    ("name", "patent"),
    [
        ("I20181127/USD0834581-20181127/x.png", "USD0834581"),
        ("USD0834581/x.png", "USD0834581"),
        ("chairs/x.png", "chairs"),
        ("x.png", "x"),
    ],
)
def test_patents_by_path(name, patent):
    assert patent_of_path(name) == patent


def test_a_patent_in_two_splits_is_refused():
    check_leaks({"train": {"A", "B"}, "val": {"C"}, "test": {"D"}})
    with pytest.raises(ConfigError, match="1 patents stand in both train and test, one of them B"):
        check_leaks({"train": {"A", "B"}, "val": {"C"}, "test": {"D", "B"}})


def test_the_drawn_set_has_the_published_form(deeppatent):
    found = DeepPatent(deeppatent).check()
    assert set(found) == set(LISTS) - {"test-db-extended"}
    for records in found.values():
        assert not records.missing
    for split in ("val", "test"):
        queries, database = found[f"{split}-query"], found[f"{split}-db"]
        assert queries.patents == database.patents
        assert not any(is_gazette_figure(record.id) for record in queries)
        assert sum(is_gazette_figure(r.id) for r in database) == len(database.patents)
    both = {r.id for r in found["val-query"]} | {r.id for r in found["val-db"]}
    assert {r.id for r in found["val"]} == both
    assert len(found["train"].patents | found["val"].patents | found["test-db"].patents) == 24


def test_the_drawn_set_leaks_when_its_lists_are_tampered_with(deeppatent, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    for file in LISTS.values():
        if (deeppatent / file).exists():
            (lists / file).write_bytes((deeppatent / file).read_bytes())
    train, query = (lists / LISTS[name] for name in ("train", "test-query"))
    leaked = query.read_text().split()[0]
    train.write_text(f"{train.read_text()}{leaked} 999\n")
    with pytest.raises(ConfigError, match="1 patents stand in both train and test"):
        DeepPatent(deeppatent, lists).check()
    train.write_bytes((deeppatent / LISTS["train"]).read_bytes())
    database = lists / LISTS["test-db"]
    database.write_text(database.read_text() + query.read_text().splitlines()[0] + "\n")
    with pytest.raises(ConfigError, match="they would find themselves"):
        DeepPatent(deeppatent, lists).check()


def test_same_seed_same_drawings(deeppatent, ldraw_library, tmp_path):
    source = SolidSource("ldraw", 24, folder=str(ldraw_library))
    write_deeppatent(tmp_path, source, shards=deeppatent / "shards", size_px=96)
    names = [record.id for record in DeepPatent(deeppatent).read("test-query")]
    for name in names[:6]:
        assert (tmp_path / name).read_bytes() == (deeppatent / name).read_bytes()


def test_too_few_solids_for_three_splits(deeppatent, ldraw_library, tmp_path):
    source = SolidSource("ldraw", 24, folder=str(ldraw_library))
    for patents, message in ((5, "too few for training"), (99, "fewer than 99 patents")):
        with pytest.raises(ConfigError, match=message):
            write_deeppatent(tmp_path, source, shards=deeppatent / "shards", patents=patents)


def test_folders_by_patent(tmp_path):
    for name in ("chair/1.png", "chair/2.tif", "USD0834581-20181127-D00001.png", "notes/x.txt"):
        put(tmp_path / name) if name[-3:] != "txt" else (tmp_path / "notes").mkdir()
    put(tmp_path / "loose.png")
    found = read_folder(tmp_path)
    assert {(r.id, r.patent) for r in found} == {
        ("chair/1.png", "chair"),
        ("chair/2.tif", "chair"),
        ("USD0834581-20181127-D00001.png", "USD0834581"),
    }
    assert len(read_folder(tmp_path, labelled=False)) == 4
    with pytest.raises(ImageNotFoundError, match="holds no pictures"):
        read_folder(tmp_path / "notes")


def test_tables(tmp_path):
    put(tmp_path / "a.png")
    table = tmp_path / "t.csv"
    table.write_text("\ufefffile,patent\na.png,P\nb.png,P\n", encoding="utf-8")
    found = read_csv(table, tmp_path)
    assert ([r.patent for r in found], found.missing) == (["P"], ("b.png",))
    table.write_text("file,patent\na.png,\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 2: file and patent must both be given"):
        read_csv(table, tmp_path)
    table.write_text("name,patent\na.png,P\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="columns 'file' and 'patent'"):
        read_csv(table, tmp_path)
    with pytest.raises(ConfigError, match="cannot be read as a table"):
        read_csv(tmp_path / "none.csv", tmp_path)


def test_grants_leave_out_the_gazettes_figure(tmp_path):
    for sheet in range(3):
        put(tmp_path / "USD0939806-20220104" / f"USD0939806-20220104-D0000{sheet}.TIF")
    found = read_uspto_sample(tmp_path)
    assert [r.id[-10:] for r in found] == ["D00001.TIF", "D00002.TIF"]
    assert found.patents == {"USD0939806"}


@pytest.mark.realdata
def test_the_published_sample(shared):
    found = read_uspto_sample(shared / "data" / "uspto-sample")
    assert (len(found.patents), len(found)) == (50, 438 - 50)
