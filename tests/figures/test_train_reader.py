from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from patentzoo.figures.lettering import draw_clutter, draw_line, random_label, random_words
from patentzoo.figures.network import ALPHABET
from patentzoo.figures.train_reader import collect_clutter, random_example, train


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_all_that_is_written_can_be_read(rng):
    for _ in range(300):
        for text in (random_label(rng), random_words(rng)):
            assert set(text.replace(" ", "")) <= set(ALPHABET)
            assert text.strip()


def test_lines_are_black_on_white_and_cut_to_their_ink(rng):
    for _ in range(30):
        page = draw_line("FIG. 8", [], rng)
        assert page.dtype == np.uint8
        ink = page < 128
        assert ink.any(0)[[0, -1]].all()
        assert ink.any(1)[[0, -1]].all()
        assert draw_clutter(rng).ndim == 2


def test_examples_are_labels_words_and_nothing(rng):
    texts = [random_example([], [], rng)[1] for _ in range(200)]
    share = np.mean([text == "" for text in texts])
    assert 0.15 < share < 0.45
    assert any(text.upper().startswith("FIG") for text in texts)


def test_clutter_is_cut_from_drawings(tmp_path: Path):
    grey = np.full((512, 512), 255, np.uint8)
    grey[100:110, 100:103] = grey[100:110, 108:111] = 0
    Image.fromarray(grey).save(tmp_path / "a.png")
    assert len(collect_clutter(tmp_path, 10)) == 1


def test_a_short_training_writes_weights_and_can_go_on(tmp_path: Path):
    out = tmp_path / "reader.safetensors"
    how = {"steps": 2, "peak": 1e-3, "batch": 4, "seed": 0}
    train(out, [], [], start=None, **how)
    first = load_file(out)
    train(tmp_path / "again.safetensors", [], [], start=None, **how)
    again = load_file(tmp_path / "again.safetensors")
    assert all(np.array_equal(first[key], again[key]) for key in first)
    train(out, [], [], start=out, **how)
    assert any(not np.array_equal(first[key], value) for key, value in load_file(out).items())
