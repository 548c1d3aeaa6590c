"""Where query and hit agree: contributions of cells, which sum to the score."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import patentzoo as pz
from patentzoo.errors import ImageError, ModelError, QueryError
from patentzoo.models.config import NetworkConfig
from patentzoo.models.contributions import cell_embeddings
from patentzoo.models.networks import build_network
from patentzoo.models.preprocess import Preprocess
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.reports.explanation import COLOUR, ExplainedDrawing
from patentzoo.reports.query_preview import note_of


def network_model(hflip: bool = False, size_px: int = 64, **values: object) -> RetrievalModel:
    """A network (a ResNet unless said) with random weights moved off zero, batch statistics too."""
    settings: dict[str, object] = {"backbone": "resnet10t", "dim": 8, "pooling": "avg"}
    settings |= {"head": "linear"} | values
    torch.manual_seed(0)
    network = build_network(NetworkConfig(**settings)).eval()  # type: ignore[arg-type]
    with torch.no_grad():
        for name, each in network.named_buffers():
            if name.endswith("running_mean"):
                each.uniform_(-0.2, 0.2)
        for name, each in network.named_parameters():
            if name.endswith("bias"):
                each.uniform_(-0.1, 0.1)
    preprocess = Preprocess(size_px=size_px, ink_gain=0.0)
    return RetrievalModel(
        network, preprocess, name="net", dim=8, network_config=settings, device="cpu", hflip=hflip
    )


LINEAR = [
    {},
    {"pooling": "gem"},
    {"pooling": "backbone"},
    {"head": "linear-bn"},
    {"hflip": True, "pooling": "gem"},
    {"backbone": "tf_efficientnet_lite0", "pooling": "gem", "levels": (3, 5)},
]


@pytest.mark.parametrize("values", LINEAR, ids=str)
def test_cells_sum_to_the_embedding(values: dict[str, object], draw):
    model = network_model(**values)
    page = model.preprocess(np.asarray(draw(1)))
    cells = cell_embeddings(model, page)
    assert cells.shape[0] * cells.shape[1] > 1
    assert cells.sum(axis=(0, 1)) == pytest.approx(model.encode(page[None])[0], abs=1e-5)


def test_cells_of_maps_whose_sizes_do_not_divide(draw):
    """At 80 px the maps have 5 and 3 cells a side: a coarse cell is spread over one to four."""
    model = network_model(
        size_px=80, backbone="tf_efficientnet_lite0", pooling="gem", levels=(4, 5)
    )
    page = model.preprocess(np.asarray(draw(1)))
    cells = cell_embeddings(model, page)
    assert cells.shape[:2] == (5, 5)
    assert cells.sum(axis=(0, 1)) == pytest.approx(model.encode(page[None])[0], abs=1e-5)


@pytest.mark.parametrize("orient", ["upright", "any"])
def test_contributions_sum_to_the_score(orient: str, folder: Path, tmp_path: Path):
    model = network_model()
    index = pz.build_index(model, folder)
    turned = tmp_path / "turned.png"
    Image.open(folder / "LD000002-D00001.png").rotate(90, expand=True).save(turned)
    found = index.search(turned, orient=orient)
    for hit in (found[0], 4, found[5]):
        told = found.explain(hit)
        score = (hit if isinstance(hit, pz.Hit) else found[hit - 1]).score
        if orient == "upright" or hit is found[0]:  # turned as it was for the first hit
            assert told.query.cells.sum() == pytest.approx(score, abs=1e-4)
            assert told.hit.cells.sum() == pytest.approx(score, abs=1e-4)
        assert told.score == pytest.approx(told.hit.cells.sum(), abs=1e-6)


@pytest.mark.parametrize("way", [{"rerank": "k-reciprocal"}, {"query_expansion": 2}])
def test_after_a_second_look_both_numbers_are_told(way: dict[str, object], folder: Path, tmp_path):
    """What is taken apart is the cosine; the score that ranked the hit stands beside it."""
    index = pz.build_index(pz.load_model(device="cpu"), folder)
    query = folder / "LD000001-D00001.png"
    plain = {hit.id: hit.score for hit in index.search(query)}
    assert index.search(query).explain(1).ranked_by is None
    found = index.search(query, **way)
    hit = next(each for each in found if abs(each.score - plain[each.id]) > 0.05)
    told = found.explain(hit)
    assert told.ranked_by == hit.score
    assert told.score == pytest.approx(plain[hit.id], abs=1e-3)
    assert f"score={told.score:.3f}, ranked by {hit.score:.3f}" in repr(told)
    found.save_html(tmp_path / "hits.html")
    assert f"explained: the cosine, {told.score:.3f}" in (tmp_path / "hits.html").read_text()
    index.search(query).save_html(tmp_path / "plain.html")
    assert "explained: the cosine" not in (tmp_path / "plain.html").read_text()


def test_several_views_and_drawings_of_the_index_are_explained(folder: Path):
    index = pz.build_index(network_model(), folder)
    one, two = "LD000001-D00001.png", "LD000002-D00002.png"
    views = index.search([folder / one, folder / two], views="max", group_by="patent")
    figure = views[0].figures[0]
    assert views.explain(figure).score == pytest.approx(figure.score, abs=1e-4)
    by_id = index.search(one)
    assert by_id.explain(3).score == pytest.approx(by_id[2].score, abs=1e-4)


def test_agreement_lies_where_the_common_part_is(draw):
    """Two drawings that share their left half: what the left cells add is more."""
    model = network_model()
    left, one, other = (np.asarray(draw(n, (64, 64))) for n in (1, 2, 3))
    frame = np.full((64, 64), 255, np.uint8)
    frame[[0, -1]] = frame[:, [0, -1]] = 0
    pages = []
    for right in (one, other):
        page = np.minimum(frame, np.hstack([left[:, ::2], right[:, ::2]]))
        pages.append(model.preprocess(page))
    first, second = (cell_embeddings(model, page) for page in pages)
    assert np.abs(first - second)[:, 0].mean() < np.abs(first - second)[:, -1].mean()


@pytest.mark.parametrize(
    ("fit", "ink_crop"), [("pad", True), ("pad", False), ("crop", True), ("crop", False)]
)
def test_colour_lies_over_the_cell_it_is_of(fit: str, ink_crop: bool):
    """A page whose ink is one small square: its place in the input is where the network sees it."""
    grey = np.full((80, 120), 255, np.uint8)
    grey[30:50, 50:80] = 0
    preprocess = Preprocess(size_px=64, fit=fit, ink_crop=ink_crop, ink_gain=0.0)  # type: ignore[arg-type]
    y0, x0, y1, x1 = preprocess.placement(grey)
    ys, xs = np.nonzero(preprocess(grey)[0] > 0.5)
    if fit == "pad" or not ink_crop:  # cut to its ink, a wide drawing loses its sides
        assert (xs.min(), xs.max() + 1) == pytest.approx((x0, x1), abs=1)
    assert (ys.min(), ys.max() + 1) == pytest.approx((y0, y1), abs=1)


def test_the_strongest_cell_is_the_most_opaque():
    grey = np.full((64, 64), 255, np.uint8)
    grey[[0, -1]] = grey[:, [0, -1]] = 0
    cells = np.zeros((4, 4))
    cells[0, 3] = 0.5
    drawn = ExplainedDrawing(grey, cells, Preprocess(size_px=64, margin=0.0))
    overlay = np.asarray(drawn.overlay(0.5, 64))
    assert tuple(overlay[0, 0, :3]) == COLOUR
    strength = overlay[..., 3].astype(int)
    assert strength[:16, 48:].mean() > 4 * strength[:16, 32:48].mean() / 3 > 0
    assert strength[32:].max() == strength[:, :16].max() == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"head": "reference"}, "PReLU"), ({"backbone": "vit_tiny_patch16_224"}, "pools")],
)
def test_a_model_that_allows_no_sum_says_so(values: dict[str, object], reason: str, folder: Path):
    if "backbone" in values:
        values = values | {"pooling": "backbone", "backbone_args": {"img_size": 64}}
        values |= {"backbone_args": {"img_size": 64, "depth": 1}}
    index = pz.build_index(network_model(**values), folder)
    with pytest.raises(ModelError, match=rf"cannot say where.*{reason}"):
        index.search(folder / "LD000001-D00001.png").explain(1)


def test_what_cannot_be_explained(folder: Path, model, tmp_path: Path):
    index = pz.build_index(network_model(), folder)
    found = index.search(folder / "LD000001-D00001.png")
    with pytest.raises(QueryError, match="a vector"):
        index.search(index.vectors[0]).explain(1)
    for wrong in (0, 7, True, "a", pz.Hit(1, 0.5, "other")):
        with pytest.raises(QueryError, match="one of this result's 6 hits"):
            found.explain(wrong)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="Search again"):
        pickle.loads(pickle.dumps(found)).explain(1)
    (folder / found[2].id).unlink()
    with pytest.raises(ImageError):
        found.explain(3)
    with pytest.raises(ModelError, match="no feature map"):
        pz.build_index(model, folder).search(folder / "LD000001-D00001.png").explain(1)


def test_reports_hold_the_colours_where_the_model_allows_it(folder: Path, model, tmp_path: Path):
    query = folder / "LD000001-D00001.png"
    found = pz.build_index(network_model(), folder).search(query)
    for explain, count in ((None, 6), (True, 6), (False, 0)):
        found.save_html(tmp_path / "r.html", explain=explain)
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert page.count("data-heat-hit=") == page.count("data-heat-query=") == count
    plain = pz.build_index(model, folder).search(query)
    plain.save_html(tmp_path / "p.html")
    assert "data-heat-hit=" not in (tmp_path / "p.html").read_text(encoding="utf-8")
    with pytest.raises(ModelError, match="no feature map"):
        plain.save_html(tmp_path / "p.html", explain=True)


def test_a_picture_of_both(folder: Path, tmp_path: Path):
    found = pz.build_index(network_model(), folder).search(folder / "LD000001-D00001.png")
    told = found.explain(2)
    assert told.image(100).width == 2 * 100 + 3 * 5
    told.save(tmp_path / "why.png")
    assert np.array_equal(Image.open(tmp_path / "why.png"), told.image())
    assert told._repr_png_().startswith(b"\x89PNG")


def test_a_query_left_out_does_not_hide_the_others(folder: Path, tmp_path: Path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    index = pz.build_index(network_model(), folder)
    asked = [tmp_path / "bad.png", folder / "LD000002-D00001.png"]
    (found,) = index.search(asked, k=2, on_error="skip")
    assert found.explain(1).score == pytest.approx(found[0].score, abs=1e-4)
    found.save_html(tmp_path / "r.html")
    assert "Query drawing LD000002-D00001.png" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert note_of(found).image == str(asked[1])
