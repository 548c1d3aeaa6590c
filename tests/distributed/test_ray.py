"""Embedding by Ray: the shards are those of one machine; a lost worker or driver loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import patentzoo as pz
from patentzoo.distributed import Cluster, embed
from patentzoo.distributed.ray_run import _count
from patentzoo.errors import ConfigError, ImageError
from patentzoo.shards import Shard, embed_shard, open_shards

pytest.importorskip("pyarrow")
WITH_RAY = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.usefixtures("_ray"),
]


@pytest.fixture(scope="module")
def _ray():
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'patentzoo[ray]'")
    path = os.pathsep.join(each for each in sys.path if each)
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": path, "PATENTZOO_BACKEND": "torch"}},
    )
    yield
    ray.shutdown()


@pytest.fixture
def images(tmp_path: Path, draw) -> Path:
    root = tmp_path / "many"
    root.mkdir()
    for number in range(40):
        draw(number).convert("1").save(root / f"LD{number // 4:06d}-D{number % 4 + 1:05d}.png")
    (root / "broken.png").write_bytes(b"no picture")
    return root


def check_equal(folder: Path, model, images: Path) -> None:
    whole = pz.embed(model, images, on_error="skip")
    index = pz.build_index(model, folder)
    assert sorted(index.ids) == sorted(whole.ids)
    for name, vector in zip(whole.ids, whole.vectors, strict=True):
        assert abs(index[name].vector - vector).max() < 1e-5
    assert [each.id for each in index.failures] == ["broken.png"]


def with_ray(function):
    for mark in WITH_RAY:
        function = mark(function)
    return function


@with_ray
def test_shards_by_ray_are_those_of_one_machine(model, images: Path, tmp_path: Path):
    cluster = Cluster(workers=2, shards=5)
    reports = embed(model, images, tmp_path / "out", cluster=cluster, on_error="skip")
    assert [report.shard.number for report in reports] == [1, 2, 3, 4, 5]
    assert sum(report.embedded for report in reports) == 40
    check_equal(tmp_path / "out", model, images)
    again = embed(model, images, tmp_path / "out", on_error="skip")
    assert sum(report.embedded for report in again) == 0


@with_ray
def test_a_bad_file_is_named_and_the_other_shards_are_kept(model, images: Path, tmp_path: Path):
    with pytest.raises(ImageError, match=r"broken\.png"):
        embed(model, images, tmp_path / "out", cluster=Cluster(workers=2, shards=5))
    complete = [
        file for file in (tmp_path / "out").glob("*.json") if '"complete": true' in file.read_text()
    ]
    assert len(complete) == 4


@with_ray
def test_a_worker_killed_with_9_is_replaced(model, images: Path, tmp_path: Path, monkeypatch):
    """The first worker that has written a part kills itself, once."""
    marker = tmp_path / "killed"
    killed = _killing(str(marker))
    monkeypatch.setattr("patentzoo.distributed.ray_run.ShardWorker", killed)
    reports = embed(
        model, images, tmp_path / "out", cluster=Cluster(workers=2, shards=4), on_error="skip"
    )
    assert marker.exists()
    assert sum(report.drawings for report in reports) == 40
    check_equal(tmp_path / "out", model, images)


def _killing(marker: str):
    from patentzoo.distributed.ray_run import ShardWorker

    class Killing(ShardWorker):
        def __call__(self, batch):
            done = super().__call__(batch)
            if not Path(marker).exists():
                Path(marker).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return done

    return Killing


def test_the_number_of_shards_stays_that_of_the_folder(model, images: Path, tmp_path: Path):
    assert _count(tmp_path / "out", Cluster(workers=3)) == 12
    embed_shard(model, images, tmp_path / "out", Shard(1, 6), on_error="skip")
    assert _count(tmp_path / "out", Cluster(workers=3)) == 6
    with pytest.raises(ConfigError, match="begun with 6 shards, not 7"):
        _count(tmp_path / "out", Cluster(shards=7))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_driver_killed_with_9_loses_nothing(model, images: Path, tmp_path: Path):
    pytest.importorskip("ray", reason="needs Ray: pip install 'patentzoo[ray]'")
    out = tmp_path / "out"
    code = (
        "import sys; from conftest import make_model; from patentzoo.distributed import *; "
        f"embed(make_model(), {str(images)!r}, {str(out)!r}, on_error='skip', "
        "cluster=Cluster(workers=1, shards=8))"
    )
    path = [str(Path(__file__).parents[1]), *(each for each in sys.path if each)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    driver = subprocess.Popen([sys.executable, "-c", code], env=environment)
    for _ in range(1200):
        if len(list(out.glob("*.json"))) >= 2:
            break
        time.sleep(0.05)
    driver.kill()
    driver.wait()
    time.sleep(5)  # until the workers have noticed
    before = sum('"complete": true' in file.read_text() for file in out.glob("*.json"))
    assert before >= 1
    embedded = sum(
        embed_shard(model, images, out, Shard(i, 8), on_error="skip").embedded for i in range(1, 9)
    )
    assert embedded < 40
    assert len(open_shards(out)) == 40
    check_equal(out, model, images)
