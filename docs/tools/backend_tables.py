"""The tables of docs/backends-measured.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from measured import SPEED, read, source, unmeasured

STARTS = {
    "import torch": "`import torch` alone",
    "before": "before, plain torch",
    "torch": "now, `torch`",
    "torch-bf16": "now, `torch-bf16`",
    "openvino": "now, `openvino`, graph in the cache",
    "openvino-bf16": "now, `openvino-bf16`, graph in the cache",
    "onnx": "now, `onnx`, graph in the cache",
}


def bundled_table(folder: Path = SPEED) -> str:
    """Rates and agreement on the bundled network."""
    found = read(folder, "backends.json")
    if not found or not {"agreement", "speed"} <= found.keys():
        return unmeasured("bench_backends.py", "backends.json")
    agreed, rates = _by_name(found["agreement"]), _by_name(found["speed"])
    rows = [
        "| backend | images/s | over torch | least cosine | mean cosine | mAP |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]["images_per_s"]):
        speed = f"{rate['images_per_s']:.0f} | {rate['over_torch']:.2f} ×"
        rows.append(f"| `{name}` | {speed} | {_agreement(agreed.get(name))} |")
    for name, row in (_by_name(found["base"]) if "base" in found else {}).items():
        rows.append(f"| `{name}`, `patentzoo-base` | – | – | {_agreement(row)} |")
    about = found["agreement"]
    words = (
        f"{about['count']} sheets ({about['sheets']}); mAP by figures on the development protocol. "
        f"{found['machine']}."
    )
    return "\n".join([*rows, "", words, "", source(found, "speed/backends.json")])


def large_table(folder: Path = SPEED) -> str:
    """The same of the reference's network."""
    found = read(folder, "backends.json")
    if not found or "large" not in found:
        return unmeasured("bench_backends.py", "backends.json")
    rows = [
        "| backend | images/s | over torch | least cosine |",
        "| --- | ---: | ---: | ---: |",
    ]
    for row in sorted(found["large"]["rows"], key=lambda row: -row["images_per_s"]):
        rate = f"{row['images_per_s']:.2f} | {row['over_torch']:.1f} ×"
        rows.append(f"| `{row['backend']}` | {rate} | {row['min_cosine']:.5f} |")
    return "\n".join([*rows, "", source(found, "speed/backends.json")])


def taught_table(folder: Path = SPEED) -> str:
    """Agreement on a small trained network of the reference's kind."""
    found = read(folder, "int8.json")
    if not found:
        return unmeasured("bench_int8.py", "int8.json")
    rows = [
        "| backend | least cosine | mean cosine | mAP | off float32's |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    right = _by_name(found)["torch"]["mAP"]
    for row in found["rows"]:
        off = "–" if row["backend"] == "torch" else f"{row['mAP'] - right:+.4f}"
        rows.append(f"| `{row['backend']}` | {_agreement(row)} | {off} |")
    return "\n".join([*rows, "", f"{found['machine']}. {source(found, 'speed/int8.json')}"])


def start_table(folder: Path = SPEED) -> str:
    """Seconds to the first vector."""
    found = read(folder, "startup.json")
    if not found:
        return unmeasured("bench_startup.py", "startup.json")
    rows = ["| a fresh process | seconds | of before |", "| --- | ---: | ---: |"]
    for name, row in found["rows"].items():
        rows.append(f"| {STARTS[name]} | {row['median_s']:.2f} | {row['over_before']:.2f} × |")
    return "\n".join([*rows, "", source(found, "speed/startup.json")])


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the page's markers."""
    return {
        "table:backends": bundled_table,
        "table:backends-large": large_table,
        "table:backends-taught": taught_table,
        "table:startup": start_table,
    }


def _agreement(row: Mapping[str, float] | None) -> str:
    if row is None:
        return "– | – | –"
    score = f"{row['mAP']:.4f}" if "mAP" in row else "–"
    return f"{row['min_cosine']:.6f} | {row['mean_cosine']:.6f} | {score}"


def _by_name(part: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["backend"]: row for row in part["rows"]}
