"""Run by tests in processes of their own: a small recipe, its losses written as JSON.

torchrun --nproc_per_node 2 tests/train/distributed_run.py RECIPE.toml OUT [KILL_AT_STEP]
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from patentzoo.train.config import load_recipe
from patentzoo.train.loop import Run


def main(recipe: str, out: str, kill_at: int = 0) -> None:
    losses = []
    step = Run._one_step

    def one_step(self, stage, pieces):
        if kill_at and len(losses) + 1 == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)  # no handler, no clean-up: as a power cut
        values = step(self, stage, pieces)
        losses.append(values["loss"])
        return values

    Run._one_step = one_step
    run = Run(load_recipe(recipe), Path(out))
    network = run.train()
    if run.engine.is_main:
        weights = sum(float(p.detach().double().abs().sum()) for p in network.parameters())
        report = {"losses": losses, "processes": run.engine.processes, "weights": weights}
        Path(out, "report.json").write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
