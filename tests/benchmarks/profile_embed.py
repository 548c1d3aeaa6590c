"""Where the time goes from a TIFF on disk to its vector, stage by stage, and against the limit.

Each stage is measured alone, on one thread, over the same files; then ``embed`` runs as a user
calls it. The limit of a CPU is ``cores / (read + hash + decode + preprocess + model seconds an
image)``; where the network cannot be told to use one thread, its seconds count once a thread.

Run from the root of the checkout, on a machine that does nothing else:

    python tests/benchmarks/profile_embed.py --out docs/results/speed/profile-after.json
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import platform
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import record

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "uspto-sample"


def files_in(folder: Path | None, scratch: Path) -> list[Path]:
    """The TIFFs to embed: the folder's, the real sheets, or drawn ones where those are absent."""
    for root in (folder, REAL):
        if root is not None and root.is_dir():
            return sorted(
                each for each in root.rglob("*") if each.suffix.lower() in (".tif", ".tiff")
            )
    return draw_sheets(scratch)


def draw_sheets(folder: Path, count: int = 100) -> list[Path]:
    """Bilevel Group 4 sheets of random polygons at 300 dpi, as patent offices publish them."""
    from PIL import Image, ImageDraw

    rng = np.random.default_rng(0)
    for number in range(count):
        sheet = Image.new("1", (int(rng.integers(900, 2000)), int(rng.integers(1200, 2600))), 1)
        pen = ImageDraw.Draw(sheet)
        for _ in range(60):
            ends = rng.uniform(0.1, 0.9, 6) * np.array([*sheet.size] * 3)
            pen.polygon([float(end) for end in ends], outline=0)
        sheet.save(folder / f"sheet-{number:03d}.tif", compression="group4")
    return sorted(folder.iterdir())


def seconds(work: Callable[[Any], object], items: Iterable[Any], count: int) -> float:
    """Seconds an item, on this thread."""
    begun = time.perf_counter()
    for item in items:
        work(item)
    return (time.perf_counter() - begun) / count


def stages(model: Any, files: list[Path], batch_size: int) -> dict[str, float]:
    """Core seconds an image of each stage alone."""
    import cv2
    import torch

    from patentzoo.models.preprocess import crop_to_ink
    from patentzoo.options import ReadOptions
    from patentzoo.sources import read_pages

    held = {file: file.read_bytes() for file in files}
    sheet = ReadOptions(figures="whole")
    cv2.setNumThreads(1)
    n = len(files)
    found = {"read": seconds(Path.read_bytes, files, n)}
    found["hash"] = seconds(lambda file: hashlib.sha256(held[file]).hexdigest(), files, n)
    found["decode"] = seconds(lambda file: read_pages(held[file], sheet), files, n)

    def page(file: Path) -> Any:
        return read_pages(held[file], sheet)[0].grey

    for name, work in (("crop", crop_to_ink), ("preprocess", model.preprocess)):
        found[name] = sum(seconds(work, [page(each)], n) for each in files)
    tensors = [model.preprocess(page(file)) for file in files[: 4 * batch_size]]
    batches = [np.stack(tensors[at : at + batch_size]) for at in range(0, len(tensors), batch_size)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model.encode(batches[0])
    found["model"] = model.threads * seconds(model.encode, batches, len(tensors))
    torch.set_num_threads(threads)
    return found


def whole(
    model: Any, files: list[Path], options: dict[str, Any]
) -> tuple[float, dict[str, float | int]]:
    """Images a second of ``embed`` as a user calls it, and its split of time: the best of three."""
    from patentzoo import embed

    embed(model, files[: options["batch_size"]], **options)
    found: list[Any] = []
    for _ in range(3):
        embed(model, [(str(file), file) for file in files], timings=found.append, **options)
    best = max(found, key=lambda each: each.images_per_second)
    split = {name: round(value, 3) for name, value in dataclasses.asdict(best).items()}
    return best.images_per_second, split


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--processes", action="store_true")
    parser.add_argument("--backend", default="auto")
    given = parser.parse_args()
    import patentzoo as pz
    from patentzoo.system.cores import free_cores

    model = pz.load_model(backend=given.backend)
    options = {name: getattr(given, name) for name in ("batch_size", "workers", "processes")}
    with tempfile.TemporaryDirectory() as scratch:
        files = files_in(given.folder, Path(scratch))
        alone = stages(model, files, given.batch_size)
        rate, split = whole(model, files, {**options, "figures": "whole"})
    chain = sum(alone[stage] for stage in ("read", "hash", "decode", "preprocess", "model"))
    limit = free_cores() / chain
    report = {
        "files": len(files),
        "cores": free_cores(),
        "machine": platform.machine(),
        "backend": model.backend,
        **options,
        "ms_an_image_alone": {name: round(1000 * value, 3) for name, value in alone.items()},
        "images_a_second": round(rate, 1),
        "limit_images_a_second": round(limit, 1),
        "share_of_limit": round(rate / limit, 3),
        "seconds": split,
    }
    record.keep(report, given.out, indent=2)


if __name__ == "__main__":
    main()
