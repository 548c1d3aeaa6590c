"""From file to vector, beside what one would use instead; every figure a ratio of one run.

    python tests/benchmarks/bench_embed.py --oml OML_PYTHON --out docs/results/speed/embed.json

Each competitor runs in a fresh process, on the same files with the same weights, its peak of memory
beside its time. open-metric-learning wants older libraries than these: ``--oml`` names the
interpreter of an environment that has it, and sees this one's packages through a .pth file:

    python -m venv --without-pip OML
    python -c "import site; print(site.getsitepackages()[0])" \\
        > OML/lib/python3.11/site-packages/base.pth
    pip --python OML/bin/python install --no-deps open-metric-learning==4.0.0 \\
        albumentations==2.0.8 albucore==0.0.24 stringzilla simsimd omegaconf \\
        antlr4-python3-runtime validators gdown beautifulsoup4 soupsieve

``--quick`` is a trial on a few drawn sheets.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import record
import repeats
import stages_alone
from drawing_files import sheets
from measured_process import in_process
from model_folders import bundled_model, reference_model

from patentzoo.backends import BACKENDS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECTIONS = ("bundled", "limit", "reference", "faiss")
TARGETS = {"bundled": 4.0, "reference": 8.0, "limit": 0.9, "faiss": 1.1}
OURS, TUNED = "patentzoo_embed", ("--threads", "1")
BUNDLED = {
    "patentzoo": (OURS,),
    "timm + DataLoader": ("timm_loader",),
    "timm + DataLoader, one torch thread": ("timm_loader", *TUNED),
    "pytorch-metric-learning InferenceModel": ("pml_inference",),
    "open-metric-learning inference": ("oml_inference",),
}
LIBRARIES = (
    *("torch", "torchvision", "timm", "pillow", "opencv-python", "openvino", "nncf", "onnxruntime"),
    *("faiss-gpu", "faiss-cpu", "pytorch-metric-learning"),
)


class Bench:
    """The run's options, its scratch folder, and how a competitor is started."""

    def __init__(self, given: argparse.Namespace, scratch: Path) -> None:
        self.given = given
        self.scratch = scratch
        self.cores = free_cores()
        self.paths, self.kind = sheets(scratch / "drawn", given.images, generated=given.quick)

    def environment(self) -> dict[str, str]:
        """Ours is imported from this tree; its exported graphs are kept in the scratch folder."""
        cache = str(self.scratch / "cache")
        hidden = repeats.OLD_CHIP if self.given.isa == "avx2" else {}
        return {**os.environ, **hidden, "PYTHONPATH": str(ROOT), "PATENTZOO_CACHE": cache}

    def first_load(self, folder: Path, *options: str) -> dict[str, Any]:
        """Ours once off the record, as a user's first run: graphs are exported and checked."""
        found = self.row("first", (OURS, "--warm", "1", *options), folder, self.listing(1))
        return {"first_run_s": found.get("process_s")}

    def by_name(self, *names: str) -> list[str]:
        """The backends of ours that can be asked for here, beside the one that "auto" takes."""
        if self.given.quick:
            return []
        found = [BACKENDS[name] for name in names]
        device = self.given.device
        return [each.name for each in found if each.installed and not each.unusable_on(device)]

    def listing(self, count: int) -> Path:
        """Files evenly chosen among all, a path a line; fewer are among the more."""
        step = 2 ** int(math.log2(max(1, len(self.paths) // count)))
        chosen = self.paths[::step][:count]
        target = self.scratch / f"files-{len(chosen)}.txt"
        target.write_text("\n".join(chosen), encoding="utf-8")
        return target

    def row(self, label: str, line: tuple[str, ...], folder: Path, files: Path) -> dict[str, Any]:
        """One competitor once: its figures, and its vectors beside the others'."""
        name, *options = line
        python = self.given.oml if name == "oml_inference" else sys.executable
        if python is None:
            return {"label": label, "error": "not measured: --oml names no interpreter"}
        out = self.scratch / f"{folder.name}-{label.replace(' ', '-')}.npy"
        command = [python, str(HERE / "competitors" / f"{name}.py"), "--folder", str(folder)]
        command += ["--files", str(files), "--out", str(out), "--workers", str(len(self.cores))]
        command += ["--device", self.given.device, *options]
        found = in_process(command, self.environment(), self.given.limit_s)
        if "error" in found:
            return {"label": label, **found}
        rate = round(found["images"] / found["seconds"], 3)
        del found["main_cpu_seconds"]
        return {"label": label, "images_per_s": rate, **found, "vectors": out, "listing": files}


def free_cores() -> list[int]:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def bundled(bench: Bench) -> dict[str, Any]:
    """The bundled network, by ours and by what others offer; the fastest of each one's rounds."""
    folder, files = bundled_model(bench.scratch / "bundled"), bench.listing(len(bench.paths))
    lines = dict(BUNDLED)
    for name in bench.by_name("torch", "torch-bf16", "openvino", "openvino-int8"):
        lines[f"patentzoo, backend {name}"] = (OURS, "--backend", name)
    first = bench.first_load(folder)
    for name in bench.by_name("openvino-int8"):
        bench.first_load(folder, "--backend", name)  # calibrated off the record
    rounds: list[dict[str, dict[str, Any]]] = []
    while len(rounds) < bench.given.rounds or (
        len(rounds) < bench.given.most_rounds
        and repeats.spread(rounds, "patentzoo") > repeats.CLOSE
    ):
        rounds.append(
            {label: bench.row(label, line, folder, files) for label, line in lines.items()}
        )
    for label in lines:
        shares = repeats.spread(rounds, label)
        for each in rounds:
            each[label]["interval_share"] = round(shares, 3)
    best = [max((r[label] for r in rounds), key=_rate) for label in lines]
    others = [row for row in best if not row["label"].startswith("patentzoo")]
    return compared(best, max(map(_rate, others)), "bundled", **first)


def reference(bench: Bench) -> dict[str, Any]:
    """SwinV2-B at 384 px, by ours and by the notebook's loop on fewer of the same files."""
    folder = reference_model(bench.scratch / "reference", small=bench.given.quick)
    few = bench.listing(bench.given.loop_images)
    many = bench.listing(bench.given.reference_images)
    batch = ("--batch-size", str(bench.given.reference_batch))
    first = bench.first_load(folder, *batch)
    warm = ("--warm", str(len(bench.cores)))  # as many as it takes beside one another
    lines = {"patentzoo": (OURS, *warm, *batch)} | {
        f"patentzoo, backend {name}": (OURS, *warm, *batch, "--backend", name)
        for name in bench.by_name("openvino", "openvino-bf16", "openvino-int8")
    }
    for name in bench.by_name("openvino-int8"):
        bench.first_load(folder, *batch, "--backend", name)
    rows = [bench.row("the notebook's loop", ("notebook_loop", "--warm", "1"), folder, few)]
    rows += [bench.row(label, line, folder, many) for label, line in lines.items()]
    side = "64" if bench.given.quick else "4096"
    bound = [sys.executable, str(HERE / "arithmetic_limit.py"), "--folder", str(folder)]
    first["arithmetic_limit"] = in_process(
        [*bound, "--side", side], bench.environment(), bench.given.limit_s
    )
    return compared(rows, _rate(rows[0]), "reference", **first)


def compared(rows: list[dict[str, Any]], other: float, name: str, **facts: Any) -> dict[str, Any]:
    """Ours over the others, and how near the vectors are."""
    ours = next(row for row in rows if row["label"] == "patentzoo")
    for row in rows:
        row["least_cosine_to_ours"] = least_cosine(row, ours)
    for row in rows:
        row.pop("vectors", None)
        row.pop("listing", None)
    own = max((row for row in rows if row["label"].startswith("patentzoo")), key=_rate)
    return {
        "ratio": round(_rate(ours) / other, 2) if other else None,
        "target": TARGETS[name],
        "fastest_backend": own.get("backend"),
        "ratio_fastest_backend": round(_rate(own) / other, 2) if other else None,
        **facts,
        "rows": rows,
    }


def least_cosine(row: dict[str, Any], ours: dict[str, Any]) -> float | None:
    """The worst agreement among the files both were given."""
    import numpy as np

    if "vectors" not in row or "vectors" not in ours:
        return None
    found, own = np.load(row["vectors"]), np.load(ours["vectors"])
    names = Path(ours["listing"]).read_text(encoding="utf-8").splitlines()
    place = {name: index for index, name in enumerate(names)}
    asked = Path(row["listing"]).read_text(encoding="utf-8").splitlines()
    pairs = [(i, place[name]) for i, name in enumerate(asked) if name in place]
    mine, theirs = np.transpose(pairs)
    return round(float((found[mine] * own[theirs]).sum(axis=1).min()), 5)


def limit(bench: Bench) -> dict[str, Any]:
    """What the cores could do at best, each stage measured alone; ``share`` is filled in later."""
    folder = bundled_model(bench.scratch / "alone")
    device, cores = bench.given.device, len(bench.cores)
    rounds = (1, 1) if bench.given.quick else stages_alone.ROUNDS
    given = (folder, bench.paths, bench.scratch, bench.cores, bench.environment())
    seconds, halves, done = stages_alone.measure(*given, device, rounds=rounds)
    rate = cores / sum(seconds.values())
    if device != "cpu":  # the card computes while the cores read
        model = seconds["model"]
        rate = min(cores / (sum(seconds.values()) - model), 1 / model)
    milliseconds = {f"{name}_ms": round(1000 * each, 2) for name, each in seconds.items()}
    give_or_take = sum(each**2 for each in halves.values()) ** 0.5 / sum(seconds.values())
    return {
        "cores": cores,
        **milliseconds,
        "half_intervals_ms": {name: round(1000 * each, 3) for name, each in halves.items()},
        "rounds": done,
        "limit": round(rate, 2),
        "limit_give_or_take": round(rate * min(1.0, give_or_take), 2),
    }


def faiss(bench: Bench) -> dict[str, Any]:
    """Search and build beside faiss alone."""
    count = 2000 if bench.given.quick else 100_000
    command = [sys.executable, str(HERE / "search_beside_faiss.py"), "--count", str(count)]
    found = in_process(command, bench.environment(), bench.given.limit_s)
    return {"target": TARGETS["faiss"], **found}


def _rate(row: dict[str, Any]) -> float:
    return float(row.get("images_per_s", 0.0))


def machine(bench: Bench) -> dict[str, Any]:
    """What was measured on and with; no names of places."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.is_file() else ""
    names = [line.split(":")[1].strip() for line in text.splitlines() if "model name" in line]
    return {
        "machine": f"{names[0] if names else platform.machine()}, {len(bench.cores)} cores",
        "python": platform.python_version(),
        "versions": record.versions(LIBRARIES),
    }


def main(line: list[str] | None = None) -> None:
    given = options(line)
    with tempfile.TemporaryDirectory(prefix="bench-embed-") as folder:
        bench = Bench(given, Path(folder))
        found = earlier_sections(given) | {
            "command": command(given),
            **machine(bench),
            "device": given.device,
            "instructions": given.isa,
            "files": {"count": len(bench.paths), "kind": bench.kind},
        }
        for name in given.sections:
            found[name] = globals()[name](bench)
            sys.stderr.write(f"{name}: {json.dumps(found[name])}\n")
    if "bundled" in found and "limit" in found:
        ours = next(row for row in found["bundled"]["rows"] if row["label"] == "patentzoo")
        share = round(_rate(ours) / found["limit"]["limit"], 3)
        found["limit"] |= {"share": share, "target": TARGETS["limit"]}
    record.keep(found, given.out)


def command(given: argparse.Namespace) -> str:
    """The line that writes this file into docs/results; no names of places."""
    oml = " --oml OML_PYTHON" if given.oml else ""
    hidden, name = (" --isa avx2", "embed-avx2") if given.isa == "avx2" else ("", "embed")
    script = "python tests/benchmarks/bench_embed.py"
    return f"{script}{oml}{hidden} --out docs/results/speed/{name}.json"


def earlier_sections(given: argparse.Namespace) -> dict[str, Any]:
    """What the file says of sections that are not measured this time, and on which machine."""
    old = record.earlier(given.out)
    kept = [name for name in SECTIONS if name in old and name not in given.sections]
    return {name: {"machine": old.get("machine"), **old[name]} for name in kept}


def options(line: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    add("--images", type=int, default=438, help="files for the bundled network")
    add("--rounds", type=int, default=2, help="runs of each; the fastest counts")
    add("--most-rounds", type=int, default=5, help="while ours differ by more than 3 %%")
    add("--loop-images", type=int, default=8, help="files for the notebook's loop")
    add("--reference-images", type=int, default=32, help="files for ours with SwinV2-B")
    add("--reference-batch", type=int, default=8)
    add("--device", default="cpu")
    add("--isa", choices=("all", "avx2"), default="all", help="avx2: hide newer instructions")
    add("--oml", help="interpreter of an environment with open-metric-learning")
    add("--limit-s", type=float, default=300.0, help="seconds a process may take")
    add("--out", type=Path)
    add("--quick", action="store_true", help="a few drawn sheets, small networks")
    given = parser.parse_args(line)
    if given.quick:
        given.images, given.rounds, given.most_rounds = 4, 1, 1
        given.loop_images = given.reference_images = given.reference_batch = 2
    return given


if __name__ == "__main__":
    main()
