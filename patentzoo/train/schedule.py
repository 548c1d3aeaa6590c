"""Learning rates and averaged weights."""

from __future__ import annotations

import math

import torch
from torch import nn

from patentzoo.train.config import StageConfig


def learning_rate(stage: StageConfig, step: int) -> float:
    """Rate at a step of a stage: linear warm-up, then a half cosine from ``lr`` to ``lr_end``."""
    if step < stage.warmup:
        return stage.lr * (step + 1) / stage.warmup
    done = (step - stage.warmup) / max(1, stage.steps - stage.warmup)
    return stage.lr_end + (stage.lr - stage.lr_end) * (1 + math.cos(math.pi * min(1.0, done))) / 2


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
