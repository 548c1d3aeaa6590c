"""The training loop: stages of batches, checkpoints, a log, validation while training."""

from __future__ import annotations

import copy
import dataclasses
import logging
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from patentzoo.errors import TrainingError
from patentzoo.models.networks import EmbeddingNetwork
from patentzoo.system.files import write_text
from patentzoo.system.progress import StageProgress
from patentzoo.train import batch_sources, checkpoint, depthwise
from patentzoo.train.config import Recipe, StageConfig
from patentzoo.train.dataset import Batch, DrawingBatches
from patentzoo.train.distil import teacher, with_lesson
from patentzoo.train.freeze import hold
from patentzoo.train.imprint import imprint
from patentzoo.train.initial_weights import starting_network, trained_weights
from patentzoo.train.losses import build_loss
from patentzoo.train.precision import with_fastest_precision
from patentzoo.train.resume import RunClock, check_run, load_states
from patentzoo.train.run_log import FILE, RunLog
from patentzoo.train.runtime import Engine, compile_error, memory_error, out_of_memory
from patentzoo.train.schedule import AveragedWeights, learning_rate, make_optimizer
from patentzoo.train.validator import Validator, validator_of

if TYPE_CHECKING:
    from patentzoo.train.held_out import HeldOut

log = logging.getLogger(__name__)

MISSING = "missing.txt"
DDP_SEED = 1_000_003
"""Keeps the chance (dropout) of several processes apart."""


class Run:
    """One training run in one folder.

    Args:
        recipe: What to do.
        out: Folder for checkpoint, log and the finished model; a run begun there goes on.
        progress: Draw a progress bar on the terminal.
    """

    def __init__(self, recipe: Recipe, out: Path, *, progress: bool = False) -> None:
        self.recipe, self.out = recipe, out
        self.clock = RunClock()
        self.held_out: HeldOut | None = None
        checkpoint.make_folder(out)
        if recipe.loop.threads:
            torch.set_num_threads(recipe.loop.threads)
        torch.manual_seed(recipe.seed)
        network = starting_network(recipe, out.parent)
        if recipe.loop.precision == "auto":
            recipe = self.recipe = with_fastest_precision(recipe, network)
        self.engine = Engine(recipe.loop)
        self.progress = progress and self.engine.is_main
        self.network = network.to(self.engine.device)
        if self.engine.device.type == "cpu" and recipe.loop.precision == "bf16":
            depthwise.speed_up(self.network)
        if recipe.loop.channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
        self.teacher = teacher(recipe, out.parent, self.engine.device)
        self.called = self.engine.network(self.network)
        self.average = AveragedWeights(self.network, recipe.loop.ema)
        self.validator = validator_of(recipe, str(self.engine.device))
        self.stage, self.step, self.classes = 0, 0, 0
        self.best = -1.0
        self.imprinted: torch.Tensor | None = None
        self._finished: tuple[int, dict[str, Any]] | None = None

    def train(self) -> EmbeddingNetwork:
        """Run every stage; return the network with its averaged weights, in eval mode.

        Raises:
            TrainingError: The folder holds another run, the loss is no number, memory ran out, or
                a checkpoint cannot be written.
        """
        saved = checkpoint.load(self.out)
        check_run(saved, self.recipe, self.out)
        first = saved["stage"] if saved else 0
        self.clock.earlier = saved.get("seconds", 0.0) if saved else 0.0
        self._measure_start()
        name, bar = self.recipe.name, StageProgress(self.progress, self.recipe.stage_costs)
        journal = RunLog(self.out, self.recipe.loop, name, writes=self.engine.is_main)
        with journal as self.journal, bar as self.bar:
            self.journal.rewind(first, saved["step"] if saved else 0)
            for number in range(first, len(self.recipe.stages)):
                self.stage, self.step = number, 0
                self._train_stage(self.recipe.stages[number], saved)
                saved = None
        self.network.load_state_dict(self._kept())
        depthwise.restore(self.network)
        return self.network.eval()

    def _measure_start(self) -> None:
        if self.recipe.data.held_out and self.engine.is_main:
            from patentzoo.train.held_out import HeldOut

            start = copy.deepcopy(self.network)
            self.held_out = HeldOut(self.recipe, start, str(self.engine.device))
        self.engine.wait()

    def begin_anew(self) -> None:
        """Delete the checkpoints and the log of a run that is over."""
        if self.engine.is_main:
            for name in (checkpoint.FILE, checkpoint.BEST, FILE):
                (self.out / name).unlink(missing_ok=True)
        self.engine.wait()

    def _kept(self) -> dict[str, torch.Tensor]:
        """The weights to keep: the averaged ones, at the best look if the recipe selects."""
        best = checkpoint.best_weights(self.out) if self.recipe.validate.select else None
        return best or self.average.state

    def _train_stage(self, stage: StageConfig, saved: dict[str, Any] | None) -> None:
        recipe = self.recipe
        data = self._prepare(stage)
        self.imprinted = saved.get("imprinted") if saved else None
        if stage.imprint and not saved:
            self.imprinted = imprint(self.network, self.loss, data, recipe.loop)
        if stage.neighbours and isinstance(data, DrawingBatches) and self.imprinted is not None:
            data.set_neighbours(self.imprinted, stage.neighbours)
        # The loader draws from torch's random state, so it must come before that is put back.
        data.start = (saved["step"] if saved else 0) * recipe.loop.accumulate
        batches = batch_sources.load(data, recipe.loop.workers)
        if saved:
            self._restore(saved)
        self.network.train()
        hold(self.network, stage.frozen, statistics=recipe.loop.keep_statistics)
        self.bar.begin(self.stage, self.step, self.steps)
        began, seen, first, sums = time.perf_counter(), 0, self.step, dict[str, float]()
        while self.step < self.steps:
            losses, rows = self._step(stage, batches)
            seen += rows
            for key, value in losses.items():
                sums[key] = sums.get(key, 0.0) + value
            self.step += 1
            self.bar.advance(losses["loss"])
            if self.step % recipe.loop.log_every == 0 or self.step == self.steps:
                rate = seen / (time.perf_counter() - began)
                means = {key: value / (self.step - first) for key, value in sums.items()}
                self._log(stage, means | {"images_per_second": round(rate, 1)})
                began, seen, first, sums = time.perf_counter(), 0, self.step, {}
            if self.validator is not None and self._validation_due(data.steps_per_epoch):
                self._validate(self.validator, stage)
            if self.step % recipe.loop.save_every == 0 or self.step == self.steps:
                self._save()
        self._finished = self.classes, self.loss.state_dict()

    def _prepare(self, stage: StageConfig) -> batch_sources.Batches:
        """The stage's data, loss and optimiser."""
        recipe = self.recipe
        solids = recipe.data.solids[: stage.sources or None]
        own = dataclasses.replace(recipe.preprocess, size_px=stage.size_px)
        self.data = batch_sources.make_batches(
            dataclasses.replace(recipe.data, solids=solids),
            dataclasses.replace(recipe.loop, classes=stage.classes or recipe.loop.classes),
            self.teacher.preprocess if self.teacher else own,
            recipe.seed + self.stage,
            (self.engine.rank, self.engine.processes),
        )
        self.classes = self.data.class_count
        if (missing := getattr(self.data, "missing", ())) and self.engine.is_main:
            write_text(self.out / MISSING, "".join(f"{name}\n" for name in missing))
        each = recipe.loop.accumulate
        self.steps = stage.steps or max(1, round(stage.epochs * self.data.steps_per_epoch / each))
        weight = recipe.loss.arcface_weight * stage.arcface_weight
        weighted = dataclasses.replace(recipe.loss, arcface_weight=weight)
        self.loss = build_loss(weighted, self.classes, recipe.network.dim).to(self.engine.device)
        if self._finished and self._finished[0] == self.classes:  # the same classes: centres go on
            self.loss.load_state_dict(self._finished[1])
        made = make_optimizer(recipe.loop, self.network, self.loss)
        self.optimizer = self.engine.optimizer(made)
        if self.engine.processes > 1:
            torch.manual_seed(recipe.seed + DDP_SEED * (self.engine.rank + 1) + self.stage)
        return self.data

    def _step(self, stage: StageConfig, batches: Iterator[Batch]) -> tuple[dict[str, float], int]:
        """One optimiser step; its losses and the pictures it saw."""
        rows = 0
        try:
            pieces = [next(batches) for _ in range(self.recipe.loop.accumulate)]
            rows = sum(len(labels) for _, labels in pieces)
            return self._one_step(stage, pieces), rows
        except (MemoryError, RuntimeError) as error:
            if out_of_memory(error):
                raise memory_error(error, rows, stage.size_px) from error
            if told := compile_error(error):
                raise told from error
            raise

    def _one_step(self, stage: StageConfig, pieces: list[Batch]) -> dict[str, float]:
        rate = learning_rate(stage, self.step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimizer.zero_grad(set_to_none=True)
        values: dict[str, float] = {}
        for number, (images, labels) in enumerate(pieces, start=1):
            with self.engine.without_sync(self.called, last=number == len(pieces)):
                losses = self._forward(images, labels, stage.size_px)
                self.engine.backward(losses["loss"])
            for key, loss in losses.items():
                values[key] = values.get(key, 0.0) + float(loss.detach()) / len(pieces)
        self.engine.finish_gradients(self.network, self.loss.parameters())
        if not math.isfinite(values["loss"]):
            raise TrainingError(
                f"The loss became {values['loss']} at step {self.step} of stage {self.stage}. The "
                f"last checkpoint in {self.out} is intact; lower the stage's lr and start again."
            )
        self.optimizer.step()
        self.average.update(self.network)
        return values

    def _forward(
        self, images: torch.Tensor, labels: torch.Tensor, size_px: int
    ) -> dict[str, torch.Tensor]:
        """Losses of the whole batch, of which ``images`` are this process's rows."""
        images = images.to(self.engine.device, non_blocking=True)
        if self.teacher:
            taught = self.teacher.vectors(images)
            images = self.teacher.for_pupil(images, self.recipe.preprocess, size_px)
        if self.recipe.loop.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        with self.engine.autocast():
            embeddings = self.called(images)
        embeddings = self.engine.gather(embeddings.float())
        losses: dict[str, torch.Tensor] = self.loss(embeddings, labels.to(self.engine.device))
        if self.teacher:
            taught = self.engine.gather(taught.to(self.engine.device))
            losses = with_lesson(losses, embeddings, taught, self.recipe.distil.weight)
        return losses

    def _validation_due(self, steps_per_epoch: int) -> bool:
        epoch = max(1, steps_per_epoch // self.recipe.loop.accumulate)
        every = self.recipe.validate.every_steps or (epoch if steps_per_epoch else self.steps)
        return self.step % every == 0 or self.step == self.steps

    def _validate(self, validator: Validator, stage: StageConfig) -> None:
        """Measure the averaged weights in the first process, and keep them if they lead."""
        if self.engine.is_main:
            found = validator(self.average.state, stage.size_px)
            self._log(stage, found)
            if self.recipe.validate.select and found["mAP"] > self.best:
                self.best = found["mAP"]
                place = {"stage": self.stage, "step": self.step, "mAP": self.best}
                best = place | {"weights": self.average.state}
                checkpoint.save(self.out, best, checkpoint.BEST)
        self.engine.wait()

    def _restore(self, saved: dict[str, Any]) -> None:
        checkpoint.check_classes(self.out, saved["classes"], self.classes)
        self.step, self.best = saved["step"], saved["best"]
        parts = {"network": self.network, "loss": self.loss, "optimizer": self.optimizer}
        load_states(parts, saved, self.out)
        self.engine.load_scale(saved["scale"])
        self.average.restore(saved["average"], saved["updates"])
        if self.engine.rank < len(saved["chance"]):
            checkpoint.restore_random_states(saved["chance"][self.engine.rank])
        log.info("going on at stage %d, step %d", self.stage, self.step)

    def _save(self) -> None:
        chance = self.engine.each(checkpoint.random_states())
        if self.engine.is_main:
            state = {
                "recipe": self.recipe.name,
                "seconds": self.clock.seconds,
                "stage": self.stage,
                "step": self.step,
                "classes": self.classes,
                "network": trained_weights(self.network),
                "loss": trained_weights(self.loss),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average.state,
                "updates": self.average.updates,
                "best": self.best,
                "scale": self.engine.scale(),
                "chance": chance,
            }
            if self.recipe.stages[self.stage].neighbours:
                state["imprinted"] = self.imprinted
            checkpoint.save(self.out, state)
        self.engine.wait()

    def _log(self, stage: StageConfig, values: dict[str, float]) -> None:
        line: dict[str, float] = {"stage": self.stage, "step": self.step, "of": self.steps}
        line |= {"lr": learning_rate(stage, self.step - 1, self.steps), "time": time.time()}
        line |= {key: round(value, 4) for key, value in values.items()}
        done = sum(each.steps for each in self.recipe.stages[: self.stage]) + self.step
        self.journal.write(line, done)
        self.bar.tell(values)
