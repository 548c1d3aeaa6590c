"""How many cores this process may use: what the scheduler and its control group leave it.

A container on a machine of 64 cores may be given two; threads for 64 would then only get in each
other's way. Linux says so in two places: the scheduler's affinity mask, and the CPU quota of the
control group (``cpu.max`` in version 2, ``cpu.cfs_quota_us`` and ``cpu.cfs_period_us`` in
version 1; Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst of the kernel).
Who starts several processes beside one another says in ``PATENTZOO_CORES`` how many each may use.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from patentzoo.errors import ConfigError

LIMIT = "PATENTZOO_CORES"
"""The variable that sets a lower limit than the system does."""
_PROCESS = Path("/proc/self")


def free_cores() -> int:
    """Cores this process may use: the smallest of affinity, quota and limit, rounded down.

    Where none can be read (macOS, Windows), all cores of the machine.

    Returns:
        At least 1.

    Raises:
        ConfigError: ``PATENTZOO_CORES`` is no number of cores.
    """
    limits = [float(_affine()), cpu_quota(_PROCESS), _told()]
    return max(1, int(min(limit for limit in limits if limit is not None)))


def cpu_quota(process: Path) -> float | None:
    """The smallest CPU quota of a process's control group and those above it.

    Args:
        process: Its folder under ``/proc``, with the files ``cgroup`` and ``mountinfo``.

    Returns:
        Cores, a fraction such as 1.5 where it is one; None where there is no limit, or none can be
        read.
    """
    quotas = [
        quota
        for mount, below in _groups(process)
        for folder in _upwards(mount, below)
        if (quota := _quota_in(folder)) is not None
    ]
    return min(quotas, default=None)


def _told() -> float | None:
    """What ``PATENTZOO_CORES`` says; None where it is not set."""
    text = os.environ.get(LIMIT, "").strip()
    if not text:
        return None
    try:
        cores = float(text)
    except ValueError:
        cores = 0.0
    if not 0 < cores < float("inf"):
        raise ConfigError(f"{LIMIT}={text!r} is no number of cores. Give one above 0, or unset it.")
    return cores


def _affine() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(process: Path) -> Iterator[tuple[Path, str]]:
    """Where each hierarchy that can limit CPU time is mounted, and the group's path below that."""
    groups = dict(_memberships(process))
    for line in _lines(process / "mountinfo"):
        # 36 35 98:0 /root /mount/point options [optional fields] - type source superoptions
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or len(kinds) < 3:
            continue
        version_2 = kinds[0] == "cgroup2"
        if not version_2 and not (kinds[0] == "cgroup" and "cpu" in kinds[2].split(",")):
            continue
        group = groups.get("" if version_2 else "cpu")
        if group is None:
            continue
        # In a container the mount may show only a part of the tree: what lies below its root.
        root = "" if fields[3] == "/" else _unescaped(fields[3])
        inside = group == root or group.startswith(root + "/")
        yield Path(_unescaped(fields[4])), group[len(root) :] if inside else ""


def _memberships(process: Path) -> Iterator[tuple[str, str]]:
    """The group of each controller; "" stands for version 2."""
    for line in _lines(process / "cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0" and not controllers:
            yield "", group
        for controller in filter(None, controllers.split(",")):
            yield controller, group


def _upwards(mount: Path, below: str) -> Iterator[Path]:
    """The group's folder and those above it: each may set a limit of its own."""
    parts = [part for part in below.split("/") if part not in ("", "..")]
    for length in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:length])


def _quota_in(folder: Path) -> float | None:
    limit = " ".join(_lines(folder / "cpu.max")).split()
    if not limit:
        limit = [*_lines(folder / "cpu.cfs_quota_us"), *_lines(folder / "cpu.cfs_period_us")]
    if len(limit) != 2:
        return None
    try:
        quota, period = (float(number) for number in limit)
    except ValueError:  # "max": no limit
        return None
    return quota / period if quota > 0 and period > 0 else None  # -1: no limit


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _unescaped(path: str) -> str:
    """The kernel writes spaces, tabs, newlines and backslashes of a path in octal."""
    for octal, letter in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        path = path.replace(octal, letter)
    return path
