"""What is known of a drawing besides its bytes: part of its hash, and no place of its own."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from sheets import encoded, grant_archive, grant_files, lay, sheet, tarred, zipped
from stub import Placed, Stub

from patentzoo.embedding import embed
from patentzoo.index import build_index, load_index, search
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources, make_labeller

TITLE, OTHER = b"<invention-title>Chair &amp; table", b"<invention-title>Bench"


def hashes(images, options=None) -> dict[str, str]:
    return {each.id: each.content_hash() for each in iter_sources(images, options)}


@pytest.fixture
def grant() -> dict[str, bytes]:
    return grant_files(sheets=2)[1]


def renamed(files: dict[str, bytes], old: bytes = TITLE, new: bytes = OTHER) -> dict[str, bytes]:
    assert sum(old in data for data in files.values()) == 1
    return {name: data.replace(old, new) for name, data in files.items()}


def test_files_that_nothing_is_said_about_are_hashed_by_their_bytes(tmp_path, draw):
    data = encoded(draw(1))
    plain = {"a/USD0000001-D00001.TIF": data, "b.TIF": data}
    alone = hashlib.sha256(data).hexdigest()
    assert set(hashes(lay(tmp_path / "plain", plain)).values()) == {alone}
    (tmp_path / "plain.zip").write_bytes(zipped(plain))
    (tmp_path / "plain.tar").write_bytes(tarred(plain))
    for packed in ("plain.zip", "plain.tar"):
        assert set(hashes(tmp_path / packed).values()) == {alone}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TITLE, OTHER),
        (b"<p><figref idref=\"DRAWINGS\">FIG. 1</figref> is a front", b"<p>FIG. 1 is a rear"),
        (b'D00001.TIF"/>', b'D00001.TIF" orientation="landscape"/>'),
    ],
    ids=["title", "view", "orientation"],
)  # fmt: skip
def test_a_changed_grant_changes_the_hash_of_its_sheets(tmp_path, grant, old, new):
    before = hashes(lay(tmp_path / "a", grant))
    assert hashes(lay(tmp_path / "same", grant)) == before
    after = hashes(lay(tmp_path / "b", renamed(grant, old, new)))
    assert before.keys() == after.keys()
    assert any(before[name] != after[name] for name in before)
    (tmp_path / "c.zip").write_bytes(zipped(renamed(grant, old, new)))
    assert list(hashes(tmp_path / "c.zip").values()) == list(after.values())


def test_a_changed_row_of_a_table_changes_the_hash_of_its_file_alone(tmp_path, draw):
    for n in (1, 2):
        (tmp_path / f"{n}.png").write_bytes(encoded(draw(n), "PNG"))
    table = tmp_path / "list.csv"
    table.write_text("file,patent,title\n1.png,P1,Chair\n2.png,P2,Lamp\n")
    before = hashes(table)
    table.write_text("file,patent,title\n1.png,P1,Chair\n2.png,P2,Desk lamp\n")
    after = hashes(table)
    assert (before["1.png"] == after["1.png"], before["2.png"] == after["2.png"]) == (True, False)
    table.write_text("file,patent,title\n1.png,P9,Chair\n2.png,P2,Desk lamp\n")
    assert hashes(table)["1.png"] != before["1.png"]


def test_a_changed_table_of_patents_changes_the_hash(tmp_path, draw):
    picture, table = tmp_path / "1.png", tmp_path / "patents.csv"
    picture.write_bytes(encoded(draw(1), "PNG"))
    found = []
    for owner in ("Acme", "Acme", "Sit Ltd."):
        table.write_text(f"file,patent,owner\n1.png,P1,{owner}\n")
        found.append(hashes(picture, ReadOptions(label=make_labeller(table)))["1.png"])
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("archive", [False, True])
def test_adding_again_refreshes_what_a_changed_grant_says(tmp_path, archive):
    model = Stub()
    if archive:
        place = tmp_path / "I20210105.tar"
        place.write_bytes(grant_archive())
    else:
        place = lay(tmp_path / "tree", grant_files("D0907292")[1] | grant_files("D0907293")[1])
    index = build_index(model, place, path=tmp_path / "index")
    count = len(index)
    assert index.add(place).unchanged == 6
    if archive:
        changed = renamed(grant_files("D0907293")[1])
        inner = {f"USD0907293-20210105/{name}": data for name, data in changed.items()}
        first = {f"USD0907292-20210105/{n}": d for n, d in grant_files("D0907292")[1].items()}
        zips = {"USD0907292-20210105": first, "USD0907293-20210105": inner}
        folder = "I20210105/DESIGN"
        place.write_bytes(tarred({f"{folder}/{n}.zip": zipped(files) for n, files in zips.items()}))
    else:
        lay(place, renamed(grant_files("D0907293")[1]))
    changes = index.add(place)
    assert (changes.unchanged, changes.replaced, changes.added) == (3, 3, 0)
    found = load_index(tmp_path / "index", model)
    assert len(found) == count
    hits = search(found, found.vectors[0], k=None)
    titles = {hit.patent: hit.metadata["title"] for hit in hits}
    assert titles == {"USD0907292": "Chair & table", "USD0907293": "Bench"}


def test_adding_again_refreshes_what_a_changed_row_says(tmp_path, draw):
    table = tmp_path / "list.csv"
    for n in range(3):
        (tmp_path / f"{n}.png").write_bytes(encoded(draw(n), "PNG"))
    model = Stub()
    rows = [f"{n}.png,P{n},Chair" for n in range(3)]
    table.write_text("\n".join(["file,patent,title", *rows]))
    index = build_index(model, table, path=tmp_path / "index")
    table.write_text("\n".join(["file,patent,title", *rows[:2], "2.png,P2,Lamp"]))
    changes = index.add(table)
    assert (changes.unchanged, changes.replaced) == (2, 1)
    hits = search(index, index.vectors[0], k=None)
    assert {hit.id: hit.metadata["title"] for hit in hits} == {
        "0.png": "Chair",
        "1.png": "Chair",
        "2.png": "Lamp",
    }


@pytest.mark.parametrize("packed", [False, True])
def test_an_xml_that_cannot_be_read_takes_no_place(tmp_path, grant, packed):
    xml = next(name for name in grant if name.endswith(".XML"))
    made = []
    for name, files in (("good", grant), ("bad", {**grant, xml: b"<"})):
        place = lay(tmp_path / name, {**files, "z.png": encoded(sheet(5, (60, 80)), "PNG")})
        if packed:
            packed_files = {str(p.relative_to(place)): p.read_bytes() for p in place.iterdir()}
            place = tmp_path / f"{name}.zip"
            place.write_bytes(zipped(packed_files))
        made.append(embed(Placed(), place, batch_size=3, on_error="skip", figures="whole"))
    whole, part = made
    assert [failure.id for failure in part.failures] == [xml]
    assert part.ids == whole.ids
    assert np.array_equal(part.vectors, whole.vectors)
