"""Embeds a shard and is killed meanwhile; run by test_shards.py.

    python shard_worker.py IMAGES FOLDER SHARD STEP

Ends without a goodbye at the STEP-th step: before and after each file that appears.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from conftest import make_model

from patentzoo.shards import Shard, embed_shard, run

steps = int(sys.argv[4])
replace = Path.replace


def step() -> None:
    global steps
    steps -= 1
    if steps < 0:
        os.kill(os.getpid(), signal.SIGKILL)


def killed(self: Path, target: Path) -> Path:
    step()
    done = replace(self, target)
    step()
    return done


Path.replace = killed  # type: ignore[method-assign]
run.PART_ROWS = 4
shard = Shard.parse(sys.argv[3])
embed_shard(make_model(), sys.argv[1], sys.argv[2], shard, on_error="skip", batch_size=4)
