"""Sets of drawings: shards appear whole, are then left alone, and give back what went in."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw import dataset
from patentzoo.data.linedraw.dataset import (
    DrawingSet,
    SolidSource,
    cameras,
    render_class,
    render_shards,
    solid_maker,
)
from patentzoo.errors import ConfigError, MissingExtraError


@pytest.fixture
def source(ldraw_library, monkeypatch) -> SolidSource:
    """Five solids, in shards of two."""
    monkeypatch.setattr(dataset, "SHARD_CLASSES", 2)
    return SolidSource("ldraw", 5, seed=4, folder=str(ldraw_library))


def arrays(path):
    with np.load(path) as shard:
        return {name: shard[name] for name in shard.files}


def same_arrays(one, other) -> bool:
    a, b = arrays(one), arrays(other)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def test_rendering_twice_gives_the_same_shards(source, tmp_path):
    one, other = (render_shards(source, tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in one] == [f"ldraw-s4-{n:06d}.npz" for n in (0, 2, 4)]
    assert all(same_arrays(a, b) for a, b in zip(one, other, strict=True))
    assert not same_arrays(one[0], one[1])


def test_views_come_back_as_they_were_rendered(source, tmp_path, same_view):
    drawings = DrawingSet(render_shards(source, tmp_path))
    assert len(drawings) == 5
    make = solid_maker(source)
    for number, rows in enumerate(drawings.classes):
        fresh = render_class(make(number), np.random.default_rng([source.seed, number, 1]))
        assert len(rows) == len(fresh) >= 3
        assert all(same_view(drawings.view(r), v) for r, v in zip(rows, fresh, strict=True))


def test_a_run_goes_on_where_it_stopped(source, tmp_path):
    first, second, _ = render_shards(source, tmp_path)
    whole = arrays(second)
    before = (first.stat().st_mtime_ns, first.stat().st_ino)
    second.unlink()
    render_shards(source, tmp_path)
    assert (first.stat().st_mtime_ns, first.stat().st_ino) == before
    assert all(np.array_equal(whole[name], value) for name, value in arrays(second).items())


def test_work_can_be_shared_between_processes(source, tmp_path):
    later = render_shards(source, tmp_path / "a", first=2)
    both = render_shards(source, tmp_path / "b")
    assert [path.name for path in later] == [path.name for path in both[1:]]
    assert all(same_arrays(a, b) for a, b in zip(later, both[1:], strict=True))


def test_an_interrupted_shard_leaves_nothing_behind(source, tmp_path, monkeypatch):
    rendered = []

    def interrupted(solid, rng, limit):
        rendered.append(solid)
        if len(rendered) == 4:
            raise KeyboardInterrupt
        return render_class(solid, rng, limit)

    monkeypatch.setattr(dataset, "render_class", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render_shards(source, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ldraw-s4-000000.npz"]


def test_a_failed_write_leaves_nothing_behind(source, tmp_path, monkeypatch):
    def full(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(KeyboardInterrupt):
        render_shards(source, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_shards_of_other_solids_are_refused(source, tmp_path):
    render_shards(source, tmp_path)
    with pytest.raises(ConfigError, match="holds other solids"):
        render_shards(SolidSource("ldraw", 3, seed=4, folder=source.folder), tmp_path)


def test_a_damaged_shard_is_named(source, tmp_path):
    path = render_shards(source, tmp_path)[1]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ConfigError, match=r"000002\.npz is damaged .* Delete it"):
        render_shards(source, tmp_path)


def test_faulty_solids_are_left_out_and_said(source, tmp_path, monkeypatch, caplog):
    def render(solid, rng, limit):
        raise ConfigError("no surface")

    monkeypatch.setattr(dataset, "render_class", render)
    shards = render_shards(source, tmp_path)
    assert len(DrawingSet(shards)) == 0
    assert "ldraw 3 left out: no surface" in caplog.text


def test_a_missing_extra_ends_the_run(source, tmp_path, monkeypatch):
    def render(solid, rng, limit):
        raise MissingExtraError("embreex")

    monkeypatch.setattr(dataset, "render_class", render)
    with pytest.raises(MissingExtraError):
        render_shards(source, tmp_path)


def test_solids_repeat_with_their_seed_and_number(ldraw_library):
    for kind in ("ldraw", "procedural"):
        source = SolidSource(kind, 3, seed=2, folder=str(ldraw_library))
        one, other = solid_maker(source)(1), solid_maker(source)(1)
        assert np.array_equal(one.vertices, other.vertices)
        assert not np.array_equal(one.vertices, solid_maker(source)(2).vertices)


def test_chosen_families_are_the_only_ones(monkeypatch):
    asked = []

    def family_solid(family, seed):
        asked.append((family, seed))

    monkeypatch.setattr("patentzoo.data.linedraw.solids.family_solid", family_solid)
    make = solid_maker(SolidSource("procedural", 30, seed=3, families=("wheel", "cup")))
    for number in range(30):
        make(number)
    assert {family for family, _ in asked} == {"wheel", "cup"}
    assert [seed for _, seed in asked] == list(range(30_000_000, 30_000_030))
    with pytest.raises(ConfigError, match=r"'whel'. Did you mean 'wheel'"):
        solid_maker(SolidSource("procedural", 9, families=("wheel", "whel")))


def test_unknown_kinds_and_empty_libraries_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"'ldrav'. Did you mean 'ldraw'"):
        solid_maker(SolidSource("ldrav", 1))
    with pytest.raises(ConfigError, match="No LDraw"):
        solid_maker(SolidSource("ldraw", 1, folder=str(tmp_path)))
    (tmp_path / "old.dat").write_text("0 ~Moved to new\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="No whole part"):
        solid_maker(SolidSource("ldraw", 1, folder=str(tmp_path)))


def test_a_solid_is_seen_from_six_sides_and_twice_in_perspective():
    views = cameras(np.random.default_rng(0))
    names = ["front", "back", "left", "right", "top", "bottom", "perspective", "perspective"]
    assert [view.name for view in views] == names
    assert views[-1] != views[-2]
