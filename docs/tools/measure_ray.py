"""Measure Ray's workers beside one process: drawings a second, processor time and memory.

    python docs/tools/measure_ray.py DRAWINGS [FILES]

FILES copies (10,000) of the drawings below DRAWINGS are embedded into shards: by this
machine without Ray in one worker, by Ray with one worker, and with two. Each worker has one core;
Ray's own processes run wherever the machine lets them. Prints JSON for docs/results/scale-out.json.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

FILES, SHARDS = 10_000, 8
ALONE = """
import patentzoo as pz
from patentzoo.shards import Shard, embed_shard
model = pz.load_model()
for number in range(1, {shards} + 1):
    embed_shard(model, {images!r}, {folder!r}, Shard(number, {shards}), workers=1)
"""
BY_RAY = """
import os, sys
import ray
from patentzoo.distributed import Cluster, embed
path = os.pathsep.join(each for each in sys.path if each)
hand_on = {{"env_vars": {{"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}}}}
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=hand_on)
chosen = Cluster(workers={workers}, cpus=1, shards={shards})
embed("patentzoo-small", {images!r}, {folder!r}, cluster=chosen, workers=1)
"""
WAYS = (("one process", ALONE, 1), ("Ray, 1 worker", BY_RAY, 1), ("Ray, 2 workers", BY_RAY, 2))


def main() -> None:
    """Measure, and print."""
    drawings, count = Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else FILES
    with tempfile.TemporaryDirectory() as scratch:
        images = copied(drawings, Path(scratch, "images"), count)
        told: list[dict[str, Any]] = []
        for name, code, workers in WAYS:
            folder = Path(scratch, name.replace(" ", "-").replace(",", ""))
            values = {"images": str(images), "folder": str(folder), "workers": workers}
            told.append({"name": name, **ran(code.format(**values, shards=SHARDS))})
    alone, one, two = told
    found = {
        "files": count,
        "rows": told,
        "two_over_one": one["seconds"] / two["seconds"],
        "overhead_cpu_ms_a_file": (one["cpu_seconds"] - alone["cpu_seconds"]) / count * 1e3,
    }
    text = json.dumps(found)
    print(json.dumps(json.loads(text, parse_float=lambda x: round(float(x), 2)), indent=1))


def copied(drawings: Path, folder: Path, count: int) -> Path:
    """A folder of so many copies of the drawings below another one."""
    files = sorted(each for each in drawings.rglob("*.png"))
    folder.mkdir()
    for number in range(count):
        source = files[number % len(files)]
        shutil.copyfile(source, folder / f"{number:06d}.png")
    return folder


def ran(code: str) -> dict[str, float]:
    """Run code in a process: its seconds, and the processor time and memory of all it started."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PATENTZOO_CORES": "1"},
    )
    used: dict[int, float] = {}
    peak = [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            held = 0.0
            try:
                for each in (own := psutil.Process(process.pid), *own.children(recursive=True)):
                    times = each.cpu_times()
                    used[each.pid] = times.user + times.system
                    held += each.memory_full_info().pss
            except psutil.Error:
                continue
            peak[0] = max(peak[0], held)

    thread = threading.Thread(target=watch)
    thread.start()
    failed = process.wait()
    over.set()
    thread.join()
    if failed:
        raise SystemExit(failed)
    return {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": sum(used.values()),
        "peak_memory_mb": peak[0] / 2**20,
    }


if __name__ == "__main__":
    main()
