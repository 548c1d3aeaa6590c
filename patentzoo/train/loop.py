"""The training loop: stages of batches, checkpoints, a JSON-lines log."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from patentzoo.errors import OutputError, TrainingError
from patentzoo.networks import EmbeddingNetwork, build_network
from patentzoo.train import checkpoint
from patentzoo.train.config import Recipe, StageConfig
from patentzoo.train.dataset import Batch, DrawingBatches
from patentzoo.train.imprint import imprint
from patentzoo.train.losses import RetrievalLoss
from patentzoo.train.schedule import AveragedWeights, learning_rate

log = logging.getLogger(__name__)


class Run:
    """One training run in one folder.

    Args:
        recipe: What to do.
        out: Folder for checkpoint, log and the finished model; a run begun there goes on.
    """

    def __init__(self, recipe: Recipe, out: Path) -> None:
        self.recipe, self.out = recipe, out
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(
                f"{out} is no folder to train in ({reason}). Choose another."
            ) from error
        torch.manual_seed(recipe.seed)
        if recipe.loop.threads:
            torch.set_num_threads(recipe.loop.threads)
        self.network = build_network(recipe.network).to(memory_format=torch.channels_last)
        if recipe.init:
            _load_init(self.network, recipe.init)
        self.average = AveragedWeights(self.network, recipe.loop.ema)
        self.stage, self.step = 0, 0
        self.classes = 0
        self._finished: tuple[int, dict[str, Any]] | None = None

    def train(self) -> EmbeddingNetwork:
        """Run every stage; return the network with its averaged weights, in eval mode.

        Raises:
            TrainingError: The folder holds another run, the loss is no number, or a checkpoint
                cannot be written.
        """
        saved = checkpoint.load(self.out)
        first = saved["stage"] if saved else 0
        if first >= len(self.recipe.stages):
            raise TrainingError(
                f"{self.out} holds a run at stage {first}, the recipe has "
                f"{len(self.recipe.stages)} stages (from 0). Choose another --out."
            )
        for number in range(first, len(self.recipe.stages)):
            self.stage, self.step = number, 0
            self._train_stage(self.recipe.stages[number], saved)
            saved = None
        self.network.load_state_dict(self.average.state)
        return self.network.eval()

    def _train_stage(self, stage: StageConfig, saved: dict[str, Any] | None) -> None:
        recipe = self.recipe
        data = self._prepare(stage)
        # The loader draws from torch's random state, so it must come before that is put back.
        data.start = saved["step"] if saved else 0
        batches = _loader(data, recipe.loop.workers)
        if saved:
            self._restore(saved)
        elif stage.imprint:
            imprint(self.network, self.loss, data, recipe.loop)
        self.network.train()
        began, seen, first, sums = time.perf_counter(), 0, self.step, dict[str, float]()
        while self.step < stage.steps:
            images, labels = next(batches)
            losses = self._one_step(stage, images, labels)
            seen += len(labels)
            for key, value in losses.items():
                sums[key] = sums.get(key, 0.0) + value
            self.step += 1
            if self.step % recipe.loop.log_every == 0 or self.step == stage.steps:
                rate = seen / (time.perf_counter() - began)
                self._log(stage, rate, {k: v / (self.step - first) for k, v in sums.items()})
                began, seen, first, sums = time.perf_counter(), 0, self.step, {}
            if self.step % recipe.loop.save_every == 0 or self.step == stage.steps:
                self._save()
        self._finished = self.classes, self.loss.state_dict()

    def _prepare(self, stage: StageConfig) -> DrawingBatches:
        """The stage's data, loss and optimiser."""
        recipe = self.recipe
        sources = recipe.data.solids[: stage.sources or None]
        data = DrawingBatches(
            dataclasses.replace(recipe.data, solids=sources),
            dataclasses.replace(recipe.loop, classes=stage.classes or recipe.loop.classes),
            dataclasses.replace(recipe.preprocess, size_px=stage.size_px),
            recipe.seed + self.stage,
        )
        self.data = data
        self.classes = data.class_count
        weight = recipe.loss.arcface_weight * stage.arcface_weight
        weighted = dataclasses.replace(recipe.loss, arcface_weight=weight)
        self.loss = RetrievalLoss(weighted, self.classes, recipe.network.dim)
        if self._finished and self._finished[0] == self.classes:  # the same classes: centres go on
            self.loss.load_state_dict(self._finished[1])
        self.optimizer = self._optimizer()
        return data

    def _one_step(
        self, stage: StageConfig, images: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, float]:
        rate = learning_rate(stage, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.loop.bf16):
            embeddings = self.network(images)
        losses = self.loss(embeddings.float(), labels)
        self.optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        value = float(losses["loss"].detach())
        if not math.isfinite(value):
            raise TrainingError(
                f"The loss became {value} at step {self.step} of stage {self.stage}. The last "
                f"checkpoint in {self.out} is intact; lower the stage's lr and start again."
            )
        self.optimizer.step()
        self.average.update(self.network)
        return {key: float(loss.detach()) for key, loss in losses.items()}

    def _optimizer(self) -> torch.optim.AdamW:
        loop = self.recipe.loop
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        plain = [p for p in self.network.parameters() if p.ndim <= 1]
        return torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": loop.weight_decay, "factor": 1.0},
                {"params": plain, "weight_decay": 0.0, "factor": 1.0},
                {
                    "params": list(self.loss.parameters()),
                    "weight_decay": 0.0,
                    "factor": loop.loss_lr_factor,
                },
            ]
        )

    def _restore(self, saved: dict[str, Any]) -> None:
        if saved["classes"] != self.classes:
            raise TrainingError(
                f"{self.out} holds a run over {saved['classes']} classes, the data now has "
                f"{self.classes}. Choose another --out, or restore the data."
            )
        self.step = saved["step"]
        try:
            self.network.load_state_dict(saved["network"])
            self.loss.load_state_dict(saved["loss"])
            self.optimizer.load_state_dict(saved["optimizer"])
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                f"{self.out} holds the run of another network. Choose another --out."
            ) from error
        self.average.state, self.average.updates = saved["average"], saved["updates"]
        torch.set_rng_state(saved["rng"])
        log.info("going on at stage %d, step %d", self.stage, self.step)

    def _save(self) -> None:
        checkpoint.save(
            self.out,
            {
                "stage": self.stage,
                "step": self.step,
                "classes": self.classes,
                "network": self.network.state_dict(),
                "loss": self.loss.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average.state,
                "updates": self.average.updates,
                "rng": torch.get_rng_state(),
            },
        )

    def _log(self, stage: StageConfig, rate: float, means: dict[str, float]) -> None:
        line: dict[str, float] = {
            "stage": self.stage,
            "step": self.step,
            "of": stage.steps,
            "lr": learning_rate(stage, self.step - 1),
            "images_per_second": round(rate, 1),
            "time": round(time.time(), 1),
        }
        line |= {key: round(value, 4) for key, value in means.items()}
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        log.info("%s", line)


def _loader(data: DrawingBatches, workers: int) -> Iterator[Batch]:
    """Batches in order; each worker draws every workers-th batch."""
    loader: DataLoader[Batch] = DataLoader(
        data, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None
    )
    return iter(loader)


def _load_init(network: EmbeddingNetwork, folder: str) -> None:
    from safetensors.torch import load_file

    path = Path(folder) / "model.safetensors"
    if not path.exists():
        raise TrainingError(f"init = {folder!r}: {path} does not exist.")
    state = {k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise TrainingError(f"init = {folder!r}: its weights are of another network.") from error
