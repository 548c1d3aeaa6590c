from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patentzoo.errors import ImageError
from patentzoo.hit import Hit
from patentzoo.images import Page
from patentzoo.options import ReadOptions
from patentzoo.reports.pictures import Pictures, box_of
from patentzoo.reports.thumbnails import shrunk
from patentzoo.sources import read_pages
from patentzoo.sources.stored_drawings import chosen_page


@pytest.fixture
def pictures() -> Pictures:
    return Pictures(64)


def test_what_cannot_be_shown_has_no_picture(tmp_path: Path, pictures: Pictures):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for image in (
        tmp_path / "broken.png",
        tmp_path / "missing.png",
        np.full((9, 9), 255, np.uint8),
        None,
        "https://example.org/a.png",
        b"",
    ):
        assert pictures.uri(image) is None


def test_the_page_asked_for(tmp_path: Path, pictures: Pictures):
    first, second = np.zeros((10, 20), np.uint8), np.zeros((30, 7), np.uint8)
    stack = tmp_path / "two.tif"
    Image.fromarray(first).save(stack, save_all=True, append_images=[Image.fromarray(second)])
    assert pictures.grey(stack).shape == (10, 20)
    assert pictures.grey(stack, 2).shape == (30, 7)
    assert pictures.grey(stack, 3) is None


def test_a_file_is_read_once(folder: Path, pictures: Pictures):
    path = next(folder.glob("*.png"))
    first = pictures.uri(path)
    path.unlink()
    assert pictures.uri(str(path)) == first
    assert first is not None


def test_a_member_of_an_archive(folder: Path, tmp_path: Path, pictures: Pictures):
    path = sorted(folder.glob("*.png"))[1]
    archive = tmp_path / "drawings.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for each in folder.glob("*.png"):
            packed.write(each, each.name)
    sources = {page.id: page.path for page in read_pages(archive, ReadOptions(figures="whole"))}
    member = next(place for place in sources.values() if str(place).endswith(path.name))
    assert not Path(str(member)).exists()
    assert np.array_equal(pictures.grey(member), pictures.grey(path))


def test_a_figure_of_a_sheet_is_the_one_that_was_indexed(tmp_path: Path, pictures: Pictures):
    sheet = np.full((1200, 900), 255, np.uint8)
    sheet[100:300, 100:104] = sheet[100:104, 100:600] = 0
    path = tmp_path / "sheet.png"
    Image.fromarray(sheet).save(path)
    figures = read_pages(path, ReadOptions(figures="split"))
    assert [box_of(page.metadata) for page in figures] == [(100, 100, 300, 600)]
    hit = Hit(1, 0.5, figures[0].id, None, str(path), None, figures[0].metadata)
    assert np.array_equal(pictures.grey_of_hit(hit), shrunk(figures[0].grey, 64))
    gone = Hit(1, 0.5, "x", None, str(path), None, {"box": [0, 0, 5, 5]})
    assert pictures.of_hit(gone) is None


def test_a_page_is_chosen_by_its_number_where_pages_of_text_are_left_out():
    drawn = [Page(f"p{n}", np.full((4, 4), n, np.uint8), page=n) for n in (3, 5)]
    assert chosen_page("d", drawn, 3) is drawn[0]
    assert chosen_page("d", drawn, 5) is drawn[1]
    with pytest.raises(ImageError, match="no page 2"):
        chosen_page("d", drawn, 2)
    assert chosen_page("d", drawn[:1], None) is drawn[0]
