"""Which patent the pages of a PDF or a TIFF are of: given, named, read, or the file's own name."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from sheets import pdf, sheet

from patentzoo.figures.header import read_number
from patentzoo.images.raster import NoDrawing, Raster
from patentzoo.options import Label, ReadOptions
from patentzoo.sources import iter_sources, read_pages
from patentzoo.sources.file_patents import PagesOfPatent

WHOLE = ReadOptions(figures="whole")
BLANK = np.full((8, 8), 255, np.uint8)


def header(number: str, date: str = "Jun. 16, 2020", size: int = 58) -> Image.Image:
    """A header line as the office prints it, in a serif face."""
    import matplotlib

    face = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSerif.ttf")
    font = ImageFont.truetype(face, size)
    line = Image.new("L", (2560, 120), 255)
    draw = ImageDraw.Draw(line)
    words = ((0.09, "U.S. Patent"), (0.37, date), (0.55, "Sheet 1 of 4"), (0.74, number))
    for share, text in words:
        draw.text((share * 2560, 20), text, font=font, fill=0)
    return line.point(lambda level: 0 if level < 128 else 255)


def page(number: str, seed: int = 0, date: str = "Jun. 16, 2020") -> Image.Image:
    """A sheet under its header line."""
    paper = Image.new("L", (2560, 3300), 255)
    paper.paste(header(number, date), (0, 150))
    paper.paste(sheet(seed, (1500, 2000)), (500, 700))
    return paper


def patents(path: Path, options: ReadOptions = WHOLE) -> set[str | None]:
    return {each.patent for each in read_pages(path, options)}


def write_pdf(path: Path, pages: list[Image.Image]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pdf(pages))
    return path


def test_the_header_names_the_patent(tmp_path: Path):
    scanned = [page("US D889,851 S", seed) for seed in range(2)]
    found = read_pages(write_pdf(tmp_path / "1.pdf", scanned), WHOLE)
    assert [each.patent for each in found] == ["USD0889851"] * 2
    assert found[0].metadata["country"] == "US"
    assert found[0].metadata["kind"] == "S"


def test_the_name_goes_before_the_header_and_the_user_before_both(tmp_path: Path):
    path = write_pdf(tmp_path / "171-USD123456.pdf", [page("US D889,851 S")])
    assert patents(path) == {"USD0123456"}
    mine = ReadOptions(figures="whole", label=lambda *_: Label("mine"))
    assert patents(path, mine) == {"mine"}


def test_without_a_number_one_file_is_one_patent(tmp_path: Path):
    drawing = sheet(1, (2000, 2600))
    for name in ("a.pdf", "2020/a.pdf"):
        write_pdf(tmp_path / name, [drawing, sheet(2, (2000, 2600))])
    both = iter_sources(tmp_path, WHOLE)
    assert sorted({p.patent or "" for each in both for p in each.read()}) == ["2020/a", "a"]


def test_two_numbers_on_the_sheets_are_none(tmp_path: Path):
    scanned = [page("US D889,851 S", 0), page("US D889,857 S", 1)]
    found = read_pages(write_pdf(tmp_path / "mixed.pdf", scanned), WHOLE)
    assert [each.patent for each in found] == ["mixed"] * 2
    assert "country" not in found[0].metadata


def test_a_table_by_patent_knows_what_the_header_says(tmp_path: Path):
    def label(name: str, path: str | None, patent: str | None) -> Label | None:
        return Label(None, {"mine": patent}) if patent else None

    path = write_pdf(tmp_path / "1.pdf", [page("US D889,851 S")])
    (found,) = read_pages(path, ReadOptions(figures="whole", label=label))
    assert (found.patent, found.metadata["mine"]) == ("USD0889851", "USD0889851")


@pytest.mark.parametrize(("count", "patent"), [(2, "scans"), (1, None)])
def test_a_tiff_of_several_pages_is_one_patent(tmp_path: Path, count: int, patent: str | None):
    first, *others = [sheet(seed, (400, 500)).convert("1") for seed in range(count)]
    first.save(tmp_path / "scans.tif", save_all=True, append_images=others)
    assert patents(tmp_path / "scans.tif") == {patent}


def test_a_tiff_of_several_pages_takes_the_number_in_its_name(tmp_path: Path):
    first = sheet(0, (400, 500)).convert("1")
    first.save(tmp_path / "D889,851.tiff", save_all=True, append_images=[first])
    assert patents(tmp_path / "D889,851.tiff") == {"USD0889851"}


TITLE = (
    "(12) United States Design Patent\n(10) Patent No.: US D889,851 S\nProchaska\n"
    "(45) Date of Patent: ** Jun. 16, 2020\nReferences Cited D428,532 S 7/2000 Follo"
)
SHEET = "U.S. Patent\r\nJun. 16, 2020\r\nSheet 1 of 4\r\nUS D889,851 S\r\nFIG. 1"


@pytest.mark.parametrize("layer", [TITLE, SHEET])
def test_the_text_layer_names_the_patent_not_those_it_cites(layer: str):
    told = PagesOfPatent(Label(None), "file")
    told.observe(NoDrawing(1, "a page of text", layer))
    told.observe(Raster(2, BLANK, sheet=True))
    assert told.named(several=True).patent == "USD0889851"
    assert told.named(several=True).metadata["granted"] == "2020-06-16"


def test_a_text_layer_of_citations_alone_names_nothing():
    told = PagesOfPatent(Label(None), "file")
    told.observe(NoDrawing(1, "a page of text", "U.S. PATENT DOCUMENTS D428,532 S 7/2000 Follo"))
    told.observe(Raster(2, BLANK, sheet=True))
    assert told.named(several=True) == Label("file", {})


def cut(line: Image.Image) -> np.ndarray:
    grey = np.asarray(line)
    rows, columns = np.nonzero(grey < 128)
    return grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def test_a_header_is_read_or_not_read_but_never_wrong():
    """Numbers drawn by chance: each is right or none, and most are read."""
    rng = np.random.default_rng(4)
    answered = 0
    for _ in range(20):
        digits = int(rng.integers(400_000, 999_999))
        number = f"D{digits // 1000},{digits % 1000:03d}"
        found = read_number(cut(header(f"US {number} S")))
        assert found in (number, None)
        answered += found is not None
    assert answered >= 12


@pytest.mark.parametrize("words", ["US 9,876,543 B2", "U.S. 1,234 S", "D88", "Sheet", "D889.851"])
def test_what_is_no_design_number_is_not_read(words: str):
    assert read_number(cut(header(words))) is None


def test_an_index_groups_the_pages_of_a_pdf(tmp_path: Path):
    import patentzoo as pz

    for name, seed in (("171-USD889851.pdf", 0), ("x.pdf", 20)):
        write_pdf(tmp_path / name, [sheet(seed + n, (1500, 2000)) for n in range(2)])
    model = pz.load_model()
    index = pz.build_index(model, tmp_path, figures="whole")
    query = io.BytesIO()
    sheet(0, (1500, 2000)).save(query, "PNG")
    result = pz.search(index, query.getvalue(), k=4, group_by="patent")
    assert {hit.patent for hit in result} == {"USD0889851", "x"}
    assert result[0].patent == "USD0889851"
