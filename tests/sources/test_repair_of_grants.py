"""A damaged index of grants: each sheet is read again as it was, with its XML or without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sheets import grant_files, lay

from patentzoo.index import Index, build_index, load_index, repair_index, search
from patentzoo.options import ReadOptions
from patentzoo.sources.paths import folder, sheets_of_grants

TITLE = b"Chair &amp; table"


@pytest.fixture
def grants(tmp_path: Path) -> Path:
    """Two grants with their XML, one with a sheet on its side, and a drawing of no grant."""
    root = tmp_path / "grants"
    for patent, landscape in (("D0907292", ()), ("D0907293", (2,))):
        name, files = grant_files(patent, 2, landscape)
        lay(root / name, files)
    _, files = grant_files("D0907294", 1)
    lay(root, {"single.TIF": next(data for name, data in files.items() if "D00001" in name)})
    return root


def said(index: Index) -> dict[str, tuple[list[float], object]]:
    """What the index knows of each drawing: vector, patent, path, page, metadata."""
    hits = {hit.id: hit for hit in search(index, np.ones(index.dim), k=None)}
    rows = zip(index.ids, index.vectors.round(5).tolist(), strict=True)
    each = {name: (row, hits[name]) for name, row in rows}
    return {
        name: (row, (hit.patent, hit.path, hit.page, dict(hit.metadata)))
        for name, (row, hit) in each.items()
    }


def lose_vectors(index: Index) -> None:
    index.store.close()
    for file in index.path.glob("*.seg"):
        file.write_bytes(file.read_bytes()[:-3])


def test_sheets_beside_an_xml_are_those_of_the_folder(grants):
    expected = {each.id: each for each in folder(grants, ReadOptions())}
    files = [(each.id, each.path) for each in expected.values()]
    found = {each.id: each for each in sheets_of_grants(files, ReadOptions())}
    assert found.keys() == expected.keys() - {"single.TIF"}
    for name, each in found.items():
        assert each.content_hash() == expected[name].content_hash()
        assert (each.sheets, each.landscape) == (True, expected[name].landscape)
    assert sum(bool(each.landscape) for each in found.values()) == 1


@pytest.mark.parametrize("way", ["folder", "glob", "pairs", "files"])
def test_an_index_is_repaired_as_it_was_built(model, grants, tmp_path, way):
    files = sorted(grants.rglob("*.TIF"))
    images = {
        "folder": grants,
        "glob": f"{grants}/*/*.TIF",
        "pairs": [(f"x/{path.name}", path) for path in files],
        "files": files,
    }[way]
    index = build_index(model, images, path=tmp_path / "index", patent=lambda _: None)
    before = said(index)
    titled = [known for _, (*_, known) in before.values() if known.get("title")]
    assert len(titled) == (6 if way == "folder" else 0)
    lose_vectors(index)
    done = repair_index(index.path, model)
    assert (done.replaced, done.removed) == (len(before), 0)
    again = load_index(index.path, model)
    assert said(again) == before
    assert again.add(images).replaced == 0


@pytest.mark.parametrize("change", ["xml", "sheet", "table"])
def test_where_the_hash_cannot_tell_the_metadata_do(model, grants, tmp_path, change):
    rule = (lambda _: "MINE") if change == "table" else None
    index = build_index(model, grants, path=tmp_path / "index", patent=rule)
    before = said(index)
    (xml,) = grants.glob("USD0907292*/*.XML")
    (first,) = grants.glob("USD0907292*/*D00001.TIF")
    if change == "xml":
        xml.write_bytes(xml.read_bytes().replace(TITLE, b"Bench"))
    if change == "sheet":
        (other,) = grants.glob("USD0907293*/*D00001.TIF")
        first.write_bytes(other.read_bytes())
    lose_vectors(index)
    assert repair_index(index.path, model).removed == 0
    again = load_index(index.path, model)
    after = said(again)
    assert {name: known for name, (_, known) in after.items()} == {
        name: known for name, (_, known) in before.items()
    }
    changed = [name for name in before if after[name][0] != before[name][0]]
    assert len(changed) == (1 if change == "sheet" else 0)
    assert again.add(grants, patent=rule).replaced == {"xml": 3, "sheet": 1, "table": 7}[change]


def test_a_sheet_given_alone_stays_one_though_its_xml_is_there(model, grants, tmp_path):
    (first,) = grants.glob("USD0907292*/*D00001.TIF")
    (second,) = grants.glob("USD0907292*/*D00002.TIF")
    index = build_index(model, first, path=tmp_path / "index")
    first.write_bytes(second.read_bytes())
    lose_vectors(index)
    assert repair_index(index.path, model).replaced == 1
    (hit,) = search(load_index(index.path, model), np.ones(index.dim), k=None)
    assert "title" not in hit.metadata


@pytest.mark.realdata
def test_real_grants_are_repaired_without_the_folder(model, shared, tmp_path):
    sample = shared / "data" / "uspto-sample"
    folders = sorted(path for path in sample.iterdir() if any(path.glob("*.XML")))[:3]
    assert folders
    index = build_index(model, folders, path=tmp_path / "index")
    before = said(index)
    assert any(known.get("title") for _, (*_, known) in before.values())
    lose_vectors(index)
    assert repair_index(index.path, model).removed == 0
    assert said(load_index(index.path, model)) == before
