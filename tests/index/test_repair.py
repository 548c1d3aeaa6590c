"""Repair reads every file as it was read: figures, photographs, limits; and knows what changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from patentzoo.errors import ConfigError, ImageNotFoundError
from patentzoo.index import Index, build_index, load_index, repair_index, search
from patentzoo.index.storage import schema


def two_figures() -> Image.Image:
    """A sheet with two crossed rectangles, each above its label."""
    page = Image.new("L", (1400, 2300), 255)
    draw = ImageDraw.Draw(page)
    for number, top in enumerate((200, 1200), 1):
        draw.rectangle((300, top, 1000, top + 600), outline=0, width=4)
        draw.line((320, top + 20, 980, top + 580), fill=0, width=4)
        font = ImageFont.load_default(60)
        draw.text((560, top + 680), f"FIG. {number}", 0, font=font)
    return page.convert("1")


@pytest.fixture
def mixed(tmp_path) -> Path:
    """A sheet as PNG and as PDF, and a photograph in colours."""
    root = tmp_path / "mixed"
    root.mkdir()
    two_figures().save(root / "sheet.png")
    two_figures().save(root / "sheet.pdf", resolution=200)
    picture = np.full((90, 120, 3), (60, 132, 60), np.uint8)
    picture[20:70, 30:90] = (200, 60, 60)
    Image.fromarray(picture).save(root / "photo.png")
    return root


def said(index: Index) -> dict[str, tuple[np.ndarray, object]]:
    """Vector and metadata by id."""
    hits = search(index, np.ones(16), k=None)
    known = {hit.id: (hit.patent, hit.page, dict(hit.metadata)) for hit in hits}
    return {n: (v, known[n]) for n, v in zip(index.ids, index.vectors, strict=True)}


def lose_vectors(index: Index) -> None:
    """Cut every vector file."""
    index.store.close()
    for file in index.path.glob("*.seg"):
        file.write_bytes(file.read_bytes()[:-3])


def same(index: Index, before: dict[str, tuple[np.ndarray, object]]) -> None:
    after = said(index)
    assert after.keys() == before.keys()
    for name, (vector, known) in before.items():
        np.testing.assert_allclose(after[name][0], vector, atol=1e-6)
        assert after[name][1] == known


@pytest.mark.parametrize("photos", ["grey", "lines"])
@pytest.mark.parametrize(("figures", "drawings"), [("auto", 4), ("split", 5), ("whole", 3)])
def test_files_are_read_as_they_were(model, mixed, tmp_path, figures, drawings, photos):
    index = build_index(model, mixed, path=tmp_path / "i", figures=figures, photos=photos)
    before = said(index)
    assert len(before) == drawings
    lose_vectors(index)
    done = repair_index(index.path, model)
    assert (done.replaced, done.removed) == (drawings, 0)
    again = load_index(index.path, model)
    same(again, before)
    assert again.add(mixed, figures=figures).unchanged == 3


def test_what_was_added_otherwise_is_read_otherwise(model, mixed, tmp_path):
    pairs = [(f"{kind}/{file.name}", file) for kind in "abc" for file in sorted(mixed.iterdir())]
    index = build_index(model, pairs[:3], path=tmp_path / "index", figures="whole", photos="grey")
    index.add(pairs[3:6], figures="split", photos="lines")
    index.add(pairs[6:], figures="whole")
    index.save(tmp_path / "copy")
    before = said(index)
    assert len(before) == 3 + 5 + 3
    assert not np.array_equal(before["a/photo.png"][0], before["b/photo.png"][0])
    for images in (None, iter(pairs)):
        copy = load_index(tmp_path / "copy")
        lose_vectors(copy)
        assert repair_index(copy.path, model, images).removed == 0
        same(load_index(copy.path), before)


def test_a_source_read_anew_is_noted_anew(model, mixed, tmp_path):
    file = mixed / "sheet.png"
    index = build_index(model, [file], path=tmp_path / "index", figures="whole")
    index.remove(index.ids)
    index.add([file], figures="split")
    assert len(index) == 2
    index.remove(index.ids)
    index.add([file], figures="whole")
    lose_vectors(index)
    repair_index(index.path, model)
    assert load_index(index.path).ids == ["sheet.png"]


def test_limits_are_kept(model, draw, tmp_path):
    file = tmp_path / "a.png"
    draw(1, (80, 80)).save(file)
    index = build_index(model, [file], path=tmp_path / "index", max_pixels=10_000)
    draw(1, (120, 120)).save(file)
    lose_vectors(index)
    (failure,) = repair_index(index.path, model).failures
    assert "max_pixels = 10,000" in failure.reason


def test_a_file_that_changed_meanwhile_is_read_again_by_the_next_add(model, mixed, tmp_path):
    table = tmp_path / "patents.csv"
    table.write_text("file,patent\nsheet.png,D1\n", encoding="utf-8")
    index = build_index(model, mixed, path=tmp_path / "index", patent=table)
    before = said(index)
    lose_vectors(index)
    repair_index(index.path, model)
    again = load_index(index.path, model)
    same(again, before)  # the catalogue's patent, although the table is not at hand
    table.write_text("file,patent\nsheet.png,D2\n", encoding="utf-8")
    changes = again.add(mixed, patent=table)
    assert (changes.replaced, changes.unchanged) == (1, 2)
    assert said(again)["sheet.png"][1][0] == "D2"


def test_an_index_made_before_options_were_kept(model, mixed, tmp_path):
    index = build_index(model, mixed, path=tmp_path / "index", photos="lines")
    before = said(index)
    lose_vectors(index)
    with sqlite3.connect(index.path / schema.CATALOGUE) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'reading'")
        schema.write_checksum(connection)
    connection.close()
    repair_index(index.path, model)
    same(load_index(index.path), before)


def test_it_reads_in_processes_and_says_where_the_time_went(model, folder, tmp_path, process_pools):
    index = build_index(model, folder, path=tmp_path / "index")
    before, found = said(index), []
    lose_vectors(index)
    options = {"batch_size": 2, "workers": 1, "processes": True, "timings": found.append}
    with pytest.raises(ConfigError, match="batch_size = 0"):
        repair_index(index.path, model, batch_size=0)
    assert repair_index(index.path, model, **options).replaced == 6
    assert (len(process_pools), [each.images for each in found]) == (1, [6])
    same(load_index(index.path), before)


def test_addresses_are_fetched_again_only_where_that_is_allowed(
    model, mixed, tmp_path, monkeypatch
):
    pages = {f"https://example.org/{file.name}": file.read_bytes() for file in mixed.glob("*.png")}
    monkeypatch.setattr("patentzoo.sources.inputs.fetch", lambda url, _: pages[url])
    index = build_index(model, list(pages), path=tmp_path / "index", allow_urls=True)
    index.save(tmp_path / "copy")
    before = said(index)
    lose_vectors(index)
    assert repair_index(index.path, model, allow_urls=True).replaced == 2
    same(load_index(index.path), before)
    lose_vectors(load_index(tmp_path / "copy"))
    with pytest.raises(ImageNotFoundError, match="2 drawings have lost"):
        repair_index(tmp_path / "copy", model)
    done = repair_index(tmp_path / "copy", model, prune=True)
    assert (done.replaced, done.removed) == (0, 2)
