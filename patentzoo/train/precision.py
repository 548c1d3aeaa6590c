"""Which precision a machine trains fastest in, found by trying."""

from __future__ import annotations

import copy
import dataclasses
import logging
import time
from typing import TYPE_CHECKING

import torch

from patentzoo.models.networks import EmbeddingNetwork
from patentzoo.train.depthwise import speed_up

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe

log = logging.getLogger(__name__)

ROWS, STEPS = 8, 4
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
CANDIDATES = {"cuda": ("bf16", "fp16", "fp32"), "cpu": ("bf16", "fp32")}


def fastest_precision(network: EmbeddingNetwork, device: torch.device, size_px: int) -> str:
    """Time a training step of each precision and return the fastest whose gradients are finite.

    A processor without bfloat16 instructions emulates them, ten times slower than float32.

    Args:
        network: What will be trained; a copy of it takes the steps.
        device: Where it will be trained.
        size_px: Side of the pictures.

    Returns:
        ``"bf16"``, ``"fp16"`` or ``"fp32"``.
    """
    seconds = {}
    for name in CANDIDATES.get(device.type, ("fp32",)):
        trial = copy.deepcopy(network).to(device).train()
        if device.type == "cpu" and name == "bf16":
            speed_up(trial)
        images = torch.rand(ROWS, 1, size_px, size_px, device=device)
        taken = [_step(trial, images, name) for _ in range(STEPS + 1)][1:]
        if None not in taken:
            seconds[name] = min(each for each in taken if each is not None)
    chosen = min(seconds, key=lambda name: seconds[name], default="fp32")
    shown = ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in seconds.items())
    log.info("precision: %s (a step of %d pictures: %s)", chosen, ROWS, shown)
    return chosen


def _step(network: EmbeddingNetwork, images: torch.Tensor, name: str) -> float | None:
    """Seconds of one step; None if a gradient is no number."""
    began = time.perf_counter()
    dtype = DTYPES[name]
    with torch.autocast(images.device.type, dtype, enabled=name != "fp32"):
        loss = network(images.contiguous(memory_format=torch.channels_last)).float().square().mean()
    loss.backward()
    if images.device.type == "cuda":
        torch.cuda.synchronize()
    took = time.perf_counter() - began
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    finite = all(bool(gradient.isfinite().all()) for gradient in gradients)
    network.zero_grad(set_to_none=True)
    return took if finite else None


def with_fastest_precision(recipe: Recipe, network: EmbeddingNetwork) -> Recipe:
    """The recipe with the precision that is fastest here in place of ``"auto"``."""
    gpu = torch.cuda.is_available() and recipe.loop.device != "cpu"
    device = torch.device("cuda" if gpu else "cpu")
    chosen = fastest_precision(network, device, recipe.stages[0].size_px)
    return dataclasses.replace(recipe, loop=dataclasses.replace(recipe.loop, precision=chosen))
