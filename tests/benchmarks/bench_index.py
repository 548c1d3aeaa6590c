"""What each engine costs and finds, from ten thousand to a million vectors; run by hand.

    python tests/benchmarks/bench_index.py --counts 10000 100000 --out docs/results/speed/index.json

The vectors are clustered like those of real drawings: fields of products, patents in them, seven
figures a patent; 256 dimensions of falling variance. Every engine is built in a process of its own
and searched in another, whose resident memory is read. Rows of engines and sizes that are not
measured again stay in the file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

DIM, K, FIGURES, FIELDS = 256, 10, 7, 400
SINGLE, BATCH, ASKED, TRUE, THREADS = 200, 1000, 2000, 200, 32
MODEL: Any = SimpleNamespace(name="bench", fingerprint="b" * 64, dim=DIM)


def vectors(count: int, seed: int = 0) -> np.ndarray:
    """float32 (count, 256), unit rows: 0.45 of the variance a field's, 0.35 a patent's."""
    rng = np.random.default_rng(seed)
    scale = (np.arange(1, DIM + 1) ** -0.5).astype(np.float32)
    fields = np.random.default_rng(12).normal(size=(FIELDS, DIM)).astype(np.float32)
    patents = -(-count // FIGURES)
    out = np.empty((patents * FIGURES, DIM), np.float32)
    for first in range(0, patents, 20_000):
        some = min(20_000, patents - first)
        centre = 0.67 * fields[rng.integers(FIELDS, size=some)]
        centre = centre + 0.59 * rng.standard_normal((some, DIM), np.float32)
        each = np.repeat(centre, FIGURES, axis=0)
        each += 0.45 * rng.standard_normal(each.shape, np.float32)
        each *= scale
        each /= np.linalg.norm(each, axis=1, keepdims=True)
        out[first * FIGURES : (first + some) * FIGURES] = each
    return out[:count]


def kept(count: int, folder: Path) -> np.ndarray:
    """The same, made once a size."""
    file = folder / f"vectors-{count}.npy"
    if not file.is_file():
        np.save(file, vectors(count))
    return np.load(file)


def queries(base: np.ndarray) -> np.ndarray:
    """Further figures of patents that are there: stored vectors, moved."""
    count = len(base)
    rng = np.random.default_rng(1)
    chosen = base[rng.choice(count, ASKED, replace=count < ASKED)]
    step = rng.standard_normal(chosen.shape, np.float32)
    moved = chosen + 0.5 * step / np.linalg.norm(step, axis=1, keepdims=True)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def truth(count: int, folder: Path) -> np.ndarray:
    """int64 (TRUE, K): the true nearest, computed once a size."""
    file = folder / f"truth-{count}.npy"
    if not file.is_file():
        from patentzoo.index.engines import load_faiss

        base, metric = kept(count, folder), load_faiss().METRIC_INNER_PRODUCT
        _, rows = load_faiss().knn(queries(base)[:TRUE], base, K, metric=metric)
        np.save(file, rows)
    return np.load(file)


def build(count: int, engine: str, storage: str, path: Path, folder: Path) -> dict[str, float]:
    """Build and save; seconds."""
    from patentzoo.index import build_index
    from patentzoo.results import Embeddings

    ids = [f"d{i:08d}.png" for i in range(count)]
    metadata = [{"patent": f"USD{i // FIGURES:07d}", "year": 2000 + i % 25} for i in range(count)]
    made = Embeddings(kept(count, folder), ids, metadata, MODEL.name, MODEL.fingerprint)
    start = time.perf_counter()
    index = build_index(MODEL, made, path=path, engine=engine, storage=storage)
    seconds = time.perf_counter() - start
    index.store.close()
    return {"build_s": round(seconds, 2)}


def resident_mb() -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def timed(call: Any, items: Any) -> np.ndarray:
    """Milliseconds of each call, (n, 2): on the wall's clock, and of the processor."""
    times = []
    for item in items:
        wall, processor = time.perf_counter(), time.process_time()
        call(item)
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    return 1000 * np.array(times)


def raw_search(index: Any) -> Any:
    """faiss alone, with the same data and parameters."""
    from patentzoo.index import flat, hnsw, ivfpq
    from patentzoo.index.engines import load_faiss

    faiss = load_faiss()
    with index.view() as view:
        snapshot, engine = view.snapshot, view.snapshot.engine
    part = snapshot.segments[0]
    if engine.name == "flat" and part.codec.storage == "float32":
        return lambda rows: flat._among(part.codes, rows, K, None)
    if engine.name == "flat":
        return lambda rows: flat.quantizer_of(part).search(rows, K)
    if engine.name == "hnsw":
        parameters = faiss.SearchParametersHNSW(efSearch=hnsw.SEARCH_WIDTH)
        return lambda rows: engine._index.search(rows, K, params=parameters)
    exact = faiss.IndexFlatIP(DIM)
    exact.add(np.ascontiguousarray(part.vectors()))
    refined = faiss.IndexRefine(engine._index, exact)
    parameters = faiss.IndexRefineSearchParameters(
        k_factor=float(ivfpq.REFINED),
        base_index_params=faiss.SearchParametersIVF(nprobe=ivfpq.PROBED),
    )
    return lambda rows: refined.search(rows, K, params=parameters)


def measure(count: int, path: Path, folder: Path) -> dict[str, Any]:
    """Open, search, and compare with faiss alone and with the truth."""
    from patentzoo.index import load_index, search
    from patentzoo.results import Embeddings

    asked = queries(kept(count, folder))
    before = resident_mb()
    start = time.perf_counter()
    index = load_index(path, verify=False)
    first = search(index, asked[0], k=K)
    opened = time.perf_counter() - start
    assert len(first) == K
    found: dict[str, Any] = {
        "open_s": round(opened, 2),
        "resident_mb": round(resident_mb() - before),
    }
    many = Embeddings(
        asked[:BATCH], [f"q{i}" for i in range(BATCH)], [{}] * BATCH, MODEL.name, MODEL.fingerprint
    )
    results = search(index, many.select(range(TRUE)), k=K)
    rows = [[int(hit.id[1:9]) for hit in result] for result in results]
    right = truth(count, folder)
    shares = [len(set(a) & set(b)) / K for a, b in zip(rows, right[:TRUE].tolist(), strict=True)]
    found["recall_at_10"] = round(float(np.mean(shares)), 4)
    raw = raw_search(index)
    slow = timed(lambda row: search(index, row, k=K), asked[:1])[0, 0] > 20
    singles, repeats = (40, 1) if slow else (SINGLE, 3)
    one = timed(lambda row: search(index, row, k=K), asked[:singles])
    alone = timed(lambda row: raw(row[None]), asked[:singles])
    ours = timed(lambda rows: search(index, rows, k=K), [many] * repeats).min(axis=0)
    theirs = timed(raw, [asked[:BATCH]] * repeats).min(axis=0)
    found |= {
        "one_p50_ms": p(one[:, 0], 50),
        "one_p99_ms": p(one[:, 0], 99),
        "faiss_one_p50_ms": p(alone[:, 0], 50),
        "batch_1000_ms": round(float(ours[0]), 1),
        "faiss_batch_1000_ms": round(float(theirs[0]), 1),
        # In processor time, which other programs on the machine do not disturb.
        "overhead_one_ms": round(p(one[:, 1], 50) - p(alone[:, 1], 50), 3),
        "overhead_batch": round(float(ours[1] / theirs[1]) - 1, 4),
    }
    found |= under_load(index, search, asked[: SINGLE if slow else ASKED])
    found["file_mb"] = round(index.stats().file_bytes / 1e6, 1)
    return found


def under_load(index: Any, search: Any, asked: np.ndarray) -> dict[str, float]:
    """Latency of single queries from 32 threads at once."""

    def one(row: np.ndarray) -> float:
        return float(timed(lambda each: search(index, each, k=K), [row])[0, 0])

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        times = list(pool.map(one, asked))
    seconds = time.perf_counter() - start
    return {
        "threads_p50_ms": p(times, 50),
        "threads_p99_ms": p(times, 99),
        "threads_queries_per_s": round(len(asked) / seconds, 1),
    }


def p(times: Any, share: float) -> float:
    return round(float(np.percentile(times, share)), 3)


def in_process(step: str, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, __file__, "--step", step, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000])
    parser.add_argument(
        "--engines",
        nargs="+",
        help="engine or engine:storage",
        default=["flat", "flat:float16", "flat:int8", "hnsw", "ivfpq"],
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folder", type=Path, help="where the indexes are made and deleted")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        step, count, *rest = given.step
        if step == "build":
            say(build(int(count), rest[0], rest[1], Path(rest[2]), Path(rest[3])))
        else:
            say(measure(int(count), Path(rest[0]), Path(rest[1])))
        return
    folder = Path(given.folder or tempfile.mkdtemp(prefix="bench-index-"))
    folder.mkdir(exist_ok=True)
    for count in given.counts:
        for name in given.engines:
            engine, _, storage = name.partition(":")
            storage = storage or "float32"
            path = folder / f"{engine}-{storage}-{count}"
            row: dict[str, Any] = {"engine": engine, "storage": storage, "count": count}
            row["threads"] = os.environ.get("OMP_NUM_THREADS", "all")
            row |= in_process("build", count, engine, storage, path, folder)
            row |= in_process("measure", count, path, folder)
            shutil.rmtree(path)
            say(row)
            if given.out:
                keep(given.out, row)
    shutil.rmtree(folder)


def say(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def keep(out: Path, row: dict[str, Any]) -> None:
    """Replace the row of this engine and size in the file."""
    known = json.loads(out.read_text(encoding="utf-8"))["rows"] if out.is_file() else []
    key = ("engine", "storage", "count")
    rows = [each for each in known if any(each[name] != row[name] for name in key)] + [row]
    rows.sort(key=lambda each: (each["engine"], each["storage"], each["count"]))
    about = {
        "command": "python tests/benchmarks/bench_index.py --counts 10000 100000 1000000 "
        "--out docs/results/speed/index.json",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
