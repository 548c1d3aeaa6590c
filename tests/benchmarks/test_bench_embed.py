"""The benchmark's quick mode, its competitors in this process: who takes part, and that all agree.

No figure of time is looked at.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import arithmetic_limit
import bench_embed
import drawing_files
import measured_process
import numpy as np
import pytest
import repeats
import search_beside_faiss
import stages_alone
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode


def here(command: list[str], environment: dict[str, str], limit_s: float) -> dict[str, Any]:
    """Like ``in_process``, in this process: without decoding processes of their own."""
    module = importlib.import_module(Path(command[1]).stem)
    if module is search_beside_faiss:
        return search_beside_faiss.measure(700)
    if module is arithmetic_limit:
        return arithmetic_limit.measure(Path(command[3]), 64)
    line = command[2:]
    line[line.index("--workers") + 1] = "0"
    if "--threads" in line:
        line[line.index("--threads") + 1] = "0"  # the other tests' threads stay as they are
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        module.run(module.load, module.embed, line)
    return {**json.loads(said.getvalue().splitlines()[-1]), "peak_mb": 1, "process_s": 1.0}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON of a quick run."""
    target = tmp_path_factory.mktemp("bench") / "embed.json"
    letter = drawing_files.LETTER_PX
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATENTZOO_BACKEND", "torch")
        patch.setattr(bench_embed, "in_process", here)
        patch.setattr(bench_embed, "free_cores", lambda: [min(os.sched_getaffinity(0))])
        patch.setattr(drawing_files.draw, "__defaults__", ((letter[0] // 3, letter[1] // 3),))
        with contextlib.redirect_stdout(io.StringIO()):
            bench_embed.main(["--quick", "--out", str(target)])
    return json.loads(target.read_text(encoding="utf-8"))


def test_it_says_what_was_measured_and_how(found: dict[str, Any]):
    assert found["command"].startswith("python tests/benchmarks/bench_embed.py")
    assert found["files"]["count"] == 4
    assert set(bench_embed.SECTIONS) <= set(found)
    assert found["versions"]["torch"]
    assert "/" not in json.dumps({key: found[key] for key in ("machine", "versions", "files")})


def test_every_competitor_gives_our_vectors(found: dict[str, Any]):
    rows = {row["label"]: row for row in found["bundled"]["rows"]}
    assert set(rows) == set(bench_embed.BUNDLED)
    missing = rows.pop("open-metric-learning inference")
    assert "--oml" in missing["error"]
    for label, row in rows.items():
        assert row["least_cosine_to_ours"] == pytest.approx(1, abs=1e-4), label
        assert row["images"] == 4
        assert row["images_per_s"] > 0
        assert row["peak_mb"]


def test_the_notebooks_loop_gives_our_vectors(found: dict[str, Any]):
    loop, ours = found["reference"]["rows"]
    assert loop["label"] == "the notebook's loop"
    assert loop["least_cosine_to_ours"] == pytest.approx(1, abs=1e-4)
    assert found["reference"]["ratio"] == pytest.approx(
        ours["images_per_s"] / loop["images_per_s"], abs=0.01
    )


def test_operations_are_those_of_the_layers(found: dict[str, Any]):
    bound = found["reference"]["arithmetic_limit"]
    assert bound["images_per_s_at_most"] > 0
    left = torch.nn.Conv2d(1, 3, 5, bias=False)
    with FlopCounterMode(display=False) as counted:
        left(torch.zeros(1, 1, 12, 12))
    assert counted.get_total_flops() == 2 * 3 * 8 * 8 * 5 * 5
    assert arithmetic_limit.product_rate("float32", 16, rounds=1) > 0


def test_the_limit_is_made_of_the_stages(found: dict[str, Any]):
    limit = found["limit"]
    stages = [limit[f"{name}_ms"] for name in stages_alone.STAGES]
    assert min(stages) > 0
    assert limit["limit"] == pytest.approx(1000 * limit["cores"] / sum(stages), rel=0.02)
    ours = found["bundled"]["rows"][0]["images_per_s"]
    assert limit["share"] == pytest.approx(ours / limit["limit"], abs=0.01)


def test_on_a_card_the_slower_of_reading_and_the_network_is_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stages = {"read": 0.001, "decode": 0.005, "preprocess": 0.004, "model": 0.002}
    monkeypatch.setattr(stages_alone, "measure", lambda *given, **more: (stages, stages, 1))
    monkeypatch.setattr(bench_embed, "bundled_model", lambda folder: folder)
    monkeypatch.setattr(bench_embed, "free_cores", lambda: [0, 1])
    given = bench_embed.options(["--quick", "--device", "cuda"])
    given.images = 1
    bench = bench_embed.Bench(given, tmp_path)
    assert bench_embed.limit(bench)["limit"] == 200  # two cores, ten milliseconds a page
    stages["model"] = 0.01
    assert bench_embed.limit(bench)["limit"] == 100
    given.device = "cpu"
    assert bench_embed.limit(bench)["limit"] == 100  # two cores, twenty milliseconds in all


def test_the_better_way_of_the_network_counts_with_its_interval():
    rows = [{"decode": 2.0, "model": m, "model on all": a} for m, a in ((5, 4), (7, 4), (6, 4.3))]
    means, halves = stages_alone.intervals(rows)
    assert means == pytest.approx({"decode": 2.0, "model": 4.1})
    assert halves["decode"] == 0
    assert halves["model"] == pytest.approx(1.96 * np.std([4, 4, 4.3], ddof=1) / 3**0.5)
    rows = [{"model": 3.0, "model on all": 4.0}] * 2
    assert stages_alone.intervals(rows) == ({"model": 3.0}, {"model": 0.0})
    assert stages_alone.intervals(rows[:1])[1]["model"] > 1  # one round says nothing


def test_how_far_rates_differ():
    rounds = [{"a": {"images_per_s": rate}} for rate in (90.0, 110.0)]
    expected = 1.96 * np.std([90, 110], ddof=1) / 2**0.5 / 100
    assert repeats.spread(rounds, "a") == pytest.approx(expected)
    assert repeats.spread(rounds[:1], "a") == 1
    assert repeats.spread([{"a": {"error": "broken"}}] * 2, "a") == 1


def test_hidden_instructions_are_hidden_from_every_process(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    for isa, hidden in (("all", False), ("avx2", True)):
        given = bench_embed.options(["--quick", "--isa", isa])
        environment = bench_embed.Bench(given, tmp_path / isa).environment()
        assert (environment.get("ONEDNN_MAX_CPU_ISA") == "AVX2") == hidden


def test_search_beside_faiss_finds_the_same(found: dict[str, Any]):
    assert found["faiss"]["same_hits"] > 0.95  # of equals, either may come first
    assert list(found["faiss"]["rows"]) == [
        "single query",
        "batch of 1,000",
        "build in memory",
        "build in memory and a search",
        "build in memory and a filtered search",
        "build with `path=`, beside `write_index`",
    ]


def test_the_ratio_is_ours_over_the_fastest_other():
    rows = [
        {"label": "patentzoo", "images_per_s": 30.0},
        {"label": "b", "images_per_s": 10.0},
        {"label": "c", "error": "broken"},
    ]
    assert bench_embed.compared(rows, 10.0, "bundled")["ratio"] == 3.0
    assert bench_embed.compared(rows, 0.0, "bundled")["ratio"] is None


def test_vectors_are_compared_file_by_file(tmp_path: Path):
    names = list("abcdefgh")

    def row(name: str, files: list[str], vectors: np.ndarray) -> dict[str, Path]:
        np.save(tmp_path / f"{name}.npy", vectors)
        (tmp_path / f"{name}.txt").write_text("\n".join(files), encoding="utf-8")
        return {"vectors": tmp_path / f"{name}.npy", "listing": tmp_path / f"{name}.txt"}

    own = np.eye(8, dtype=np.float32)
    ours = row("own", names, own)
    assert bench_embed.least_cosine(row("few", names[1::3], own[1::3]), ours) == 1
    assert bench_embed.least_cosine(row("moved", names[1::3], own[::3]), ours) == 0
    assert bench_embed.least_cosine({"error": "broken"}, ours) is None


def test_fewer_files_are_among_the_more(tmp_path: Path):
    bench = bench_embed.Bench.__new__(bench_embed.Bench)
    bench.scratch, bench.paths = tmp_path, [str(number) for number in range(438)]
    few, many = (bench.listing(count).read_text().splitlines() for count in (8, 32))
    assert (len(few), len(many)) == (8, 32)
    assert set(few) < set(many)


def test_a_section_measured_alone_leaves_the_others(tmp_path: Path):
    target = tmp_path / "embed.json"
    target.write_text(json.dumps({"faiss": {"kept": 1}, "limit": {"old": 1}, "machine": "old"}))
    given = bench_embed.options(["--sections", "limit", "--out", str(target)])
    wanted = {"faiss": {"kept": 1, "machine": "old"}}
    assert bench_embed.earlier_sections(given) == wanted
    target.write_text(json.dumps({**wanted, "machine": "new"}))  # kept once more
    assert bench_embed.earlier_sections(given) == wanted


def test_a_generated_sheet_is_a_grant_sheet(tmp_path: Path):
    files, kind = drawing_files.sheets(tmp_path / "drawn", 2, generated=True)
    assert "generated" in kind
    with Image.open(files[0]) as first, Image.open(files[1]) as second:
        assert (first.mode, first.size) == ("1", drawing_files.LETTER_PX)
        assert first.info["compression"] == "group4"
        assert round(first.info["dpi"][0]) == 300
        assert 0.005 < 1 - np.asarray(first).mean() < 0.2
        assert (np.asarray(first) != np.asarray(second)).any()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").is_file(), reason="Linux tells memory")
def test_memory_is_that_of_the_whole_tree():
    inner = "b = bytearray(60_000_000); print(flush=True); input()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", outer], stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        process.stdout.readline()
        assert 57 < measured_process.tree_mb(process.pid) < 200
        process.communicate(b"\n")
    assert measured_process.tree_mb(process.pid) == 0


def test_a_process_that_fails_says_why():
    command = [sys.executable, "-c", "raise SystemExit('no such library')"]
    assert measured_process.in_process(command, dict(os.environ), 60)["error"] == "no such library"
    command = [sys.executable, "-c", "print('{\"seconds\": 2}')"]
    done = measured_process.in_process(command, dict(os.environ), 60)
    assert done["seconds"] == 2
    assert math.isfinite(done["process_s"])
