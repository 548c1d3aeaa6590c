"""The tables of docs/index-guide.md, from docs/results/search and docs/results/speed/index.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
ENGINE_COLUMNS = (
    ("build_s", "build, s"),
    ("file_mb", "files, MB"),
    ("open_s", "open, s"),
    ("resident_mb", "memory, MB"),
    ("recall_at_10", "recall@10"),
    ("one_p50_ms", "one, p50 ms"),
    ("one_p99_ms", "p99 ms"),
    ("overhead_one_ms", "of which ours"),
    ("batch_1000_ms", "1,000, ms"),
    ("overhead_batch", "over faiss"),
    ("threads_p50_ms", "32 threads, p50 ms"),
    ("threads_p99_ms", "p99 ms"),
)


def views_table() -> str:
    """Several views as one query."""
    found = _read("search/views.json")
    if found is None:
        return "*Not measured yet: `python docs/measure_search.py`.*"
    views, fusions = found["views"], ("max", "mean", "rrf")
    rows = ["| views | " + " | ".join(f"{name}: MRR | rank-1 | hit@10" for name in fusions) + " |"]
    rows.append("| ---: |" + " ---: |" * (3 * len(fusions)))
    for count in views["max"]:
        cells = []
        for fusion in fusions:
            each = views[fusion][count]
            low, high = each["interval"]
            cells += [f"{each['patents']:.3f} [{low:.3f}, {high:.3f}]"]
            cells += [f"{each['rank-1']:.3f}", f"{each['hit@10']:.3f}"]
        rows.append(f"| {count} | " + " | ".join(cells) + " |")
    source = f"`{found['command']}` → [views.json](results/search/views.json)"
    counts = f"{views['answers']} answers of {views['patents']} patents, model `{found['model']}`"
    return "\n".join([*rows, "", f"{source}; {counts}."])


def looks_table() -> str:
    """A second look at the candidates."""
    found = _read("search/rerank.json")
    if found is None:
        return "*Not measured yet: `python docs/measure_search.py`.*"
    protocols = found["rerank"]
    heads = " | ".join(f"{name}: mAP | rank-1 | ms" for name in protocols)
    rows = [f"| search | {heads} |", "| --- |" + " ---: |" * (3 * len(protocols))]
    for look in next(iter(protocols.values())):
        cells = []
        for protocol in protocols.values():
            each = protocol[look]
            value, low, high = each["mAP"]
            cells += [f"{value:.3f} [{low:.3f}, {high:.3f}]", f"{each['rank-1']:.3f}"]
            cells += [f"{each['milliseconds']:.1f}"]
        rows.append(f"| {look} | " + " | ".join(cells) + " |")
    counts = [f"{name}: {each['cosine']['queries']} queries" for name, each in protocols.items()]
    source = f"`{found['command']}` → [rerank.json](results/search/rerank.json)"
    return "\n".join([*rows, "", f"{source}; {', '.join(counts)}, model `{found['model']}`."])


def engines_table() -> str:
    """What each engine costs and finds, by size."""
    found = _read("speed/index.json")
    if found is None:
        return "*Not measured yet: `python tests/benchmarks/bench_index.py`.*"
    heads = [title for _, title in ENGINE_COLUMNS]
    rows = ["| vectors | engine | " + " | ".join(heads) + " |"]
    rows.append("| ---: | --- |" + " ---: |" * len(heads))
    for row in sorted(found["rows"], key=lambda each: each["count"]):
        name = row["engine"] + ("" if row["storage"] == "float32" else f", {row['storage']}")
        cells = [_cell(key, row.get(key)) for key, _ in ENGINE_COLUMNS]
        rows.append(f"| {row['count']:,} | {name} | " + " | ".join(cells) + " |")
    about = f"{found['machine']}, shared with other programs"
    source = f"`{found['command']}` → [index.json](results/speed/index.json)"
    return "\n".join([*rows, "", f"{source}; {about}."])


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the markers of the page."""
    return {
        "table:views": views_table,
        "table:rerank": looks_table,
        "table:engines": engines_table,
    }


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "–"
    if key == "overhead_batch":
        return f"{100 * value:+.0f} %"
    if key == "recall_at_10":
        return f"{value:.3f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _read(name: str) -> dict[str, Any] | None:
    file = RESULTS / name
    if not file.is_file():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
