"""The Official Gazette's picture nearly repeats a sheet: it counts only where it is alone."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.evaluate.demo import run_demo, without_gazette
from patentzoo.index import build_index, search
from patentzoo.results import Embeddings


@pytest.fixture
def index(model, unit_rows):
    """Patent A: gazette, 1 and 2; B: gazette alone; C: two sheets."""
    ids = ["A0", "A1", "A2", "B0", "C1", "C2"]
    data = [{"patent": name[0], **({"gazette": True} if name[1] == "0" else {})} for name in ids]
    rows = unit_rows(6, 3)
    return build_index(model, Embeddings(rows, ids, data, model.name, model.fingerprint))


def test_a_patents_best_figure_is_no_gazette_picture_where_there_is_another(index):
    query = index.vectors[0]  # A's gazette picture itself
    plain = search(index, query, k=3)
    assert plain[0].id == "A0"  # by drawings nothing is left out
    found = search(index, query, k=None, group_by="patent")
    by_patent = {hit.patent: hit for hit in found}
    cosines = dict(zip(index.ids, index.vectors @ query, strict=True))
    assert {each.id for each in by_patent["A"].figures} == {"A1", "A2"}
    assert by_patent["A"].score == pytest.approx(max(cosines["A1"], cosines["A2"]), abs=1e-6)
    assert by_patent["B"].id == "B0"
    assert len(by_patent["C"].figures) == 2
    every = search(index, query, k=None, group_by="patent", gazette=True)
    assert (every[0].id, every[0].score) == ("A0", pytest.approx(1, abs=1e-6))


def test_with_a_filter_that_leaves_the_gazettes_picture_alone(index):
    found = search(index, index.vectors[1], k=None, group_by="patent", exclude=["A1", "A2"])
    assert {hit.patent: hit.id for hit in found}["A"] == "A0"
    only = search(index, index.vectors[1], k=None, group_by="patent", where={"gazette": True})
    assert {hit.id for hit in only} == {"A0", "B0"}


def test_removed_drawings_are_no_others(index):
    index.remove(["A1", "A2"])
    found = search(index, index.vectors[0], k=None, group_by="patent")
    assert {hit.patent: hit.id for hit in found}["A"] == "A0"


def test_a_field_of_that_name_with_other_values(model, unit_rows):
    data = [{"patent": "P", "gazette": text} for text in ("no", "yes", "perhaps")]
    rows = Embeddings(unit_rows(3, 1), ["a", "b", "c"], data, model.name, model.fingerprint)
    index = build_index(model, rows)
    (hit,) = search(index, index.vectors[1], k=None, group_by="patent")
    assert len(hit.figures) == 3


def test_the_demo_of_a_folder_leaves_them_out(model, draw, tmp_path):
    root = tmp_path / "grants"
    root.mkdir()
    for patent in (1, 2):
        for sheet in (0, 1, 2):
            name = f"USD000000{patent}-20210105-D0000{sheet}.png"
            draw(10 * patent + max(sheet, 1)).save(root / name)  # 0 repeats 1
    draw(50).save(root / "USD0000003-20210105-D00000.png")
    done = run_demo(root, out=tmp_path / "out", model=model)
    assert len(done.findings) == 2
    assert done.indexed == 3  # seven pictures: two gazette's left out, two asked
    assert not any("-D00000" in finding.result.query for finding in done.findings)


def test_what_is_left_out_keeps_the_failures(index, model):
    data = [{"patent": "A", "gazette": True}, {"patent": "A"}, {"patent": None, "gazette": True}]
    made = Embeddings(np.eye(3, 16, dtype=np.float32), list("abc"), data, "m", "f", ["failure"])
    kept = without_gazette(made)
    assert (kept.ids, kept.failures) == (["b", "c"], ["failure"])
