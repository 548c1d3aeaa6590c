"""The tables of docs/scale-out.md and docs/milvus.md: what was measured, and what it makes of a
hundred million."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"
DRAWINGS = 100_000_000
CORES = 2
"""Of the machine that every number was measured on."""
NETWORKS = (
    ("bundled", "", "the bundled network"),
    ("reference", "openvino-bf16", "SwinV2-B at 384 px"),
    ("reference", "openvino-int8", "SwinV2-B at 384 px in 8 bits"),
)
ENGINES = (
    ("flat", "float32", "exact, float32"),
    ("flat", "int8", "exact, 8 bits"),
    ("hnsw", "float32", "HNSW"),
    ("ivfpq", "float32", "IVF-PQ"),
)

MILVUS_WAYS = {
    "plain": "a search",
    "filter": "with a filter on the year",
    "patents": "grouped by patent",
}


def measured_table() -> str:
    """Shards to an index, and the server beside a call."""
    found = _read("scale-out.json")
    lines = ["| measured | |", "| --- | ---: |"]
    for each in found["shards"]:
        name = f"shards → index, {each['rows']:,} vectors of {each['dim']}, {each['engine']}"
        memory = each["peak_memory_bytes"] / 2**30
        lines.append(f"| {name}: most memory | {memory:.2f} GiB |")
        lines.append(f"| the same: processor time | {each['cpu_seconds']:.0f} s |")
    ray = found.get("ray")
    for each in ray["rows"] if ray else ():
        rate, memory = ray["files"] / each["seconds"], each["peak_memory_mb"]
        name = f"embed, {each['name']}: {ray['files']:,} drawings"
        cost = f"{1e3 * each['cpu_seconds'] / ray['files']:.1f} core-ms a drawing"
        lines.append(f"| {name} | {rate:.0f} images/s, {cost}, {memory:,.0f} MB |")
    server = found["server"]
    alone = server["in_process"]
    lines.append(f"| `search` in process: processor time | {alone['cpu_ms']:.1f} ms |")
    lines.append(f"| the server's own, a request | {server['own_cpu_ms']:.1f} ms |")
    for each in server["served"]:
        name = "1 client" if each["clients"] == 1 else f"{each['clients']} clients"
        times = f"p50 {each['p50_ms']:.0f} ms, p99 {each['p99_ms']:.0f} ms"
        lines.append(f"| {name} | {each['requests_per_s']:.0f} requests/s, {times} |")
    return "\n".join(lines)


def sums_table() -> str:
    """What a hundred million drawings take."""
    lines = ["| | measured | a hundred million |", "| --- | ---: | ---: |"]
    for section, backend, name in NETWORKS:
        rate = _rate(section, backend)
        hours = DRAWINGS / rate / 3600 * CORES
        measured = f"{rate:.1f} images/s on {CORES} cores"
        lines.append(f"| embed: {name} | {measured} | {hours:,.0f} core-hours |")
    cpu = _before_the_network()
    lines.append(
        f"| embed without the network | {cpu * 1e3:.2f} core-ms an image | "
        f"{cpu * DRAWINGS / 3600:,.0f} core-hours |"
    )
    shards = _read("scale-out.json")["shards"][0]
    each = shards["shard_bytes"] / shards["rows"]
    lines.append(f"| shards | {each:,.0f} bytes a row | {each * DRAWINGS / 1e9:,.0f} GB |")
    for engine, storage, name in ENGINES:
        row = _index(engine, storage)
        files = row["file_mb"] * DRAWINGS / row["count"] / 1e3
        memory = row["resident_mb"] * DRAWINGS / row["count"] / 1e3
        measured = f"{row['file_mb']:,.0f} MB of files, {row['resident_mb']:,} MB of memory"
        lines.append(
            f"| index: {name} | {measured} a million | {files:,.0f} GB, {memory:,.0f} GB |"
        )
    codes = _index("ivfpq", "float32")["file_mb"] - _index("flat", "float32")["file_mb"]
    lines.append(f"| of IVF-PQ the codes alone | {codes:.0f} MB a million | {codes / 10:.1f} GB |")
    return "\n".join(lines)


def milvus_table() -> str:
    """A Milvus server beside the local engine."""
    lines = [
        "| drawings | | local, exact | milvus-lite | ratio |",
        "| ---: | --- | ---: | ---: | ---: |",
    ]
    for run in _read("milvus.json")["runs"]:
        rates = run["drawings_per_s"]
        rows = [("added, a second", rates["local"], rates["milvus"], "")]
        for way, name in MILVUS_WAYS.items():
            each = run["p50_ms"][way]
            rows.append((f"{name}, p50", each["local"], each["milvus"], " ms"))
        for name, local, served, unit in rows:
            ratio = max(local, served) / min(local, served)
            cells = f"{local:,.0f}{unit} | {served:,.0f}{unit} | {ratio:.1f}"
            lines.append(f"| {run['rows']:,} | {name} | {cells} |")
    return "\n".join(lines)


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the markers of the page."""
    return {
        "table:scale-measured": measured_table,
        "table:scale-sums": sums_table,
        "table:milvus-measured": milvus_table,
    }


def _rate(section: str, backend: str) -> float:
    """Our images a second on a backend; on the one that "auto" takes where none is named."""
    rows = _read("speed/embed.json")[section]["rows"]
    ours = [row for row in rows if row.get("backend") == backend]
    ours = ours or [row for row in rows if row["label"] == "patentzoo"]
    return max(float(row["images_per_s"]) for row in ours)


def _before_the_network() -> float:
    """Core-seconds of reading, decoding and preprocessing an image, each alone."""
    found = _read("speed/embed.json")["limit"]
    return sum(float(found[f"{name}_ms"]) for name in ("read", "decode", "preprocess")) / 1e3


def _index(engine: str, storage: str) -> dict[str, Any]:
    rows = _read("speed/index.json")["rows"]
    fits = [row for row in rows if (row["engine"], row["storage"]) == (engine, storage)]
    return max(fits, key=lambda row: int(row["count"]))  # type: ignore[no-any-return]


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / name).read_text(encoding="utf-8"))
    return found
