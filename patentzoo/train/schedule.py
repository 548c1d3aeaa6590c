"""Learning rates and averaged weights."""

from __future__ import annotations

import math

import torch
from torch import nn

from patentzoo.train.settings import LoopConfig, StageConfig


def learning_rate(stage: StageConfig, step: int, steps: int = 0) -> float:
    """Rate at a step of a stage: linear warm-up, then a half cosine from ``lr`` to ``lr_end``.

    Args:
        stage: Its rates.
        step: From 0.
        steps: Steps of the stage, where it counts in epochs; 0 takes ``stage.steps``.
    """
    if step < stage.warmup:
        return stage.lr * (step + 1) / stage.warmup
    done = (step - stage.warmup) / max(1, (steps or stage.steps) - stage.warmup)
    return stage.lr_end + (stage.lr - stage.lr_end) * (1 + math.cos(math.pi * min(1.0, done))) / 2


def make_optimizer(loop: LoopConfig, network: nn.Module, loss: nn.Module) -> torch.optim.Optimizer:
    """AdamW or Adam over network and loss, in groups that know their ``factor`` on the rate.

    Adam treats each weight alone, so one optimiser with two rates equals two optimisers.
    """
    groups = []
    for of_backbone, factor in ((False, 1.0), (True, loop.backbone_lr_factor)):
        own = [
            p
            for name, p in network.named_parameters()
            if name.startswith("backbone.") == of_backbone
        ]
        decayed, plain = [p for p in own if p.ndim > 1], [p for p in own if p.ndim <= 1]
        groups.append({"params": decayed, "weight_decay": loop.weight_decay, "factor": factor})
        groups.append({"params": plain, "weight_decay": 0.0, "factor": factor})
    centres = list(loss.parameters())
    groups.append({"params": centres, "weight_decay": 0.0, "factor": loop.loss_lr_factor})
    groups = [group for group in groups if group["params"]]
    if loop.optimizer == "adamw":
        return torch.optim.AdamW(groups)
    return torch.optim.Adam([group | {"weight_decay": 0.0} for group in groups])


class AveragedWeights:
    """Exponential moving average of a network's parameters and buffers (Polyak averaging).

    Args:
        network: Whose weights to follow.
        decay: Of the average; early on a smaller one is used so that random weights are soon
            forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.state = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take one step toward the network's present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for key, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[key].lerp_(value, 1 - decay)
            else:
                self.state[key].copy_(value)

    def restore(self, state: dict[str, torch.Tensor], updates: int) -> None:
        """Go on from a checkpoint's average."""
        for key, value in self.state.items():
            value.copy_(state[key])
        self.updates = updates
