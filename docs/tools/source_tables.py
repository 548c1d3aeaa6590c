"""The tables of docs/figures-measured.md and docs/sources-measured.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from measured import RESULTS, load, missing, source

PHOTOS = {
    "drawing": "drawings in other hands",
    "grey": '`photos="grey"`',
    "lines": '**`photos="lines"`**',
    "lines, soft query in grey": '`photos="lines"`, soft query taken as it is',
    "lines, soft query in lines": '`photos="lines"`, soft query drawn as lines, too',
}


def photos_table() -> str:
    """Drawings that look for photographs."""
    found = load("figures/photos.json")
    rows = ["| gallery | same side: mAP | rank-1 | another side: mAP | rank-1 |"]
    rows.append("| --- |" + " ---: |" * 4)
    for name, shown in PHOTOS.items():
        cells = [
            f"{found['rows'][f'{view} {name}'][metric]:.3f}"
            for view in ("same", "other")
            for metric in ("mAP", "rank-1")
        ]
        rows.append(f"| {shown} | " + " | ".join(cells) + " |")
        made = source(found, "figures/photos.json")
    return "\n".join([*rows, "", f"{made}; {found['solids']} solids, model `{found['model']}`."])


def pdfs_table() -> str:
    """The sheets of the real grants as PDFs of scans."""
    if not (RESULTS / "figures" / "pdfs.json").is_file():
        return missing("tests/benchmarks/bench_pdfs.py")
    found = load("figures/pdfs.json")
    count = found["grants"]
    rows = [
        ["figures described by the grants", found["described"]],
        ["cut from the TIFF sheets, turned by the office's marks", found["tiff"]],
        ["cut from the PDFs, which have no mark", found["pdf"]],
        ["grants whose figures are counted exactly, TIFF", f"{found['exact_tiff']} of {count}"],
        ["**grants whose figures are counted exactly, PDF**", f"{found['exact_pdf']} of {count}"],
        ["labels read in the PDFs / right", f"{found['labels_read']} / {found['labels_right']}"],
        ["pages of text left out", f"{found['text_left_out']} of {2 * count}"],
        ["sheets left out", f"{found['sheets_left_out']} of {found['sheets']}"],
        [
            "scans taken bit for bit, header out",
            f"{found['scans_bit_for_bit']} of {found['sheets']}",
        ],
    ]
    lines = ["| what | count |", "| --- | ---: |", *(f"| {a} | {b} |" for a, b in rows)]
    return "\n".join([*lines, "", f"{source(found, 'figures/pdfs.json')}."])


def fuzz_table() -> str:
    """What became of damaged files."""
    found = load("fuzz.json")
    rows = ["| mutation | files | read | in `failures` |", "| --- | ---: | ---: | ---: |"]
    for name, each in found["by_mutation"].items():
        read, failed = each["read"], each["in_failures"]
        rows.append(f"| {name.replace('_', ' ')} | {read + failed} | {read} | {failed} |")
    rows.append(f"| **all** | {found['files']:,} | {found['read']:,} | {found['in_failures']:,} |")
    slowest = f"The slowest file took {found['slowest_cpu_s']:.2f} s of CPU time."
    return "\n".join([*rows, "", slowest])


def memory_table() -> str:
    """Peak memory over many files."""
    found = load("sources-memory.json")
    cells = (
        f"{found['files']:,}",
        found["workers"],
        f"{found['peak_mb_after_1000_files']:.0f} MB",
        f"{found['peak_mb']:.0f} MB",
        f"{found['bytes_a_file']:,}",
    )
    head = "| files | workers | peak memory after 1,000 files | after all | bytes a file |"
    rule = "| ---: | ---: | ---: | ---: | ---: |"
    return "\n".join([head, rule, f"| {' | '.join(map(str, cells))} |"])


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the markers."""
    return {
        "table:photos": photos_table,
        "table:pdfs": pdfs_table,
        "table:fuzz": fuzz_table,
        "table:sources-memory": memory_table,
    }
