"""index --metadata: fields of drawings from a table, as they are built and as they are added."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import patentzoo as pz

Run = Callable[..., tuple[int, str, str]]


def test_fields_come_with_the_drawings(run: Run, folder: Path, tmp_path: Path):
    table = tmp_path / "fields.csv"
    table.write_text("patent,year,owner\nLD000001,2019,Acme\nLD000002,2021,Bolt\n")
    first = folder / "LD000001-D00001.png"
    code, _, error = run("index", first, "--out", tmp_path / "i", "--metadata", table)
    assert code == 0, error
    rest = [folder / "LD000001-D00002.png", folder / "LD000002-D00001.png"]
    code, _, error = run("index", "--add", *rest, "--out", tmp_path / "i", "--metadata", table)
    assert code == 0, error
    index = pz.load_index(tmp_path / "i")
    assert index.stats().columns == {"year": "integer", "owner": "text"}
    found = pz.search(index, first, k=5, where={"year": {"<": 2020}})
    assert {(hit.patent, hit.metadata["owner"]) for hit in found} == {("LD000001", "Acme")}
    assert len(found) == 2


def test_a_repair_takes_none(run: Run, tmp_path: Path):
    code, _, error = run("index", "--repair", "--out", tmp_path / "i", "--metadata", "x.csv")
    assert code == 2
    assert "--metadata means nothing with --repair" in " ".join(error.split())


@pytest.mark.parametrize("option", ["--patents", "--metadata"])
def test_a_table_that_is_none_is_told_in_words(run, folder, tmp_path, option):
    (tmp_path / "latin.csv").write_bytes("file,patent\nStühle.png,A\n".encode("latin-1"))
    for name, told in {
        "none.csv": "none.csv: no such file. Check the path.",
        ".": "is a folder; a table is a CSV file",
        "latin.csv": "save it as 'CSV UTF-8'",
    }.items():
        code, _, error = run("index", folder, "-o", tmp_path / "ix", option, tmp_path / name)
        assert (code, told in error) == (1, True), error
        assert "Errno" not in error
        assert "codec" not in error


def test_drawings_and_files_are_counted_apart(run, model, folder, draw, tmp_path, monkeypatch):
    """A file may hold several drawings: what is unchanged is counted in files, the rest is not."""
    monkeypatch.setattr(
        "patentzoo.cli.index.open_index", lambda path, *_: pz.load_index(path, model)
    )
    pz.build_index(model, folder, path=tmp_path / "ix").store.close()
    pages = [draw(n).convert("1") for n in range(40, 43)]
    pages[0].save(folder / "sheets.tif", save_all=True, append_images=pages[1:])
    code, printed, error = run("index", folder, "--add", "-o", tmp_path / "ix")
    assert code == 0, error
    assert "(drawings: 3 added; 6 files unchanged)" in printed
    code, printed, _ = run("index", folder, "--add", "-o", tmp_path / "ix")
    assert "(7 files unchanged)" in printed


def test_warnings_speak_the_command_lines_words(run: Run, folder: Path, tmp_path: Path, caplog):
    from patentzoo.cli.app import _Harmless

    def told() -> str:
        words = [_Harmless("%(message)s").format(record) for record in caplog.records]
        caplog.clear()
        return "\n".join(words)

    index, table = tmp_path / "i", tmp_path / "fields.csv"
    assert run("index", folder, "--out", index)[0] == 0
    table.write_text("id,year\nLD000001-D00001.png,2019\nabsent,2020\n")
    assert run("update", index, table)[0] == 0
    assert told() == "1 of 2 rows name no drawing of the index, the first: id='absent'."
    table.write_text("id,year\nabsent,2020\n")
    code, _, error = run("update", index, table)
    assert (code, "update()" in error) == (1, False)
    table.write_text("id,year\nLD000002-D00001.png,text\n")
    assert run("update", index, table)[0] == 0
    picture = folder / "LD000001-D00001.png"
    assert run("search", index, picture, "--where", "year>=2019")[0] == 0
    assert told().startswith("--where compares 'year', which holds values of several types")
