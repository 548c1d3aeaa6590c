from __future__ import annotations

import numpy as np

from patentzoo.figures.components import find_components
from patentzoo.figures.labels import figure_text, find_labels, read_carefully
from patentzoo.figures.network import ALPHABET
from patentzoo.figures.reader import _decoded, line_picture, read_lines

TEXTS = [f"FIG. {n}" for n in range(1, 31)] + [f"Fig. {n}A" for n in range(1, 9)]


def test_labels_in_a_font_it_was_not_taught_are_known_as_labels(lettered):
    readings = read_carefully([lettered(text) for text in TEXTS])
    found = [figure_text(reading.text) for reading in readings]
    assert None not in found
    right = [a == b.upper() for a, b in zip(found, TEXTS, strict=True)]
    assert np.mean(right) >= 0.7


def test_what_is_reported_is_right(lettered):
    said = []
    for text in TEXTS:
        page = np.pad(lettered(text), 60, constant_values=255)
        (label,) = find_labels(find_components(page))
        assert label.text in (None, text.upper())
        said.append(label.text)
    assert np.mean([text is not None for text in said]) >= 0.7


def test_a_batch_reads_as_its_lines_alone(lettered):
    pictures = [lettered(text) for text in ("FIG. 1", "Volume", "FIGURE 12A", "1.1")]
    together = read_lines(pictures)
    for picture, reading in zip(pictures, together, strict=True):
        alone = read_lines([picture])[0]
        assert alone.text == reading.text
        assert abs(alone.confidence - reading.confidence) < 1e-3


def test_strokes_say_nothing_that_looks_like_a_label():
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(20):
        picture = np.full((40, 120), 255, np.uint8)
        for x in rng.integers(0, 116, 6):
            picture[rng.integers(0, 20) : rng.integers(20, 40), x : x + 4] = 0
        pictures.append(picture)
    assert not [r.text for r in read_lines(pictures) if "FIG" in r.text.upper()]


def test_no_lines_no_readings():
    assert read_lines([]) == []


def test_decoding_joins_repeats_and_drops_blanks():
    word = [0, ALPHABET.index("1") + 1, ALPHABET.index("1") + 1, 0, ALPHABET.index("1") + 1, 0]
    odds = np.full((len(word), len(ALPHABET) + 1), 0.001, np.float32)
    odds[np.arange(len(word)), word] = [0.9, 0.6, 0.8, 0.9, 0.7, 0.9]
    reading = _decoded(odds)
    assert reading.text == "11"
    assert np.isclose(reading.confidence, 0.7)


def test_pictures_of_any_size_become_lines():
    for shape in ((1, 1), (200, 3), (3, 900), (60, 60)):
        line = line_picture(np.zeros(shape, np.uint8))
        assert line.shape[0] == 24
        assert line.shape[1] % 2 == 0
        assert line.max() == 1
