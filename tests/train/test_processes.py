"""Two processes learn as one does; a run that was killed outright ends as one that was not."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from patentzoo.train.config import load_recipe
from patentzoo.train.loop import Run

SCRIPT = Path(__file__).with_name("distributed_run.py")
TOLERANCE = 2e-4
"""Relative: sums over two halves are rounded otherwise than over the whole."""


@pytest.fixture
def write(tmp_path, deeppatent):
    """Write a recipe; its network has no batch norm, whose statistics gloo cannot share."""

    def recipe(
        name="run", head="linear", backbone="test_vit", sampler="m-per-class", loss="arcface"
    ):
        path = tmp_path / f"{name}.toml"
        path.write_text(
            f"""
name = "{name}"
[network]
backbone = "{backbone}"
dim = 16
head = "{head}"
backbone_args = {{img_size = 64}}
[preprocess]
size_px = 64
[data]
kind = "deeppatent"
root = "{deeppatent.as_posix()}"
sampler = "{sampler}"
[loss]
name = "{loss}"
scale = 16.0
[loop]
classes = 4
views = 2
workers = 0
threads = 1
precision = "fp32"
device = "cpu"
ema = 0.5
tensorboard = false
save_every = 2
log_every = 2
accumulate = 2
[[stage]]
steps = 5
size_px = 64
lr = 1e-3
warmup = 1
""",
            encoding="utf-8",
        )
        return path

    return recipe


def environment(rank: int, processes: int, port: int) -> dict[str, str]:
    """What torchrun and accelerate launch set."""
    return {
        **os.environ,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "GLOO_SOCKET_IFNAME": "lo",
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def run_alone(recipe: Path, out: Path) -> tuple[list[float], dict[str, torch.Tensor]]:
    losses = []
    step = Run._one_step

    def one_step(self, stage, pieces):
        values = step(self, stage, pieces)
        losses.append(values["loss"])
        return values

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "_one_step", one_step)
        weights = Run(load_recipe(recipe), out).train().state_dict()
    return losses, {key: value.clone() for key, value in weights.items()}


@pytest.mark.slow
def test_two_gloo_processes_give_the_losses_of_one_with_the_whole_batch(write, tmp_path):
    recipe = write()
    port = free_port()
    command = [sys.executable, str(SCRIPT), str(recipe), str(tmp_path / "two" / "run")]
    pair = [
        subprocess.Popen(command, env=environment(rank, 2, port), stderr=subprocess.PIPE)
        for rank in (0, 1)
    ]
    losses, weights = run_alone(recipe, tmp_path / "one" / "run")
    for process in pair:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors.decode()[-3000:]
    report = json.loads((tmp_path / "two" / "run" / "report.json").read_text())
    assert report["processes"] == 2
    assert len(losses) == 5
    assert report["losses"] == pytest.approx(losses, rel=TOLERANCE)
    total = sum(float(v.double().abs().sum()) for v in weights.values())
    assert report["weights"] == pytest.approx(total, rel=TOLERANCE)
    assert losses[0] != pytest.approx(losses[-1], rel=TOLERANCE * 10)  # the test can fail


def test_killed_with_9_and_resumed_ends_bit_for_bit_as_never_stopped(write, tmp_path):
    """Optimiser, rate, sampler position, random states (dropout) and class centres all go on."""
    recipe = write(head="reference", backbone="test_resnet", loss="easy-arcface")
    recipe.write_text(recipe.read_text().replace("backbone_args = {img_size = 64}\n", ""))
    out = tmp_path / "runs" / "run"
    killed = subprocess.run(
        [sys.executable, str(SCRIPT), str(recipe), str(out), "4"], check=False, timeout=600
    )
    assert killed.returncode == -signal.SIGKILL
    assert (out / "checkpoint.pt").exists()
    torch.manual_seed(12345)
    resumed, weights = run_alone(recipe, out)
    whole, expected = run_alone(recipe, tmp_path / "whole" / "run")
    assert resumed == whole[2:]  # killed in its fourth step, saved after its second
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[key], value) for key, value in expected.items())
    lines = [
        [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        for folder in (out, tmp_path / "whole" / "run")
    ]
    assert [row["step"] for row in lines[0]] == [row["step"] for row in lines[1]] == [2, 4, 5]
    assert [row["loss"] for row in lines[0]] == [row["loss"] for row in lines[1]]
