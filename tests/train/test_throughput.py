"""The benchmark that sets our recipe beside the notebook's loop, on a network of a few weights."""

from __future__ import annotations

import copy
import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from patentzoo.train.loop import Run

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "bench_training.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_training", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", [str(SCRIPT.parent), *sys.path])  # as for a script that is run
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def options(bench, deeppatent):
    small = ["--network", "test_resnet", "--size", "32", "--batch", "4", "--steps", "1"]
    return bench.parser().parse_args([str(deeppatent), *small, "--classes", "14", "--no-compile"])


@pytest.mark.parametrize("loop", ["notebook", "ours"])
def test_both_loops_run_without_a_gpu(bench, options, loop):
    row = bench.measure(loop, options)
    assert row["loop"] == loop
    assert row["images_per_second"] > 0
    assert row["peak_memory_mib"] > 0
    assert math.isfinite(row["loss_last"])


def test_the_notebooks_loop_learns_what_its_recipe_does(bench, options, tmp_path, monkeypatch):
    """Two Adams and a loop of eight lines, against ``patentzoo train swinv2-arcface-dpat``."""
    recipe = bench.recipe(bench.NOTEBOOK, options)
    run = Run(recipe, tmp_path)
    run._prepare(recipe.stages[0])
    copies = copy.deepcopy(run.network), copy.deepcopy(run.loss.inner)
    monkeypatch.setattr(bench, "notebook_parts", lambda options: copies)
    step = bench.notebook(options, tmp_path)
    losses = []
    for number, batch in enumerate(bench.batches(options)):
        torch.manual_seed(number)  # the same dropout
        theirs = step(batch)
        torch.manual_seed(number)
        losses.append((run._one_step(recipe.stages[0], [batch])["loss"], theirs))
    assert losses[0][0] != pytest.approx(losses[-1][0], rel=1e-2)
    for mine, theirs in losses:
        assert mine == pytest.approx(theirs, rel=1e-5)
    for mine, theirs in zip(run.network.parameters(), copies[0].parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def test_both_see_the_same_pictures(bench, options):
    one, two = bench.batches(options), bench.batches(options)
    assert len(one) == bench.KEPT
    for a, b in zip(one, two, strict=True):
        assert torch.equal(a[0], b[0])
        assert torch.equal(a[1], b[1])
    assert one[0][0].shape == (4, 1, 32, 32)


def test_the_report_sets_one_beside_the_other(bench, options, monkeypatch):
    speeds = iter([2.0, 7.0])

    def run(command, **_):
        row = {"loop": command[-1], "images_per_second": next(speeds)}
        return SimpleNamespace(stdout=f"a warning\n{json.dumps(row)}\n")

    monkeypatch.setattr(subprocess, "run", run)
    found = bench.report(options, [options.data, "--out", "docs/results/x.json", "--batch", "4"])
    assert [row["loop"] for row in found["rows"]] == ["notebook", "ours"]
    assert found["ours_over_notebook"] == 3.5
    assert found["command"].endswith("bench_training.py DRAWN --out docs/results/x.json --batch 4")


@pytest.mark.gpu
@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_our_recipe_is_three_times_as_fast_on_a_gpu(bench, deeppatent):
    """SwinV2-B at 384 px, 16 pictures a step: bf16, compiled, channels last, against fp32."""
    given = [str(deeppatent), "--batch", "16"]
    found = bench.report(bench.parser().parse_args(given), given)
    assert found["ours_over_notebook"] >= 3, found
