"""Do 8 bits keep what a trained SwinV2 finds?

    python tests/benchmarks/bench_int8.py --shards SHARDS --keep FOLDER \
        --out docs/results/speed/int8.json

The reference's weights cannot be had everywhere, and random ones say nothing: their vectors all
point one way, and what little tells drawings apart drowns in any rounding. So a small network of
the same kind (SwinV2-T on 64 x 64 pixels of four values each) is taught the bundled model's vectors
of drawn solids and of the title figures, for twelve minutes on two cores; then its backends
are compared on the protocol, whose drawings it has not seen. SHARDS is a folder of drawn solids as
``patentzoo.data.linedraw.dataset.render_shards`` writes them.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import record
from bench_backends import Recorder, cosines, encoded
from drawing_files import SAMPLE

from patentzoo import embed, load_model
from patentzoo.backends.cpu import cpu_facts
from patentzoo.errors import BlankImageError
from patentzoo.models.config import NetworkConfig
from patentzoo.system.cores import free_cores

NETWORK = NetworkConfig.from_dict(
    {
        "backbone": "swinv2_tiny_window8_256",
        "backbone_args": {"img_size": 64},
        "dim": 256,
        "pooling": "backbone",
        "head": "linear",
        "fold": 2,
    }
)
BACKENDS = ("torch", "torch-bf16", "onnx", "openvino", "openvino-bf16", "openvino-int8")
LIBRARIES = ("torch", "timm", "openvino", "nncf", "onnxruntime")
DATA = SAMPLE.parent
SIDE, BATCH, RATE, WARM_UP, DRAWN_PX = 128, 48, 1e-3, 60, 400


def drawings(shards: Path, seed: int) -> Iterator[np.ndarray]:
    """The title figures and their mirror images, then one view of a solid after another."""
    import cv2

    from patentzoo.data.linedraw.dataset import DrawingSet
    from patentzoo.data.linedraw.strokes import draw, random_style

    titles = [cv2.imread(str(file), 0) for file in sorted((DATA / "title-figures").glob("*.png"))]
    yield from titles
    yield from (np.ascontiguousarray(title[:, ::-1]) for title in titles)
    solids, rng = DrawingSet(sorted(shards.glob("*.npz"))[:16]), np.random.default_rng(seed)
    while True:
        for number in rng.permutation(len(solids)):
            views = solids.classes[number]
            view = solids.view(views[rng.integers(len(views))])
            yield draw(view, random_style(rng), rng, size_px=DRAWN_PX)


def lessons(shards: Path, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pages of the pupil, float16 (n, 1, 128, 128), and the teacher's vectors, (n, 256)."""
    teacher = load_model()
    step = dataclasses.replace(teacher.preprocess, size_px=SIDE)
    small: list[np.ndarray] = []
    large: list[np.ndarray] = []
    vectors: list[np.ndarray] = []
    for drawing in drawings(shards, seed):
        try:
            pages = step(drawing), teacher.preprocess(drawing)
        except BlankImageError:
            continue
        small.append(pages[0].astype(np.float16))
        large.append(pages[1])
        if len(large) == 32 or len(small) == count:
            vectors.append(teacher.encode(np.stack(large)))
            large.clear()
        if len(small) == count:
            return np.stack(small), np.concatenate(vectors)
    raise AssertionError("drawings() has no end")


def taught(pages: np.ndarray, vectors: np.ndarray, minutes: float, seed: int = 0) -> Any:
    """A network that has learned to give the teacher's vectors, and likenesses."""
    import torch
    from torch.nn import functional

    from patentzoo.models.networks import build_network

    torch.manual_seed(seed)
    network = build_network(NETWORK).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05)
    given, wanted = torch.from_numpy(pages), torch.from_numpy(vectors)
    start, step, end = time.monotonic(), 0, 60 * minutes
    while (passed := time.monotonic() - start) < end:
        chosen = torch.randint(len(given), (BATCH,))
        shift = torch.randint(-4, 5, (2,)).tolist()
        step += 1
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / WARM_UP) * max(0.02, 1 - passed / end)
        with torch.autocast("cpu", torch.bfloat16):
            rows = network(torch.roll(given[chosen].float(), shift, (2, 3)))
        rows, right = functional.normalize(rows.float(), dim=1), wanted[chosen]
        agree = (rows * right).sum(1).mean()
        loss = 1 - agree + 4 * (rows @ rows.T - right @ right.T).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0:
            sys.stderr.write(f"step {step}, {passed:.0f} s, cosine {agree.item():.3f}\n")
    return network.eval()


def compared(folder: Path, cache: Path) -> list[dict[str, Any]]:
    """Cosines and mAP of every backend, against float32 torch."""
    from patentzoo.evaluate import evaluate, load_protocol

    protocol = load_protocol("figures", DATA)
    recorder = Recorder(load_model(folder, backend="torch", cache_dir=cache))
    base = embed(recorder, protocol.images, batch_size=BATCH)
    pages, rows = recorder.pages_of(base), []
    for name in BACKENDS:
        found = encoded(load_model(folder, backend=name, cache_dir=cache), pages)
        made = dataclasses.replace(base, vectors=found)
        score = round(evaluate(made, protocol).metrics["mAP"].value, 5)
        rows.append({"backend": name, **cosines(found, base.vectors), "mAP": score})
        sys.stderr.write(f"{rows[-1]}\n")
    return rows


def model_folder(folder: Path, given: argparse.Namespace) -> Path:
    """The pupil as a model folder; taught, unless it is there already."""
    import torch

    from patentzoo.models.networks import build_network
    from patentzoo.zoo.registry import DEFAULT_MODEL, find_card
    from patentzoo.zoo.store import save_model_dir

    weights = folder / "taught.pt"
    if weights.is_file():
        network = build_network(NETWORK).eval()
        network.load_state_dict(torch.load(weights))
    else:
        network = taught(*lessons(given.shards, given.drawings), given.minutes)
        torch.save(network.state_dict(), weights)
    own = find_card(DEFAULT_MODEL)
    step = dataclasses.replace(own.preprocess, size_px=SIDE)
    card = dataclasses.replace(own, name="pupil", network=NETWORK.to_dict(), preprocess=step)
    save_model_dir(folder / "pupil", network, card)
    return folder / "pupil"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shards", type=Path, required=True)
    parser.add_argument("--drawings", type=int, default=9_000)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--keep", type=Path, help="where the taught network stays, or lies already")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    import torch

    torch.set_num_threads(free_cores())
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        rows = compared(model_folder(folder, given), Path(scratch))
    found = {
        "command": "python tests/benchmarks/bench_int8.py --shards SHARDS --keep FOLDER "
        "--out docs/results/speed/int8.json",
        "machine": f"{cpu_facts()[0]}, {free_cores()} of {os.cpu_count()} cores",
        "versions": record.versions(LIBRARIES),
        "network": NETWORK.backbone,
        "drawings": given.drawings,
        "minutes": given.minutes,
        "protocol": "figures",
        "rows": rows,
    }
    record.keep(found, given.out)


if __name__ == "__main__":
    main()
