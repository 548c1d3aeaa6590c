"""Throughput and memory of our SwinV2-B recipe beside the reference notebook's loop.

On a GPU, with any data set in DeepPatent's format:

    python -m patentzoo.data.synthetic_deeppatent DRAWN --patents 600
    python tests/benchmarks/bench_training.py DRAWN --out training.json

On a CPU the same with a small network, to see that both loops run:

    python tests/benchmarks/bench_training.py DRAWN --network test_resnet --size 64 --steps 3 \
        --no-compile

Each loop runs in a process of its own, on the same card, over the same batches, which are read
once before the clock starts: what is compared is training, not decoding.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import record
import torch

from patentzoo.train.config import Recipe, load_recipe
from patentzoo.train.dataset import Batch

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
NOTEBOOK, OURS = "swinv2-arcface-dpat", "swinv2-arcface-dpat-plus"
LOOPS = ("notebook", "ours")
KEPT = 4
"""Batches that are read; the loops go round them."""
WARM_UP = 3
CLASSES = 33_364
"""DeepPatent's training patents: the centres are part of what is computed."""

Step = Callable[[Batch], float]


def recipe(name: str, options: argparse.Namespace) -> Recipe:
    """A recipe on the drawn set, with random weights and without a look at validation."""
    changes: dict[str, Any] = {
        "init": "none",
        "data.root": options.data,
        "data.lists": "",
        "loop.classes": options.batch,
        "loop.workers": 0,
        "loop.tensorboard": False,
        "stage.0.size_px": options.size,
        "preprocess.size_px": options.size,
        "validate.protocol": "",
        "validate.select": False,
    }
    if options.network:
        changes["network.backbone"] = options.network
    if name == OURS:
        changes["loop.compile"] = options.compile
    return load_recipe(RECIPES / f"{name}.toml", changes)


def batches(options: argparse.Namespace) -> list[Batch]:
    """The same pictures and labels for both loops, as the notebook's transforms make them."""
    from patentzoo.train.batch_sources import make_batches

    read = recipe(NOTEBOOK, options)
    made = make_batches(read.data, read.loop, read.preprocess, seed=0)
    return [made.batch(number) for number in range(KEPT)]  # type: ignore[attr-defined]


def notebook_parts(options: argparse.Namespace) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The notebook's network and loss, with random weights."""
    from patentzoo.models.networks import build_network
    from patentzoo.train.easy_margin import EasyMarginArcFace

    network = recipe(NOTEBOOK, options).network
    loss = EasyMarginArcFace(
        options.classes, network.dim, margin_rad=0.5, scale=30.0, focal_gamma=1.5
    )
    return build_network(network), loss


def notebook(options: argparse.Namespace, _: Path) -> Step:
    """The notebook's step as written: fp32, ``DataParallel``, two Adams, focal easy-margin."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    plain, loss = (part.to(device) for part in notebook_parts(options))
    network = torch.nn.DataParallel(plain)
    rates = 1e-4, 5e-3
    optimizers = [
        torch.optim.Adam(part.parameters(), lr=rate)
        for part, rate in zip((network, loss), rates, strict=True)
    ]
    network.train()

    def step(batch: Batch) -> float:
        images, labels = (each.to(device) for each in batch)
        for optimizer in optimizers:
            optimizer.zero_grad()
        value = loss(network(images), labels)
        value.backward()
        for optimizer in optimizers:
            optimizer.step()
        return float(value.detach())

    return step


def ours(options: argparse.Namespace, folder: Path) -> Step:
    """The step of ``patentzoo train`` on ``swinv2-arcface-dpat-plus``."""
    from patentzoo.train.loop import Run
    from patentzoo.train.losses import build_loss
    from patentzoo.train.schedule import make_optimizer

    read = recipe(OURS, options)
    run = Run(read, folder)
    run._prepare(read.stages[0])
    run.loss = build_loss(read.loss, options.classes, read.network.dim).to(run.engine.device)
    run.optimizer = run.engine.optimizer(make_optimizer(read.loop, run.network, run.loss))
    run.network.train()

    def step(batch: Batch) -> float:
        value = run._one_step(read.stages[0], [batch])["loss"]
        run.step += 1
        return value

    return step


def measure(loop: str, options: argparse.Namespace) -> dict[str, Any]:
    """One loop's images a second and peak memory, after some steps to warm up."""
    read = batches(options)
    cuda = torch.cuda.is_available()
    with tempfile.TemporaryDirectory() as folder:
        step = {"notebook": notebook, "ours": ours}[loop](options, Path(folder))
        began = time.perf_counter()
        losses = [step(read[number % KEPT]) for number in range(WARM_UP)]
        _wait(cuda)
        warmed = time.perf_counter()
        losses += [step(read[number % KEPT]) for number in range(options.steps)]
        _wait(cuda)
    seconds = time.perf_counter() - warmed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "loop": loop,
        "images_per_second": round(options.steps * options.batch / seconds, 2),
        "peak_memory_mib": round((torch.cuda.max_memory_allocated() if cuda else peak) / 2**20),
        "seconds_warm_up": round(warmed - began, 1),
        "loss_first": round(losses[0], 4),
        "loss_last": round(losses[-1], 4),
    }


def _wait(cuda: bool) -> None:
    if cuda:
        torch.cuda.synchronize()


def report(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Both loops one after the other, each in its own process."""
    rows = []
    for loop in LOOPS:
        command = [sys.executable, __file__, *arguments, "--only", loop]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        sys.stderr.write(f"{rows[-1]}\n")
    cuda = torch.cuda.is_available()
    speeds = {row["loop"]: row["images_per_second"] for row in rows}
    return {
        "command": f"python tests/benchmarks/bench_training.py {_shown(arguments)}",
        "device": torch.cuda.get_device_name() if cuda else f"CPU, {platform.machine()}",
        "torch": torch.__version__,
        "network": options.network or recipe(OURS, options).network.backbone,
        "size_px": options.size,
        "batch": options.batch,
        "classes": options.classes,
        "compile": options.compile,
        "memory": "allocated on the card" if cuda else "of the process",
        "rows": rows,
        "ours_over_notebook": round(speeds["ours"] / speeds["notebook"], 2),
    }


def _shown(arguments: list[str]) -> str:
    """The arguments without this machine's folders."""
    return " ".join(
        ["DRAWN", *(Path(a).name if Path(a).is_absolute() else a for a in arguments[1:])]
    )


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("data", help="Folder of a set in DeepPatent's format.")
    made.add_argument("--network", default="", help="Another timm backbone in place of SwinV2-B.")
    made.add_argument("--size", type=int, default=384, help="Input size in pixels.")
    made.add_argument("--batch", type=int, default=16, help="Pictures a step; 16 a card, as there.")
    made.add_argument("--steps", type=int, default=20, help="Steps that are timed.")
    made.add_argument("--classes", type=int, default=CLASSES, help="Class centres.")
    made.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    made.add_argument("--only", choices=LOOPS, help="One loop, its row on the last line.")
    made.add_argument("--out", type=Path)
    return made


def main(arguments: list[str] | None = None) -> None:
    given = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(given)
    if options.only:
        sys.stdout.write(json.dumps(measure(options.only, options)) + "\n")
        return
    record.keep(report(options, given), options.out)


if __name__ == "__main__":
    main()
