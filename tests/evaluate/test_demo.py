from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from patentzoo.errors import ConfigError, EmptyIndexError, ImageNotFoundError
from patentzoo.evaluate.demo import gallery_folder, hold_out, run_demo
from patentzoo.index import load_index
from patentzoo.results import Embeddings
from patentzoo.sources import iter_sources
from patentzoo.sources.names import patent_from_name


def test_one_view_of_each_patent_is_searched_among_the_rest(folder: Path, tmp_path: Path, model):
    outcome = run_demo(folder, out=tmp_path / "demo", model=model)
    assert outcome.compared
    assert len(outcome.findings) == 3
    assert outcome.indexed == 3
    asked = {finding.result.query for finding in outcome.findings}
    index = load_index(outcome.index, model)
    assert asked.isdisjoint(index.ids)
    assert asked | set(index.ids) == {path.name for path in folder.iterdir()}
    assert f"{outcome.first} of 3 queries" in outcome.summary
    for finding in outcome.findings:
        right = [hit.rank for hit in finding.result if hit.patent == finding.patent]
        assert [finding.first_rank] == right


def test_a_copy_is_found_at_rank_one(folder: Path, tmp_path: Path, model):
    for patent in range(1, 4):
        shutil.copy(folder / f"LD00000{patent}-D00001.png", folder / f"LD00000{patent}-D00002.png")
    outcome = run_demo(folder, out=tmp_path / "demo", model=model)
    assert outcome.first == 3
    report = outcome.report.read_text(encoding="utf-8")
    assert "3 of 3 queries found their patent at rank 1" in report
    assert report.count("✓ same patent") == 3


def test_held_out_views_vary_from_patent_to_patent(unit_rows):
    patents = ["A", "A", "A", "B", "B", "B", "single", None, None]
    metadata = [{"patent": patent} for patent in patents]
    drawings = Embeddings(unit_rows(9), [str(n) for n in range(9)], metadata, "m", "f")
    assert hold_out(drawings) == [0, 4]


def test_at_most_so_many_queries(folder: Path, tmp_path: Path, model):
    outcome = run_demo(folder, out=tmp_path / "demo", model=model, queries=2)
    assert len(outcome.findings) == 2
    assert outcome.indexed == 4
    with pytest.raises(ConfigError, match="at least 1"):
        run_demo(folder, out=tmp_path / "demo", model=model, queries=0)


def test_without_two_pictures_of_a_patent_neighbours_are_shown(folder: Path, tmp_path: Path, model):
    for path in folder.glob("*-D00002.png"):
        path.unlink()
    outcome = run_demo(folder, out=tmp_path / "demo", model=model)
    assert not outcome.compared
    assert "no right answer" in outcome.summary
    for finding in outcome.findings:
        assert len(finding.result) == 2
        assert finding.result.query not in {hit.id for hit in finding.result}
    assert "same patent" not in outcome.report.read_text(encoding="utf-8").partition("<main>")[2]


def test_what_cannot_be_read_is_reported(folder: Path, tmp_path: Path, model):
    (folder / "LD000004-D00001.png").write_bytes(b"")
    outcome = run_demo(folder, out=tmp_path / "demo", model=model)
    assert [failure.id for failure in outcome.failures] == ["LD000004-D00001.png"]
    assert "1 images could not be used" in outcome.report.read_text(encoding="utf-8")


def test_an_empty_or_missing_folder_and_a_single_drawing(tmp_path: Path, model, draw):
    with pytest.raises(ImageNotFoundError):
        run_demo(tmp_path / "nowhere", model=model, out=tmp_path / "demo")
    (tmp_path / "one").mkdir()
    with pytest.raises(ImageNotFoundError):
        run_demo(tmp_path / "one", model=model, out=tmp_path / "demo")
    draw(1).save(tmp_path / "one" / "a.png")
    with pytest.raises(EmptyIndexError, match="at least two"):
        run_demo(tmp_path / "one", model=model, out=tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_the_gallery_that_ships_holds_patents_in_several_views():
    names = [Path(str(source.path)).name for source in iter_sources(gallery_folder())]
    sizes = Counter(patent_from_name(name) for name in names)
    assert None not in sizes
    assert len(sizes) >= 10
    assert min(sizes.values()) >= 2
    assert sum(path.stat().st_size for path in gallery_folder().iterdir()) < 1_500_000


def test_the_demo_of_the_gallery_with_the_bundled_model(tmp_path: Path):
    outcome = run_demo(out=tmp_path / "demo", queries=12)
    assert outcome.compared
    assert outcome.first >= len(outcome.findings) / 2
