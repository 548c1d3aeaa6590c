"""What was indexed finds itself, however it is given: rank 1, and a score above .99."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from patentzoo.errors import QueryError
from patentzoo.index import Index, build_index, search
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources

MAKERS = Path(__file__).resolve().parents[2] / "images"
GRANTS = ("USD0908314-20210126", "USD0934827-20211102")
"""With sheets of several figures, and sheets stored on their side."""

WAYS = ("path", "text", "bytes", "PIL", "a list", "a copy without its XML")


@pytest.fixture(scope="module")
def grants(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("grants")
    for name in GRANTS:
        (root / name).symlink_to(shared / "data" / "uspto-sample" / name)
    return root


@pytest.fixture(scope="module")
def index(grants: Path, model: RetrievalModel) -> Index:
    return build_index(model, grants)


def sheets(grants: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(grants.glob("*/*.TIF")):
        yield path.relative_to(grants).as_posix(), path


def figures_of(index: Index, sheet: str) -> set[str]:
    return {name for name in index.ids if name == sheet or name.startswith(f"{sheet}:")}


def given(way: str, path: Path, tmp_path: Path) -> Any:
    if way == "bytes":
        return path.read_bytes()
    if way == "PIL":
        return Image.open(path)
    if way == "a copy without its XML":
        copy = tmp_path / "query.tif"
        copy.write_bytes(path.read_bytes())
        return copy
    return {"text": str(path), "a list": [path]}.get(way, path)


def check(index: Index, query: Any, own: set[str]) -> None:
    """The closest hits are the drawings of the query itself, or pictures that equal them."""
    found = search(index, query, k=None)
    result = found[0] if isinstance(query, list) else found
    assert not isinstance(found, list) or len(found) == 1
    assert own
    mine = [hit.score for hit in result if hit.id in own]
    assert len(mine) == len(own)
    assert min(mine) > 0.99
    assert min(mine) > result[0].score - 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_every_sheet_of_a_grant(index: Index, grants: Path, tmp_path: Path, way: str):
    several = 0
    for name, path in list(sheets(grants))[:: 1 if way == "path" else 4]:
        own = figures_of(index, name)
        several += len(own) > 1
        check(index, given(way, path, tmp_path), own)
    assert several or way != "path"


@pytest.mark.parametrize("figures", ["whole", "split", "auto"])
def test_an_index_built_in_any_way_from_any_list(grants: Path, model, figures: Any):
    files = [path for _, path in sheets(grants)][4:9]
    built = build_index(model, files, figures=figures)
    assert (len(built) > len(files)) == (figures != "whole")
    for path in files:
        check(built, path, figures_of(built, path.name))
    one, other = (build_index(model, each, figures=figures) for each in (files[:1], str(files[0])))
    assert np.array_equal(one.vectors, other.vectors)


def test_every_member_of_an_archive(grants: Path, model, tmp_path: Path):
    archive = tmp_path / "I20210105.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add((grants / GRANTS[0]).resolve(), GRANTS[0])
    built = build_index(model, archive)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.name.endswith(".TIF"):
                (own,) = {name.split(":")[0] for name in built.ids if member.name in name}
                stream = tar.extractfile(member)
                assert stream is not None
                check(built, stream.read(), figures_of(built, own))


def test_every_page_of_a_pdf(shared: Path, model, tmp_path: Path):
    sys.path.insert(0, str(MAKERS))
    try:
        from scans import granted_pdf
    finally:
        sys.path.remove(str(MAKERS))
    file = tmp_path / "USD0908314.pdf"
    file.write_bytes(granted_pdf(shared / "data" / "uspto-sample" / GRANTS[0])[0])
    built = build_index(model, file)
    results = search(built, [file], k=1)
    assert {result.query for result in results} == {name.split(":")[0] for name in built.ids}
    assert len(results) < len(built)  # some page holds several figures
    for result in results:
        assert result[0].id in figures_of(built, result.query)
        assert result[0].score > 0.99


def test_every_figure(shared: Path, model):
    files = sorted((shared / "data" / "uspto-sample-figures").glob("*.png"))[::4]
    built = build_index(model, files)
    for result, path in zip(search(built, files, k=None), files, strict=True):
        (own,) = (hit for hit in result if hit.id == path.name)
        assert own.score > 0.99
        assert own.score > result[0].score - 1e-5  # one grant shows one picture twice


def test_limits_are_those_the_index_was_built_with(model, draw):
    page = draw(1, size=(400, 300))
    built = build_index(model, [("a", page)], max_pixels=200_000)
    small = build_index(model, [("a", draw(1))], max_pixels=20_000)
    assert search(built, page, k=1)[0].score > 0.99
    with pytest.raises(Exception, match="max_pixels"):
        search(small, page, k=1)
    assert len(search(small, page, k=1, max_pixels=200_000)) == 1


def stacked(draw) -> bytes:
    """A sheet of two labelled figures, as the USPTO publishes them."""
    from PIL import ImageDraw, ImageFont

    page = Image.new("L", (1200, 1800), 255)
    font = ImageFont.load_default(60)
    for number in (0, 1):
        figure = draw(5 + number, size=(700, 500))
        page.paste(figure, (250, 100 + 850 * number))
        text = f"FIG. {number + 1}"
        ImageDraw.Draw(page).text((480, 660 + 850 * number), text, font=font, fill=0)
    stream = io.BytesIO()
    tags = {270: "**DRAWING;PG000001;BW;P"}
    page.convert("1").save(stream, "TIFF", compression="group4", tiffinfo=tags)
    return stream.getvalue()


def test_figures_of_one_sheet_are_views_unless_told_otherwise(model, draw):
    sheet = stacked(draw)
    (source,) = iter_sources([("s.tif", sheet)], ReadOptions())
    assert [page.id for page in source.read()] == ["s.tif:1", "s.tif:2"]
    index = build_index(model, [("s.tif", sheet), ("other", draw(1)), ("more", draw(2))])
    one = search(index, sheet, k=4)
    assert [{hit.id for hit in one[:2]}, one.query] == [{"s.tif:1", "s.tif:2"}, "image-0"]
    assert len(one) == 4
    assert [each.query for each in search(index, [sheet, draw(1)], k=1)] == ["image-0", "image-1"]
    apart = search(index, [sheet], k=1, views=False)
    assert [each.query for each in apart] == ["image-0:1", "image-0:2"]
    assert [each[0].id for each in apart] == ["s.tif:1", "s.tif:2"]
    with pytest.raises(QueryError, match=r"2 images.*views=True"):
        search(index, sheet, views=False)
    whole = search(index, [sheet], k=1, figures="whole")
    assert whole[0].query == "image-0"
    assert whole[0][0].score < one[0].score
    turned = search(index, sheet, k=4, orient="any")
    assert {hit.id for hit in turned[:2]} == {"s.tif:1", "s.tif:2"}


def test_the_same_sheet_twice_is_asked_twice(model, draw):
    sheet = stacked(draw)
    index = build_index(model, [("s.tif", sheet)])
    pairs = [("a.tif", sheet), ("a.tif", sheet)]
    assert [len(each) for each in search(index, pairs, k=2)] == [2, 2]


def test_the_gazettes_figure_is_marked_however_it_is_given(index: Index, grants: Path, model):
    path = grants / GRANTS[0] / f"{GRANTS[0]}-D00000.TIF"
    for images in ([path], [("x", path.read_bytes())], str(grants / GRANTS[0])):
        built = build_index(model, images)
        marked = search(built, built.vectors[0], k=None, where={"gazette": True})
        assert len(marked) == 1
    assert len(search(index, index.vectors[0], k=None, where={"gazette": True})) == len(GRANTS)


PARTS = 5
"""Parts that the PDFs are asked in: each takes a minute or two, all of them half the slow run."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", ["sheets", "figures", "members", *(f"pages {part}" for part in range(PARTS))]
)
def test_everything_of_the_sample_with_the_bundled_model(shared: Path, tmp_path: Path, what: str):
    from patentzoo.zoo.load import load_model

    root, model = shared / "data" / "uspto-sample", load_model()
    index, queries = everything(what, root, model, tmp_path)
    results = search(index, [query for _, query in queries], k=None)
    owners = [own for own, _ in queries]
    if what.startswith("pages"):  # a PDF gives a result for each of its sheets
        owners = [result.query for result in results]
        assert set(owners) == {name.split(":")[0] for name in index.ids}
    scores = []
    for own, result in zip(owners, results, strict=True):
        mine = [hit.score for hit in result if hit.id in figures_of(index, own)]
        assert max(mine) > result[0].score - 1e-5, own
        scores.append(max(mine))
    assert min(scores) > 0.99


def everything(
    what: str, root: Path, model: RetrievalModel, tmp_path: Path
) -> tuple[Index, list[tuple[str, Any]]]:
    """An index, and (id of what is asked, query) for all that it was built from."""
    if what == "sheets":
        return build_index(model, root), [(name, path) for name, path in sheets(root)]
    if what == "figures":
        files = sorted((root.parent / "uspto-sample-figures").glob("*.png"))
        return build_index(model, files), [(path.name, path) for path in files]
    if what == "members":
        archive = tmp_path / "grants.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(root, "grants")
        index = build_index(model, archive)
        owners = {name.rpartition("/")[2].split(":")[0]: name.split(":")[0] for name in index.ids}
        files = [path for _, path in sheets(root)]
        return index, [(owners[path.name], path.read_bytes()) for path in files]
    sys.path.insert(0, str(MAKERS))
    from scans import granted_pdf

    for folder in sorted(root.iterdir())[int(what.split()[1]) :: PARTS]:
        (tmp_path / f"{folder.name}.pdf").write_bytes(granted_pdf(folder)[0])
    index = build_index(model, tmp_path)
    return index, [(path.name, path) for path in sorted(tmp_path.glob("*.pdf"))]
