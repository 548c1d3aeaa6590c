"""8 bits: calibrated on the gallery, as good in finding, told about, and never picked unasked."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest
from agreeing_model import MODEL
from PIL import Image

from patentzoo.backends import BACKENDS, quantize, selection
from patentzoo.backends import export_cache as graphs
from patentzoo.errors import MissingExtraError, ModelError
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo.load import load_model

KIND = BACKENDS["openvino-int8"]
GALLERY = Path(quantize.__file__).parents[1] / "samples"


@pytest.fixture(autouse=True)
def _installed(request: pytest.FixtureRequest) -> None:
    if "no_library" not in request.node.name:
        pytest.importorskip("openvino")
        pytest.importorskip("nncf")


def test_the_calibration_shows_every_patent_of_the_gallery_once_or_more():
    step = Preprocess(size_px=64)
    pages = quantize.calibration_pages(step)
    assert pages.shape == (25, 1, 64, 64)
    assert pages.dtype == np.float32
    files = sorted(GALLERY.glob("*.png"))[::4]
    assert {file.name[:8] for file in files} == {file.name[:8] for file in GALLERY.glob("*.png")}
    for page, file in zip(pages, files, strict=True):
        np.testing.assert_array_equal(page, step(np.asarray(Image.open(file).convert("L"))))


def test_it_finds_the_same_and_says_how_far_off_it_is(on, eager, graphs, caplog):
    with caplog.at_level(logging.WARNING, "patentzoo"):
        model = on("openvino-int8")
    told = re.search(r"in 8 bits its vectors have a cosine of (0\.\d{4})", caplog.text)
    assert told, caplog.text
    assert "patentzoo evaluate --backend openvino-int8" in caplog.text
    verdicts = json.loads((graphs / f"graphs/{model.fingerprint}/verdicts.json").read_text())
    (found,) = (value for key, value in verdicts.items() if key.startswith("openvino-int8 "))
    assert f"{found:.4f}" == told[1]
    assert model.fingerprint == eager.fingerprint
    files = [file for file in sorted(GALLERY.glob("*.png")) if file.stem.endswith(("1", "2"))]
    pages = np.stack([model.preprocess(np.asarray(Image.open(f).convert("L"))) for f in files])
    rows, expected = model.encode(pages), eager.encode(pages)
    cosines = (rows * expected).sum(1)
    assert 0.95 < cosines.mean() < 0.9999, "8 bits round, and no more than that"
    near, wanted = rows @ rows.T, expected @ expected.T
    for table in (near, wanted):
        np.fill_diagonal(table, -1)
    assert (near.argmax(1) == wanted.argmax(1)).mean() >= 0.8


def test_the_graph_holds_whole_numbers_and_is_opened_from_the_cache(on, monkeypatch, graphs):
    model = on("openvino-int8")
    folder = model._runs.graph
    plain = on("openvino")._runs.graph
    size = {name: (place / "graph.bin").stat().st_size for name, place in
            (("int8", folder), ("float32", plain))}  # fmt: skip
    assert size["int8"] < 0.3 * size["float32"]
    assert 'type="FakeQuantize"' in (folder / "graph.xml").read_text(encoding="utf-8")
    monkeypatch.setattr(quantize, "quantise", lambda *_, **__: pytest.fail("it was made again"))
    load_model(MODEL, device="cpu", backend="openvino-int8", cache_dir=graphs)


def test_auto_never_takes_it():
    for weights in (5_000_000, 88_000_000):
        assert KIND not in selection.candidates("cpu", weights)


def test_a_network_that_cannot_be_quantised_is_told_in_a_sentence(tmp_path, monkeypatch):
    damaged = tmp_path / "graph.xml"
    damaged.write_text("<net/>")
    pages = np.zeros((2, 1, 32, 32), np.float32)
    with pytest.raises(RuntimeError, match="Unable to read the model"):
        quantize.quantise(damaged, pages, tmp_path / "out.xml", singly=False)
    assert not (tmp_path / "out.xml").exists()

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("UnsupportedError: no way")

    monkeypatch.setattr(quantize, "quantise", fails)
    with pytest.raises(ModelError, match=r"resnet10t.*8 bits \(UnsupportedError: no way\)\. Use"):
        load_model(MODEL, device="cpu", backend="openvino-int8", cache_dir=tmp_path / "cache")
    assert [each.name for each in (tmp_path / "cache/graphs").glob("*/*int8*")] == []


def test_a_broken_graph_is_refused(on, graphs, monkeypatch, tmp_path):
    model = on("openvino-int8")

    def astray(page, hflip=False):
        return np.roll(model.encode(page), 1, axis=1)

    astray.name, astray.device, astray.threads = "openvino-int8", "cpu", 1
    monkeypatch.setattr(selection, "open_graph", lambda *_: astray)
    with pytest.raises(ModelError, match=r"resnet10t.*openvino-int8: .*less than 0\.8\. Use"):
        load_model(MODEL, device="cpu", backend="openvino-int8", cache_dir=tmp_path)


def test_with_no_library_the_command_that_installs_it_is_told(monkeypatch):
    from patentzoo.backends import registry

    found = registry.importlib.util.find_spec
    monkeypatch.setattr(
        registry.importlib.util, "find_spec", lambda name: None if name == "nncf" else found(name)
    )
    with pytest.raises(MissingExtraError, match=r"pip install 'patentzoo\[int8\]'"):
        load_model(MODEL, device="cpu", backend="openvino-int8")


def test_each_precision_of_openvino_has_its_graph():
    names = {name: kind.graph for name, kind in BACKENDS.items() if kind.family == "openvino"}
    assert names.pop("openvino-int8") == "openvino-int8"
    assert set(names.values()) == {"openvino"}
    assert set(graphs.EXPORTERS) == {kind.graph for kind in BACKENDS.values()} - {""}
