"""What a notebook shows of a result."""

from __future__ import annotations

import re
from pathlib import Path

from contrast import contrast

from patentzoo.hit import Hit
from patentzoo.index import build_index, search
from patentzoo.index.query.search_result import SearchResult
from patentzoo.reports import notebook


def test_the_query_and_every_hit_with_words_and_pictures(folder: Path, model):
    result = search(build_index(model, folder), folder / "LD000001-D00001.png", k=3)
    shown = result._repr_html_()
    assert shown.count("<img ") == shown.count('src="data:image/png;base64,') == 4
    assert shown.count(' alt="') == 4
    assert result[0].id in shown
    assert f"{result[2].score:.3f}" in shown
    right = sum(hit.patent == "LD000001" for hit in result)
    assert shown.count("✓ same patent") == right >= 1


def test_many_hits_are_counted_and_none_are_said():
    hits = tuple(Hit(n, 1 - n / 100, f"{n}.png") for n in range(1, 31))
    shown = SearchResult("q", hits)._repr_html_()
    assert "24.png" in shown
    assert "25.png" not in shown
    assert "and 6 more hits" in shown
    assert "No hits." in SearchResult("q", ())._repr_html_()


def test_names_stay_text_and_nothing_runs():
    evil = "<script>alert(1)</script>\"'"
    hit = Hit(1, 0.5, evil, evil, None, None, {"title": evil})
    shown = SearchResult(evil, (hit,))._repr_html_()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 4


def test_contrast_on_the_white_card():
    assert "background:#ffffff" in notebook._CARD
    for colour in (notebook.INK, notebook.SOFT, notebook.SAME):
        assert re.fullmatch(r"#\w{6}", colour)
        assert contrast("#ffffff", colour) >= 4.5
