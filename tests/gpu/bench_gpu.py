"""What a GPU gives: the network, the way from TIFF files to vectors, and search.

    python tests/gpu/bench_gpu.py --out docs/results/speed/gpu.json

``--device cpu --small`` walks the same lines without a card, on a small network.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "competitors")]

SECTIONS = ("network", "files", "faiss")
RTX_4090_IMAGES_PER_S = 328.0
"""SwinV2-B at 384 px under torch.compile, timm's published table of an RTX 4090."""
RTX_4090_TFLOPS = 165.2
"""Dense half-precision products with float32 sums: NVIDIA's white paper on the Ada architecture."""


def synchronise(device: str) -> None:
    """Wait until the card is done; a processor always is."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize()


def seconds(call: Callable[[], Any], device: str, rounds: int) -> float:
    """Median seconds of a call, after one off the record."""
    call()
    taken = []
    for _ in range(rounds):
        synchronise(device)
        start = time.perf_counter()
        call()
        synchronise(device)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def matmul_tflops(device: str, side: int) -> float:
    """Measured rate of bfloat16 products of two square matrices."""
    import torch

    left, right = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in "ab")
    return 2 * side**3 / seconds(lambda: left @ right, device, 9) / 1e12


def loop_rate(folder: Path, files: list[str], device: str) -> tuple[float, np.ndarray]:
    """Images a second of the reference notebook's loop, and its vectors."""
    import notebook_loop

    given = argparse.Namespace(folder=folder, device=device)
    loaded = notebook_loop.load(given)
    notebook_loop.embed(loaded, files[:2], given)
    start = time.perf_counter()
    rows = notebook_loop.embed(loaded, files, given)
    return len(files) / (time.perf_counter() - start), rows


def model_rate(model: Any, batch_size: int) -> float:
    """Images a second of the network alone, from memory to memory."""
    side = model.preprocess.size_px
    batch = np.random.default_rng(0).random((batch_size, 1, side, side), dtype=np.float32)
    return batch_size / seconds(lambda: model.encode(batch), model.device, 5)


def backends_on(device: str, *, compiled: bool) -> list[str]:
    """torch's ways of running a network on a device, the plain one first."""
    from patentzoo.backends import BACKENDS

    return [
        name
        for name, kind in BACKENDS.items()
        if kind.family == "torch"
        and not kind.unusable_on(device)
        and (compiled or "compiled" not in name)
    ]


def network(given: argparse.Namespace, folder: Path, files: list[str]) -> dict[str, Any]:
    """The reference network on every backend, beside the notebook's loop and timm's table."""
    import patentzoo as pz

    loop, wanted = loop_rate(folder, files, given.device)
    rows = []
    for name in backends_on(given.device, compiled=not given.small):
        model = pz.load_model(folder, device=given.device, backend=name)
        found = pz.embed(
            model, numbered(files), figures="whole", batch_size=min(given.batch_size, len(files))
        )
        rows.append(
            {
                "backend": name,
                "images_per_s": round(model_rate(model, given.batch_size), 2),
                "least_cosine_to_loop": round(float((found.vectors * wanted).sum(1).min()), 5),
            }
        )
        del model
    best = max(row["images_per_s"] for row in rows)
    tflops = matmul_tflops(given.device, 256 if given.small else 8192)
    scaled = RTX_4090_IMAGES_PER_S * tflops / RTX_4090_TFLOPS
    return {
        "loop_images_per_s": round(loop, 2),
        "ratio_to_loop": round(best / loop, 2),
        "target": 10.0,
        "matmul_tflops": round(tflops, 2),
        "timm_scaled_images_per_s": round(scaled, 2),
        "share_of_timm_scaled": round(best / scaled, 3),
        "rows": rows,
    }


def numbered(files: list[str]) -> list[tuple[str, str]]:
    """Files with ids of their own."""
    return [(str(number), file) for number, file in enumerate(files)]


def files_to_vectors(given: argparse.Namespace, folder: Path, files: list[str]) -> dict[str, Any]:
    """From TIFFs on disk: how long the card is at work, and the rate beside what bounds it."""
    import patentzoo as pz

    model = pz.load_model(folder, device=given.device)
    pz.embed(
        model, numbered(files[: given.batch_size]), batch_size=given.batch_size, figures="whole"
    )
    told: list[Any] = []
    pz.embed(
        model, numbered(files), batch_size=given.batch_size, figures="whole", timings=told.append
    )
    (split,) = told
    reading = split.cores / ((split.read + split.decode + split.preprocess) / split.images)
    alone = model_rate(model, given.batch_size)
    bound = min(reading, alone)
    return {
        "backend": model.backend,
        "images": split.images,
        "images_per_s": round(split.images_per_second, 2),
        "busy_share": round(split.model / split.total, 3),
        "reading_only_images_per_s": round(reading, 2),
        "model_only_images_per_s": round(alone, 2),
        "share_of_limit": round(split.images_per_second / bound, 3),
        "target": 0.85,
        "workers": split.workers,
        "cores": split.cores,
    }


def faiss_on(given: argparse.Namespace) -> dict[str, Any]:
    """Exact search of a thousand queries and of one, on the card and on the processor."""
    import clustered

    from patentzoo.index.engines.faiss_calls import load_faiss

    faiss = load_faiss()
    count = 2_000 if given.small else given.vectors
    base = clustered.vectors(count)
    asked = clustered.queries(base)[:1000]
    plain = faiss.IndexFlatIP(clustered.DIM)
    plain.add(base)
    other = plain
    if given.device.startswith("cuda"):
        resources = faiss.StandardGpuResources()
        other = faiss.GpuIndexFlatIP(resources, clustered.DIM)
        other.add(base)
    same = plain.search(asked[:100], 10)[1] == other.search(asked[:100], 10)[1]
    rows = {}
    for name, batch in (("single query", asked[:1]), ("batch of 1,000", asked)):
        cpu = seconds(lambda batch=batch: plain.search(batch, 10), "cpu", 3)
        there = seconds(lambda batch=batch: other.search(batch, 10), given.device, 9)
        rows[name] = {
            "cpu_ms": round(1000 * cpu, 3),
            "device_ms": round(1000 * there, 3),
            "ratio": round(cpu / there, 2),
        }
    return {"count": count, "same_hits": round(float(same.mean()), 4), "rows": rows}


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """All sections that were asked for."""
    import torch
    from drawing_files import sheets
    from model_folders import reference_model

    cuda = given.device.startswith("cuda")
    found: dict[str, Any] = {
        "command": "python tests/gpu/bench_gpu.py --out docs/results/speed/gpu.json",
        "device": torch.cuda.get_device_name(given.device) if cuda else given.device,
        "torch": torch.__version__,
    }
    with tempfile.TemporaryDirectory(prefix="bench-gpu-") as scratch:
        paths, found["files"] = sheets(Path(scratch, "drawn"), given.images, generated=given.small)
        if {"network", "files"} & set(given.sections):
            folder = reference_model(Path(scratch, "reference"), small=given.small)
        if "network" in given.sections:
            found["network"] = network(given, folder, paths[: given.loop_images])
        if "files" in given.sections:
            found["files_to_vectors"] = files_to_vectors(given, folder, paths)
    if "faiss" in given.sections:
        found["faiss"] = faiss_on(given)
    return found


def main(line: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--device", default="cuda")
    add("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    add("--images", type=int, default=438, help="files")
    add("--loop-images", type=int, default=64, help="files for the notebook's loop")
    add("--batch-size", type=int, default=64)
    add("--vectors", type=int, default=1_000_000)
    add("--small", action="store_true", help="a small network, a few drawn sheets")
    add("--out", type=Path)
    given = parser.parse_args(line)
    if given.small:
        given.images, given.loop_images, given.batch_size = 4, 2, 2
    text = json.dumps(measure(given), indent=1) + "\n"
    sys.stdout.write(text)
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
