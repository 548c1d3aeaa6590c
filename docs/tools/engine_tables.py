"""The tables of docs/index-speed.md about engines, from docs/results/speed/index.json."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from measured import SPEED, missing, read, source

MADE = (
    ("build_s", "build, s"),
    ("file_mb", "files, MB"),
    ("open_s", "open, s"),
    ("resident_mb", "memory, MB"),
    ("recall_at_10", "recall@10"),
)
ASKED = (
    ("one_p50_ms", "one, p50 ms"),
    ("overhead_one_ms", "over faiss, ms"),
    ("batch_1000_ms", "1,000, ms"),
    ("overhead_batch", "over faiss"),
    ("overhead_batch_hits", "all hits read"),
    ("threads_queries_per_s", "32 threads, queries/s"),
)
SIZES = (10_000, 100_000, 1_000_000)
LARGEST = 10_000_000
COMMAND = missing("tests/benchmarks/bench_index.py")

Row = dict[str, Any]


def engines_table() -> str:
    """What an index costs to make and to keep, and what it finds."""
    return _table(MADE)


def searches_table() -> str:
    """What a search costs, and what of it is not faiss's."""
    return _table(ASKED)


def beside_table() -> str:
    """An exact index made and asked, beside faiss alone; from docs/results/speed/embed.json."""
    found = read(SPEED, "embed.json")
    if found is None or "faiss" not in found:
        return missing("tests/benchmarks/bench_embed.py")
    section = found["faiss"]
    size = f"{section['count']:,} × {section['dim']}"
    lines = [f"| {size} | ours, ms | faiss, ms | ours over it |", "| --- | ---: | ---: | ---: |"]
    for name, row in section["rows"].items():
        ours, theirs = _cell("", row["ours_ms"]), _cell("", row["faiss_ms"])
        lines.append(f"| {name} | {ours} | {theirs} | {row['ratio']:.2f} × |")
    made = source(found, "speed/embed.json")
    return "\n".join([*lines, "", f"{made}; {section.get('machine') or found['machine']}."])


def growth_table() -> str:
    """What ten million vectors would cost, on paper, from what was measured of fewer."""
    found = read(SPEED, "index.json")
    if found is None:
        return COMMAND
    figures = (
        ("build_s", "build, s", _paper_build),
        ("file_mb", "files, MB", _paper_size),
        ("resident_mb", "memory, MB", _paper_size),
        ("one_p50_ms", "one query, ms", _paper_time),
        ("batch_1000_ms", "1,000 queries, ms", _paper_time),
    )
    lines = [f"| {LARGEST:,} vectors | " + " | ".join(title for _, title, _ in figures) + " |"]
    lines.append("| --- |" + " ---: |" * len(figures))
    for name, rows in _by_engine(found["rows"]):
        cells = [_on_paper(paper, name, key, rows) for key, _, paper in figures]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the markers of the page."""
    return {
        "table:beside-faiss": beside_table,
        "table:engines": engines_table,
        "table:searches": searches_table,
        "table:growth": growth_table,
    }


def _table(columns: Sequence[tuple[str, str]]) -> str:
    found = read(SPEED, "index.json")
    if found is None:
        return COMMAND
    heads = [title for _, title in columns]
    lines = ["| vectors | engine | " + " | ".join(heads) + " |"]
    lines.append("| ---: | --- |" + " ---: |" * len(heads))
    for row in sorted(filter(_shown, found["rows"]), key=lambda each: each["count"]):
        cells = [_cell(key, row.get(key)) for key, _ in columns]
        lines.append(f"| {row['count']:,} | {_name(row)} | " + " | ".join(cells) + " |")
    made = source(found, "speed/index.json")
    return "\n".join([*lines, "", f"{made}; {found['machine']}."])


def _shown(row: Row) -> bool:
    """Whether a row stands on the page: of small indexes only what ``"auto"`` takes for them."""
    return row["count"] >= SIZES[1] or _name(row) == "flat"


def _by_engine(rows: Sequence[Row]) -> Iterator[tuple[str, dict[int, Row]]]:
    """Engines measured at more than one size, each with its rows by size."""
    for name in dict.fromkeys(_name(row) for row in rows):
        mine = {row["count"]: row for row in rows if _name(row) == name}
        if len(mine) > 1:
            yield name, mine


def _name(row: Row) -> str:
    return str(row["engine"]) + ("" if row["storage"] == "float32" else f", {row['storage']}")


def _on_paper(
    paper: Callable[[str, float, float], float], name: str, key: str, rows: Mapping[int, Row]
) -> str:
    """A cell for ten million, from the two largest sizes measured."""
    if not {SIZES[-1], SIZES[-2]} <= rows.keys():
        return "–"
    value = paper(name, rows[SIZES[-2]][key], rows[SIZES[-1]][key])
    return f"*{float(f'{value:.2g}'):,.6g}*"


def _paper_size(name: str, smaller: float, larger: float) -> float:
    """What a vector costs is constant, what the libraries take does not grow."""
    return larger + 10 * (larger - smaller)


def _paper_build(name: str, smaller: float, larger: float) -> float:
    """In proportion; IVF-PQ compares each vector with cells whose number is the square root."""
    return 10 * larger * (10**0.5 if name.startswith("ivfpq") else 1)


def _paper_time(name: str, smaller: float, larger: float) -> float:
    """In proportion, with the square root of the cells, or by as much more as the last decade."""
    if name.startswith("flat"):
        return 10 * larger
    return larger * 10**0.5 if name.startswith("ivfpq") else larger * larger / smaller


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "–"
    if key in {"overhead_batch", "overhead_batch_hits"}:
        return f"{100 * value:+.0f} %"
    if key == "recall_at_10":
        return f"{value:.3f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
