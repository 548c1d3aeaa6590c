"""The tables of docs/speed.md, from the files of docs/results/speed.

embed.json is of a machine as it is, embed-avx2.json with newer instructions than AVX2 hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from measured import SPEED, read, source, unmeasured

ALL, AVX2 = "embed.json", "embed-avx2.json"
CATALOGUED = "build"
"""faiss alone keeps no catalogue: what making one costs is told, and no target."""


def summary_table(folder: Path = SPEED) -> str:
    """Every target with what was measured."""
    found = read(folder, "embed.json")
    if found is None:
        return unmeasured("bench_embed.py", "embed.json")
    rows = ["| measured | ratio | target | met |", "| --- | ---: | ---: | --- |"]
    for name, words in (
        ("reference", "SwinV2-B at 384 px, over the reference notebook's loop"),
        ("bundled", "the bundled network, over the fastest of the other libraries"),
    ):
        section = found.get(name)
        if section and section["ratio"]:
            words += f" ({section['machine']})" if section.get("machine") else ""
            met = section["ratio"] >= section["target"]
            target = f"≥ {section['target']:g} ×"
            rows.append(_row(words, f"{section['ratio']:.1f} ×", target, met))
            best = section["ratio_fastest_backend"]
            if best > section["ratio"]:
                words = f'the same with `backend="{section["fastest_backend"]}"`'
                rows.append(_row(words, f"{best:.1f} ×", target, best >= section["target"]))
    hidden = (read(folder, AVX2) or {}).get("bundled")
    if hidden:
        words = "the same with newer instructions than AVX2 hidden"
        met = hidden["ratio"] >= hidden["target"]
        rows.append(_row(words, f"{hidden['ratio']:.1f} ×", f"≥ {hidden['target']:g} ×", met))
    limit = found.get("limit", {})
    if "share" in limit:
        share, target = f"{100 * limit['share']:.0f} %", f"≥ {100 * limit['target']:.0f} %"
        met = limit["share"] >= limit["target"]
        rows.append(_row("the bundled network, of what the cores could do", share, target, met))
    faiss = found.get("faiss", {})
    for name, row in faiss.get("rows", {}).items():
        met = row["ratio"] <= faiss["target"]
        words, ratio = f"{name}, milliseconds over those of faiss alone", f"{row['ratio']:.2f} ×"
        if name.startswith(CATALOGUED):
            rows.append(f"| {words} | {ratio} | – | – |")
        else:
            rows.append(_row(words, ratio, f"≤ {faiss['target']:.2f} ×", met))
    return "\n".join([*rows, "", source(found, "speed/embed.json")])


def competitors_table(section: str, folder: Path = SPEED, name: str = ALL) -> str:
    """Rates, memory and agreement of one section's competitors."""
    found = read(folder, name)
    if found is None or section not in found:
        return unmeasured("bench_embed.py", name)
    rows = [
        "| file to vector | images | images/s | ours over it | peak memory, MB | least cosine |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    measured = found[section]["rows"]
    ours = next(row for row in measured if row["label"] == "patentzoo")
    for row in sorted(measured, key=lambda row: -row.get("images_per_s", 0)):
        if "error" in row:
            rows.append(f"| {row['label']} | – | – | – | – | {row['error']} |")
            continue
        over = ours.get("images_per_s", 0) / row["images_per_s"]
        label = f"{row['label']} ({row['backend']})" if row.get("backend") else row["label"]
        cells = [f"{row['images']}", f"{row['images_per_s']:.2f}", f"{over:.1f} ×"]
        cells += [f"{row['peak_mb'] or '–'}", f"{row['least_cosine_to_ours']:.4f}"]
        rows.append(f"| {label} | " + " | ".join(cells) + " |")
    files = f"{found['files']['kind']}, {found['files']['count']} of them in all"
    machine = found[section].get("machine") or found["machine"]
    words = f"{machine}; {files}.{_bound(found[section])}"
    made = [] if name == ALL else ["", source(found, f"speed/{name}")]
    return "\n".join([*rows, "", words, *made])


def _bound(section: dict[str, Any]) -> str:
    limit = section.get("arithmetic_limit", {})
    loop = next((r for r in section["rows"] if r["label"] == "the notebook's loop"), {})
    if "images_per_s_at_most" not in limit or "images_per_s" not in loop:
        return ""
    most = limit["images_per_s_at_most"]
    return (
        f" The network takes {limit['gigaoperations_an_image']:.0f} · 10⁹ multiplications and "
        f"additions an image; these cores do {limit['gigaoperations_a_second']:.0f} · 10⁹ a second "
        f"in products of large {limit['dtype']} matrices. Were it nothing else, it would pass "
        f"{most:.1f} images/s: {most / loop['images_per_s']:.1f} times the loop."
    )


def stages_table(folder: Path = SPEED) -> str:
    """Each stage alone and the limit that follows; a column a set of instructions."""
    names = {ALL: "all instructions", AVX2: "AVX2"}
    found = {names[name]: read(folder, name) or {} for name in names}
    limits = {words: each["limit"] for words, each in found.items() if "limit" in each}
    if names[ALL] not in limits:
        return unmeasured("bench_embed.py", ALL)
    rows = [f"| stage, alone: core-milliseconds an image | {' | '.join(limits)} |"]
    rows.append("| --- |" + " ---: |" * len(limits))
    for stage in ("read", "decode", "preprocess", "model"):
        cells = (f"{each[f'{stage}_ms']:.2f}" for each in limits.values())
        rows.append(f"| {stage} | {' | '.join(cells)} |")
    rates = (f"{each['limit']:.1f}" for each in limits.values())
    rows.append(f"| the limit that follows, images/s | {' | '.join(rates)} |")
    shares = (
        f"{100 * each['share']:.0f} %" if "share" in each else "–" for each in limits.values()
    )
    rows.append(f"| of which was reached | {' | '.join(shares)} |")
    return "\n".join(rows)


def start_table(folder: Path = SPEED) -> str:
    """What starting costs."""
    found = read(folder, "cli-start.json")
    if found is None:
        return unmeasured("bench_cli_start.py", "cli-start.json")
    rows = ["| line | median, ms | over `python -c pass` |", "| --- | ---: | ---: |"]
    for name, row in found["rows"].items():
        rows.append(f"| `{name}` | {row['median_ms']:.1f} | {row['ratio']:.1f} × |")
    return "\n".join([*rows, "", source(found, "speed/cli-start.json")])


def gpu_table(folder: Path = SPEED) -> str:
    """What a card gave."""
    found = read(folder, "gpu.json")
    if found is None:
        return (
            "*Not measured yet: no GPU was at hand. `python tests/gpu/bench_gpu.py --out "
            "docs/results/speed/gpu.json` measures it.*"
        )
    rows = ["| on the card | images/s | least cosine |", "| --- | ---: | ---: |"]
    network, files = found.get("network"), found.get("files_to_vectors")
    if network:
        rows.append(f"| the notebook's loop | {network['loop_images_per_s']:.1f} | – |")
        for row in network["rows"]:
            cosine = f"{row['least_cosine_to_loop']:.4f}"
            rows.append(
                f"| network alone, {row['backend']} | {row['images_per_s']:.1f} | {cosine} |"
            )
    if files:
        words = f"files to vectors, the card busy {100 * files['busy_share']:.0f} % of the time"
        rows.append(f"| {words} | {files['images_per_s']:.1f} | – |")
    for name, row in found.get("faiss", {}).get("rows", {}).items():
        rows.append(f"| search, {name}: {row['ratio']:.1f} × the processor's speed | – | – |")
    return "\n".join([*rows, "", f"{found['device']}. {source(found, 'speed/gpu.json')}"])


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the page's markers."""
    return {
        "table:speed": summary_table,
        "table:speed-bundled": lambda: competitors_table("bundled"),
        "table:speed-avx2": lambda: competitors_table("bundled", name=AVX2),
        "table:speed-reference": lambda: competitors_table("reference"),
        "table:speed-stages": stages_table,
        "table:speed-start": start_table,
        "table:speed-gpu": gpu_table,
    }


def _row(words: str, ratio: str, target: str, met: bool) -> str:
    return f"| {words} | {ratio} | {target} | {'yes' if met else 'no'} |"
