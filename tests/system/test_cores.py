"""free_cores() against made-up control groups: both versions, nested, fractional, absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from patentzoo.errors import ConfigError
from patentzoo.system import cores
from patentzoo.system.cores import cpu_quota, free_cores


def process_in(root: Path, memberships: str, mounts: str) -> Path:
    """A folder as /proc/self, whose control groups are mounted under ``root``."""
    process = root / "proc"
    process.mkdir()
    (process / "cgroup").write_text(memberships)
    (process / "mountinfo").write_text(mounts.replace("ROOT", str(root).replace(" ", r"\040")))
    return process


def version_2(root: Path, limits: dict[str, str], group: str = "/a/b", shown: str = "/") -> Path:
    for folder, text in limits.items():
        (root / "cg" / folder).mkdir(parents=True, exist_ok=True)
        (root / "cg" / folder / "cpu.max").write_text(text)
    mounts = (
        f"22 1 0:2 / /proc rw - proc proc rw\n30 1 0:9 {shown} ROOT/cg rw - cgroup2 cgroup2 rw\n"
    )
    return process_in(root, f"0::{group}\n", mounts)


def version_1(root: Path, quota: str, period: str = "100000") -> Path:
    folder = root / "cpu" / "docker" / "x"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text(quota + "\n")
    (folder / "cpu.cfs_period_us").write_text(period + "\n")
    mounts = (
        "31 1 0:9 / ROOT/memory rw - cgroup cgroup rw,memory\n"
        "30 1 0:8 / ROOT/cpu rw shared:3 - cgroup cgroup rw,cpu,cpuacct\n"
    )
    return process_in(root, "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/\n", mounts)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"a/b": "150000 100000\n"}, 1.5),
        ({"a/b": "max 100000\n"}, None),
        ({"a/b": "max 100000\n", "a": "200000 50000\n"}, 4.0),
        ({"a/b": "300000 100000\n", "a": "200000 100000\n", "": "900000 100000\n"}, 2.0),
        ({"": "50000 100000\n"}, 0.5),
        ({"a/b": "nonsense\n"}, None),
        ({}, None),
    ],
)
def test_version_2_gives_the_smallest_quota_of_the_way_up(tmp_path, limits, expected):
    assert cpu_quota(version_2(tmp_path, limits)) == expected


def test_a_container_sees_its_own_part_of_the_tree(tmp_path):
    process = version_2(tmp_path, {"b": "250000 100000"}, group="/box/7/b", shown="/box/7")
    assert cpu_quota(process) == 2.5


def test_a_mount_whose_path_holds_a_space(tmp_path):
    root = tmp_path / "odd name"
    root.mkdir()
    assert cpu_quota(version_2(root, {"a/b": "300000 100000"})) == 3.0


@pytest.mark.parametrize(("quota", "expected"), [("250000", 2.5), ("-1", None), ("", None)])
def test_version_1_reads_the_cpu_hierarchy_only(tmp_path, quota, expected):
    assert cpu_quota(version_1(tmp_path, quota)) == expected


def test_no_files_no_limit(tmp_path):
    assert cpu_quota(tmp_path / "absent") is None


@pytest.mark.parametrize(
    ("affine", "limit", "expected"),
    [
        (8, "250000 100000", 2),
        (2, "800000 100000", 2),
        (8, "50000 100000", 1),
        (8, "max 100000", 8),
        (3, "300000 100000", 3),
    ],
)
def test_free_cores_is_the_smaller_rounded_down_at_least_one(
    tmp_path, monkeypatch, affine, limit, expected
):
    monkeypatch.setattr(cores, "_PROCESS", version_2(tmp_path, {"a/b": limit}))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(affine)), raising=False)
    assert free_cores() == expected


def test_without_affinity_all_cores_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(cores, "_PROCESS", tmp_path)
    assert free_cores() == 6


def test_on_this_machine_it_is_what_the_scheduler_allows_or_less():
    assert 1 <= free_cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("told", "expected"), [("1", 1), ("2.5", 2), ("0.5", 1), ("99", 8), ("", 8)]
)
def test_who_starts_several_processes_may_set_a_lower_limit(monkeypatch, told, expected):
    monkeypatch.setattr(cores, "_affine", lambda: 8)
    monkeypatch.setattr(cores, "cpu_quota", lambda process: None)
    monkeypatch.setenv("PATENTZOO_CORES", told)
    assert free_cores() == expected


@pytest.mark.parametrize("told", ["0", "-2", "many", "nan", "inf"])
def test_a_limit_that_is_no_number_of_cores_is_refused(monkeypatch, told):
    monkeypatch.setenv("PATENTZOO_CORES", told)
    with pytest.raises(ConfigError, match=f"PATENTZOO_CORES='{told}' is no number of cores"):
        free_cores()
