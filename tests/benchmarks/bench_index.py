"""What each engine costs and finds, from ten thousand to a million vectors; run by hand.

    python tests/benchmarks/bench_index.py --counts 10000 100000 1000000 \
        --out docs/results/speed/index.json

Every engine is built in a process of its own and searched in another, whose resident memory is
read. The file is written after each; ``--resume`` leaves out what it holds, and rows of engines and
sizes that are not asked for stay: the slowest, ``--engines hnsw --counts 1000000``, may be measured
apart. faiss alone and ``search`` are asked in turn, each batch with questions of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import record
from clustered import DIM, FIGURES, TRUE, K, kept, queries, truth
from clustered import vectors as vectors

from patentzoo.system.files import write_text

SINGLE, BATCH, LOADED, THREADS = 200, 1000, 2000, 32
MODEL: Any = SimpleNamespace(
    name="bench", fingerprint="b" * 64, dim=DIM, encode=None, preprocess=None
)
ENGINES = ["flat", "flat:float16", "flat:int8", "ivfpq", "hnsw"]
LAST = "batch_hits_ms"
"""A row that has it is complete."""


def build(count: int, engine: str, storage: str, path: Path, folder: Path) -> dict[str, float]:
    """Build and save; seconds, those of them that went into engine and files, and peak memory."""
    from patentzoo.index import build_index, index, updates
    from patentzoo.results import Embeddings

    ids = [f"d{i:08d}.png" for i in range(count)]
    metadata = [{"patent": f"USD{i // FIGURES:07d}", "year": 2000 + i % 25} for i in range(count)]
    made = Embeddings(kept(count, folder), ids, metadata, MODEL.name, MODEL.fingerprint)
    updates.build_engine, engine_s = timed(updates.build_engine)
    index.save_to, save_s = timed(index.save_to)
    start = time.perf_counter()
    built = build_index(MODEL, made, path=path, engine=engine, storage=storage)
    seconds = time.perf_counter() - start
    built.store.close()
    spent = {"build_s": seconds, "engine_s": sum(engine_s), "save_s": sum(save_s)}
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return {name: round(each, 2) for name, each in spent.items()} | {"build_peak_mb": peak_mb}


def timed(call: Callable[..., Any]) -> tuple[Callable[..., Any], list[float]]:
    """The same function, and the seconds of each call."""
    spent: list[float] = []

    def watched(*given: Any) -> Any:
        start = time.perf_counter()
        try:
            return call(*given)
        finally:
            spent.append(time.perf_counter() - start)

    return watched, spent


def resident_mb() -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def ms(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def raw_search(index: Any) -> Callable[[np.ndarray], Any]:
    """faiss alone, with the same data and parameters."""
    from patentzoo.index.engines import flat, hnsw, ivfpq
    from patentzoo.index.engines.faiss_calls import load_faiss

    faiss = load_faiss()
    with index.read() as view:
        snapshot, engine = view.snapshot, view.snapshot.engine
    part = snapshot.segments[0]
    if engine.name == "flat" and part.codec.storage == "float32":
        return lambda rows: flat._among(part.codes, rows, K, None)
    if engine.name == "flat":
        return lambda rows: flat.quantizer_of(part).search(rows, K)
    if engine.name == "hnsw":
        parameters = faiss.SearchParametersHNSW(efSearch=hnsw.EF_SEARCH)
        return lambda rows: engine._index.search(rows, K, params=parameters)
    exact = faiss.IndexFlatIP(DIM)
    exact.add(np.ascontiguousarray(part.vectors()))
    refined = faiss.IndexRefine(engine._index, exact)
    parameters = faiss.IndexRefineSearchParameters(
        k_factor=engine.reach(K) / K,
        base_index_params=faiss.SearchParametersIVF(nprobe=ivfpq.NPROBE),
    )
    return lambda rows: refined.search(rows, K, params=parameters)


def measure(count: int, path: Path, folder: Path) -> dict[str, Any]:
    """Open, search, and compare with faiss alone and with the truth."""
    from patentzoo.index import load_index, search

    asked, true = queries(kept(count, folder)), truth(count, folder)
    before = resident_mb()
    start = time.perf_counter()
    index = load_index(path, verify=False)
    assert len(search(index, asked[0], k=K).hits) == K
    opened = time.perf_counter() - start
    results = search(index, named(asked[:TRUE]), k=K)
    rows = [[int(hit.id[1:9]) for hit in result] for result in results]
    shares = [len(set(a) & set(b)) / K for a, b in zip(rows, true.tolist(), strict=True)]
    found = {
        "open_s": round(opened, 2),
        "resident_mb": round(resident_mb() - before),
        "file_mb": round(index.stats().file_bytes / 1e6, 1),
        "recall_at_10": round(float(np.mean(shares)), 4),
    }
    raw = raw_search(index)
    slow = ms(lambda: search(index, asked[1], k=K).hits) > 20
    found |= one_by_one(index, raw, asked[: 40 if slow else SINGLE])
    found |= under_load(index, asked[: SINGLE if slow else LOADED])
    return found | in_batches(index, raw, asked, 3 if slow else 12)


def named(rows: np.ndarray) -> Any:
    from patentzoo.results import Embeddings

    names = [f"q{i}" for i in range(len(rows))]
    return Embeddings(rows, names, [{}] * len(rows), MODEL.name, MODEL.fingerprint)


def one_by_one(index: Any, raw: Any, asked: np.ndarray) -> dict[str, float]:
    """Latency of a single query, its hits read; and of faiss alone for the same one."""
    from patentzoo.index import search

    raw(asked[:1])
    pairs = [
        (ms(lambda q=q: search(index, q, k=K).hits), ms(lambda q=q: raw(q[None]))) for q in asked
    ]
    ours, theirs = np.array(pairs).T
    return {
        "one_p50_ms": p(ours, 50),
        "one_p99_ms": p(ours, 99),
        "faiss_one_p50_ms": p(theirs, 50),
        "overhead_one_ms": round(float(np.median(ours - theirs)), 3),
    }


def in_batches(index: Any, raw: Any, asked: np.ndarray, rounds: int) -> dict[str, float]:
    """Thousand queries at once: as ``search`` returns, with all hits read, and faiss alone."""
    from patentzoo.index import search

    raw(asked[:BATCH])
    times = []
    for number in range(rounds):
        first = BATCH * number % len(asked)
        rows = asked[first : first + BATCH]
        many, kept_here = named(rows), []
        ours = ms(lambda many=many, out=kept_here: out.append(search(index, many, k=K)))
        hits = ms(lambda out=kept_here: [result.hits for result in out[0]])
        times.append((ours, ours + hits, ms(lambda rows=rows: raw(rows))))
    ours, read, theirs = np.array(times).T
    return {
        "batch_1000_ms": round(float(np.median(ours)), 1),
        "faiss_batch_1000_ms": round(float(np.median(theirs)), 1),
        "overhead_batch": round(float(np.median(ours / theirs)) - 1, 4),
        "overhead_batch_hits": round(float(np.median(read / theirs)) - 1, 4),
        LAST: round(float(np.median(read)), 1),
    }


def under_load(index: Any, asked: np.ndarray) -> dict[str, float]:
    """Latency of single queries from 32 threads at once, their hits read."""
    from patentzoo.index import search

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        times = list(pool.map(lambda row: ms(lambda: search(index, row, k=K).hits), asked))
    seconds = time.perf_counter() - start
    return {
        "threads_p50_ms": p(times, 50),
        "threads_p99_ms": p(times, 99),
        "threads_queries_per_s": round(len(asked) / seconds, 1),
    }


def p(times: Any, share: float) -> float:
    return round(float(np.percentile(times, share)), 3)


def in_process(step: str, *arguments: object) -> dict[str, Any]:
    """The result of a step in a process of its own, and its seconds, start included."""
    command = [sys.executable, __file__, "--step", step, *map(str, arguments)]
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds = round(time.perf_counter() - start, 1)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**result, f"{step}_step_s": seconds}


def one_row(engine: str, storage: str, count: int, folder: Path) -> dict[str, Any]:
    path = folder / f"{engine}-{storage}-{count}"
    shutil.rmtree(path, ignore_errors=True)  # of a run that was broken off
    row: dict[str, Any] = {"engine": engine, "storage": storage, "count": count}
    row["threads"] = os.environ.get("OMP_NUM_THREADS", "all")
    row |= in_process("build", count, engine, storage, path, folder)
    row |= in_process("measure", count, path, folder)
    shutil.rmtree(path)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000])
    parser.add_argument("--engines", nargs="+", default=ENGINES, help="engine or engine:storage")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--resume", action="store_true", help="leave out what --out holds")
    parser.add_argument("--note", default="", help="what else the machine did, for --out")
    parser.add_argument("--folder", type=Path, help="where vectors are kept, and indexes are made")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        step, count, *rest = given.step
        if step == "data":
            say({"truth": len(truth(int(count), Path(rest[0])))})
        elif step == "build":
            say(build(int(count), rest[0], rest[1], Path(rest[2]), Path(rest[3])))
        else:
            say(measure(int(count), Path(rest[0]), Path(rest[1])))
        return
    folder = Path(given.folder or tempfile.mkdtemp(prefix="bench-index-"))
    folder.mkdir(exist_ok=True)
    done = complete(given.out) if given.resume else set()
    for count in given.counts:
        say({"count": count, **in_process("data", count, folder)})
        for name in given.engines:
            engine, _, storage = name.partition(":")
            if (engine, storage or "float32", count) in done:
                continue
            row = one_row(engine, storage or "float32", count, folder)
            say(row)
            if given.out:
                keep(given.out, row, given.note)
    if given.folder is None:
        shutil.rmtree(folder)


def say(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def rows_of(out: Path | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = record.earlier(out).get("rows", [])
    return rows


def key(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["engine"], row["storage"], row["count"]


def complete(out: Path | None) -> set[tuple[str, str, int]]:
    return {key(row) for row in rows_of(out) if LAST in row}


def keep(out: Path, row: dict[str, Any], note: str) -> None:
    """Replace the row of this engine and size in the file; rows of an older kind go."""
    others = [each for each in rows_of(out) if key(each) != key(row) and LAST in each]
    rows = sorted([*others, row], key=key)
    about = {
        "command": "python tests/benchmarks/bench_index.py --counts 10000 100000 1000000 "
        "--out docs/results/speed/index.json",
        "machine": record.machine(note),
    }
    write_text(out, record.as_json({**about, "rows": rows}))


if __name__ == "__main__":
    main()
