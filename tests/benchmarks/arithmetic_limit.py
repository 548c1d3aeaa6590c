"""How many images a second a network could pass if it were nothing but matrix products.

    python tests/benchmarks/arithmetic_limit.py --folder MODEL

Multiplications and additions of one image, counted by torch as the network runs, against the rate
at which this machine multiplies large bfloat16 (or float32) matrices, all cores at work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROUNDS = 5


def operations(folder: Path) -> int:
    """Multiplications and additions that the model of a folder needs for one image."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from patentzoo import load_model

    model = load_model(str(folder), device="cpu", backend="torch")
    side = model.preprocess.size_px
    with torch.inference_mode(), FlopCounterMode(display=False) as counted:
        model.network(torch.zeros(1, 1, side, side))
    return int(counted.get_total_flops())


def product_rate(dtype: str, side: int, rounds: int = ROUNDS) -> float:
    """Operations a second in the product of two square matrices; the fastest of some rounds."""
    import torch

    left, right = (torch.randn(side, side).to(getattr(torch, dtype)) for _ in "ab")
    left @ right
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        left @ right
        taken.append(time.perf_counter() - start)
    return 2 * side**3 / min(taken)


def measure(folder: Path, side: int) -> dict[str, Any]:
    """The bound, with what it is made of."""
    from patentzoo.backends.cpu import has_bf16

    dtype = "bfloat16" if has_bf16() else "float32"
    needed = operations(folder)
    rate = statistics.median([product_rate(dtype, side) for _ in range(3)])
    return {
        "gigaoperations_an_image": round(needed / 1e9, 1),
        "dtype": dtype,
        "gigaoperations_a_second": round(rate / 1e9, 1),
        "images_per_s_at_most": round(rate / needed, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--side", type=int, default=4096)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(measure(given.folder, given.side)) + "\n")


if __name__ == "__main__":
    main()
