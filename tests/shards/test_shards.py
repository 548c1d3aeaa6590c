"""Shards together are what ``embed`` gives; a run that is repeated does only what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import patentzoo as pz
from patentzoo.errors import ConfigError, ImageError, IndexMismatchError, OutputError
from patentzoo.shards import Shard, embed_shard, open_shards, run
from patentzoo.shards.parts import DamagedPartError

pa = pytest.importorskip("pyarrow.parquet")
COUNT = 3
SKIP = {"on_error": "skip", "batch_size": 4}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PART_ROWS", 4)


@pytest.fixture
def images(tmp_path: Path, draw) -> Path:
    """Thirty drawings of ten patents, and one broken file."""
    root = tmp_path / "many"
    root.mkdir()
    for number in range(30):
        name = f"LD{number // 3:06d}-D{number % 3 + 1:05d}.png"
        draw(number).convert("1").save(root / name)
    (root / "broken.png").write_bytes(b"no picture")
    return root


def all_shards(model, images: Path, folder: Path) -> list[run.ShardReport]:
    return [
        embed_shard(model, images, folder, Shard(i, COUNT), **SKIP) for i in range(1, COUNT + 1)
    ]


def rows(folder: Path) -> dict[str, tuple[np.ndarray, dict, str]]:
    """Vector, metadata and source by id, of all shards."""
    found = {}
    for batch in open_shards(folder).batches():
        for each in zip(batch.ids, batch.vectors, batch.metadata, batch.source_of, strict=True):
            assert each[0] not in found, "twice"
            found[each[0]] = each[1:]
    return found


def check_equal(folder: Path, model, images: Path) -> None:
    """The shards hold what ``embed`` gives on one machine."""
    whole = pz.embed(model, images, on_error="skip")
    found = rows(folder)
    assert sorted(found) == sorted(whole.ids)
    for name, vector, data in zip(whole.ids, whole.vectors, whole.metadata, strict=True):
        assert np.abs(found[name][0] - vector).max() < 1e-5
        assert found[name][1] == json.loads(json.dumps(data))
    failures = [each for batch in open_shards(folder).batches() for each in batch.failures]
    assert [(each.id, each.reason) for each in failures] == [
        (each.id, each.reason) for each in whole.failures
    ]


def test_shards_together_are_what_embed_gives(model, images: Path, tmp_path: Path):
    reports = all_shards(model, images, tmp_path / "out")
    assert sum(each.embedded for each in reports) == 30
    assert all(each.embedded for each in reports)
    assert [each.id for report in reports for each in report.failures] == ["broken.png"]
    check_equal(tmp_path / "out", model, images)


def test_a_second_run_does_nothing(model, images: Path, tmp_path: Path):
    out = tmp_path / "out"
    all_shards(model, images, out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    again = all_shards(model, images, out)
    assert sum(each.embedded for each in again) == 0
    assert sum(each.unchanged for each in again) == 31  # the broken one is as broken as it was
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_a_run_again_follows_the_images(model, images: Path, tmp_path: Path, draw):
    out = tmp_path / "out"
    all_shards(model, images, out)
    draw(99).save(images / "LD000002-D00002.png")
    draw(98).save(images / "new.png")
    draw(97).save(images / "broken.png")
    (images / "LD000001-D00001.png").unlink()
    again = all_shards(model, images, out)
    assert sum(each.embedded for each in again) == 3
    check_equal(out, model, images)


def parts(out: Path) -> list[Path]:
    return sorted(out.glob("*.parquet"))


@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "another"])
def test_a_damaged_part_is_found_and_done_anew(
    model, images: Path, tmp_path: Path, how: str, caplog
):
    out = tmp_path / "out"
    all_shards(model, images, out)
    file = parts(out)[1]
    data = file.read_bytes()
    held = pa.read_table(file).num_rows
    if how == "gone":
        file.unlink()
    else:
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        other = parts(out)[0].read_bytes()
        file.write_bytes({"flipped": flipped, "cut": data[:-1], "another": other}[how])
    with pytest.raises(DamagedPartError, match=file.name):
        pz.build_index(model, out)
    again = all_shards(model, images, out)
    assert [each.redone for each in again].count(1) == 1
    assert sum(each.embedded + len(each.failures) for each in again) == held
    assert file.name in caplog.text
    check_equal(out, model, images)


def test_a_killed_run_loses_one_part_at_most(model, images: Path, tmp_path: Path):
    """Before and after every file that appears: parts and manifests."""
    path = [str(Path(__file__).parents[1]), *(each for each in sys.path if each)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    worker = Path(__file__).with_name("shard_worker.py")
    for step in (0, 1, 2, 3):
        out = tmp_path / f"out-{step}"
        words = [sys.executable, worker, images, out, "1/1", step]
        done = subprocess.run(list(map(str, words)), env=environment, check=False)
        assert done.returncode == -9
        with pytest.raises(ConfigError, match=r"no shards|not complete: 1"):
            open_shards(out)
        again = embed_shard(model, images, out, Shard(1, 1), **SKIP)
        # Of 31 sources in parts of four: those whose manifest was there are not done again.
        assert again.unchanged == {0: 0, 1: 0, 2: 0, 3: 4}[step]
        check_equal(out, model, images)
        named = {part.file for each in open_shards(out).manifests for part in each.parts}
        assert {file.name for file in out.iterdir()} == {*named, "shard-0001-of-0001.json"}


def test_a_bad_file_ends_a_run_and_what_came_before_is_kept(model, images: Path, tmp_path: Path):
    one = Shard(1, 1)
    with pytest.raises(ImageError, match=r"broken\.png"):
        embed_shard(model, sorted(images.iterdir()), tmp_path / "out", one, batch_size=4)
    (images / "broken.png").unlink()
    again = embed_shard(model, sorted(images.iterdir()), tmp_path / "out", one, batch_size=4)
    assert again.unchanged > 0
    assert again.drawings == 30


def test_a_disk_without_room_is_said_and_gone_on_from(model, images, tmp_path, monkeypatch):
    out, written = tmp_path / "out", Counter()
    write = Path.write_bytes

    def full(self: Path, data) -> int:
        written["parts"] += 1
        if written["parts"] > 2:
            write(self, bytes(data)[:10])
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        embed_shard(model, images, out, Shard(1, 1), **SKIP)
    monkeypatch.setattr(Path, "write_bytes", write)
    assert not list(out.glob(".*.tmp"))
    again = embed_shard(model, images, out, Shard(1, 1), **SKIP)
    assert again.unchanged == 8
    check_equal(out, model, images)


def test_two_processes_at_one_shard(model, images: Path, tmp_path: Path):
    from patentzoo.system.locks import exclusive_lock

    out = tmp_path / "out"
    out.mkdir()
    with (
        exclusive_lock(out / ".shard-0001-of-0001.lock", "it"),
        pytest.raises(OutputError, match=r"Shard 1/1 of .*another process"),
    ):
        embed_shard(model, images, out, Shard(1, 1), **SKIP)


def test_shards_of_different_kinds_do_not_mix(model, other_model, images, tmp_path):
    out = tmp_path / "out"
    embed_shard(model, images, out, Shard(1, 2), on_error="skip")
    for other, shard, options, what in (
        (other_model, Shard(2, 2), {}, "model"),
        (model, Shard(2, 2), {"photos": "grey"}, "options"),
        (model, Shard(2, 3), {}, "number of shards"),
    ):
        with pytest.raises(ConfigError, match=f"another {what}"):
            embed_shard(other, images, out, shard, on_error="skip", **options)
    with pytest.raises(ConfigError, match="1 are missing or not complete: 2"):
        pz.build_index(model, out)


@pytest.mark.parametrize("in_memory", [True, False])
def test_an_index_of_shards_is_that_of_the_images(model, images, tmp_path, in_memory: bool):
    all_shards(model, images, tmp_path / "out")
    path = None if in_memory else tmp_path / "x.index"
    built = pz.build_index(model, tmp_path / "out", path=path)
    own = pz.build_index(model, images, on_error="skip")
    assert sorted(built.ids) == sorted(own.ids)
    assert [each.id for each in built.failures] == ["broken.png"]
    assert (built.photos, built.read_settings) == (own.photos, own.read_settings)
    for query in sorted(images.glob("LD00000[3-5]*")):
        mine, theirs = (pz.search(each, query, k=8) for each in (built, own))
        assert [hit.id for hit in mine] == [hit.id for hit in theirs]
        assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs], abs=1e-5)
        assert [dict(hit.metadata) for hit in mine] == [dict(hit.metadata) for hit in theirs]
    if path is not None:
        again = pz.load_index(path, model, verify=True).add(images, on_error="skip")
        assert (again.added, again.replaced) == (0, 0)
        assert again.unchanged == own.add(images, on_error="skip").unchanged


def test_an_index_of_shards_takes_the_model_that_made_them(model, other_model, images, tmp_path):
    all_shards(model, images, tmp_path / "out")
    with pytest.raises(IndexMismatchError, match=r"'tiny'.*'other'"):
        pz.build_index(other_model, tmp_path / "out")


def test_a_stopped_build_of_shards_goes_on(model, images, tmp_path, monkeypatch):
    from patentzoo.index import updates

    all_shards(model, images, tmp_path / "out")
    commit, count = updates.commit, Counter()

    def stopped(*arguments, **options):
        count["commits"] += 1
        if count["commits"] == 4:
            raise KeyboardInterrupt
        return commit(*arguments, **options)

    monkeypatch.setattr(updates, "commit", stopped)
    with pytest.raises(KeyboardInterrupt):
        pz.build_index(model, tmp_path / "out", path=tmp_path / "x.index")
    before = count["commits"]
    built = pz.build_index(model, tmp_path / "out", path=tmp_path / "x.index")
    assert len(built) == 30
    parts_in_all = sum(len(each.parts) for each in open_shards(tmp_path / "out").manifests)
    assert count["commits"] - before == parts_in_all - 3
    assert pz.load_index(tmp_path / "x.index", model, verify=True).stats().segments == 1


def test_names_that_are_no_unicode_and_metadata_of_all_kinds(model, tmp_path, draw):
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    fields = {"year": 2021, "tags": ["a", None, 1.5], "title": "Stuhl ✓", "seen": True}
    given = [(name, draw(1), fields), ("b", draw(2), {"patent": "D1"})]
    embed_shard(model, given, tmp_path / "out", Shard(1, 1))
    found = rows(tmp_path / "out")
    assert set(found) == {name, "b"}
    assert {key: found[name][1][key] for key in fields} == fields
    assert name in pz.build_index(model, tmp_path / "out")


def test_a_part_is_a_table_for_other_programs(model, images: Path, tmp_path: Path):
    all_shards(model, images, tmp_path / "out")
    tables = [pa.read_table(file) for file in parts(tmp_path / "out")]
    drawings = [row for each in tables for row in each.to_pylist() if row["vector"] is not None]
    assert len(drawings) == 30
    assert {len(row["vector"]) for row in drawings} == {model.dim}
    assert {row["patent"] for row in drawings} == {f"LD{n:06d}" for n in range(10)}
    failed = [row for each in tables for row in each.to_pylist() if row["failure"]]
    assert [row["id"] for row in failed] == ["broken.png"]


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/", "-1/3", "1/99999"])
def test_what_is_no_shard(text: str):
    with pytest.raises(ConfigError, match="shard"):
        Shard.parse(text)


def test_every_source_has_one_shard():
    names = [f"{n}.png" for n in range(3000)]
    for count in (1, 2, 7):
        holders = Counter(
            sum(Shard(i, count).holds(name) << i for i in range(1, count + 1)) for name in names
        )
        assert set(holders) <= {1 << i for i in range(1, count + 1)}
        assert min(holders.values()) > 0.8 * 3000 / count


def test_the_command_line(run, images: Path, tmp_path: Path, model, monkeypatch):
    monkeypatch.setattr("patentzoo.load_model", lambda *_, **__: model)
    out = tmp_path / "out"
    words = ["embed", images, "--out", out, "--skip-errors"]
    assert "Shard 1/2: " in run(*words, "--shard", "1/2")[1]
    code, _, told = run("index", out, "--out", tmp_path / "x.index")
    assert (code, "missing or not complete: 2" in told) == (1, True)
    told = json.loads(run(*words, "--shard", "2/2", "--json")[1])
    assert told["shard"] == "2/2"
    assert told["vectors"] == told["embedded"]
    code, printed, _ = run("index", out, "--out", tmp_path / "x.index")
    assert (code, "30 drawings indexed" in printed) == (0, True)
    assert run(*words, "--shard", "2/2", "--overwrite")[0] == 2
    assert run(*words, "--shard", "two")[0] == 1
