"""Measure what it takes to build an index of shards: seconds, and the most memory held.

    python docs/tools/measure_shards.py FOLDER [ROWS] [ENGINE]

Writes shards of random unit vectors to FOLDER, which stands for what ``patentzoo embed --shard``
makes, and builds the index in a process of its own. Prints JSON for docs/results/scale-out.json.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from patentzoo.embedding import EmbeddedBatch
from patentzoo.shards import Shard
from patentzoo.shards.manifest import Manifest, settings_of
from patentzoo.shards.parts import write_part

DIM, SHARDS, PART = 256, 8, 4096
MODEL: Any = SimpleNamespace(name="m", fingerprint="f" * 64, dim=DIM, encode=None, preprocess=None)


def write_shards(folder: Path, rows: int) -> None:
    """Random unit vectors of as many sources, in parts as a run writes them."""
    from patentzoo.options import EmbedOptions

    folder.mkdir(parents=True)
    rng, each = np.random.default_rng(0), rows // SHARDS
    for number in range(1, SHARDS + 1):
        shard, parts = Shard(number, SHARDS), []
        for first in range(0, each, PART):
            count = min(PART, each - first)
            vectors = rng.standard_normal((count, DIM), np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            names = [f"s{number}/USD{first + i:07d}-D00001.png" for i in range(count)]
            known = [
                {"patent": name[3:13], "path": f"/data/{name}", "year": 2020} for name in names
            ]
            sources = [(name, f"{hash(name) & (2**63 - 1):064x}") for name in names]
            batch = EmbeddedBatch(vectors, names, known, names, sources, [])
            parts.append(write_part(folder, f"{shard.name}-{len(parts):04d}", batch))
        settings = settings_of(EmbedOptions())
        made = (shard, MODEL.name, MODEL.fingerprint, DIM, settings, tuple(parts), True)
        Manifest(*made).write(folder)


def build(folder: Path, engine: str) -> dict[str, Any]:
    """Build the index, here."""
    import patentzoo as pz

    start = time.perf_counter()
    pz.build_index(MODEL, folder, path=folder.with_suffix(".index"), engine=engine)
    seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "engine": engine,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_memory_bytes": usage.ru_maxrss * 1024,
    }


def main() -> None:
    """Write the shards, unless they are there, and print what building the index took."""
    place = Path(sys.argv[1])
    if sys.argv[2:3] == ["build"]:
        print(json.dumps(build(place, sys.argv[3])))
        return
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if not place.exists():
        write_shards(place, count)
    stored = sum(file.stat().st_size for file in place.iterdir())
    wanted = sys.argv[3] if len(sys.argv) > 3 else "flat"
    words = [sys.executable, __file__, str(place), "build", wanted]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    index = sum(file.stat().st_size for file in place.with_suffix(".index").iterdir())
    told = {"rows": count, "dim": DIM, "shard_bytes": stored, "index_bytes": index}
    print(json.dumps({**told, **json.loads(done.stdout)}, indent=1))


if __name__ == "__main__":
    main()
