"""The GPU's benchmark and what it rests on; where there is no card, its lines run on the CPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bench_gpu
import drawing_files
import numpy as np
import pytest

from patentzoo.backends import BACKENDS
from patentzoo.zoo.load import load_model


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> str:
    """The CPU, and a CUDA device where torch sees one."""
    if request.param == "cuda":
        cuda_or_skip()
    return request.param


def cuda_or_skip() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device: torch.cuda.is_available() is False here")


def test_the_benchmark_runs_and_its_vectors_agree(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    width, height = drawing_files.LETTER_PX
    monkeypatch.setattr(drawing_files.draw, "__defaults__", ((width // 3, height // 3),))
    monkeypatch.setenv("PATENTZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATENTZOO_BACKEND", "torch")
    target = tmp_path / "gpu.json"
    bench_gpu.main(["--device", device, "--small", "--out", str(target)])
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    assert json.loads(capsys.readouterr().out) == found

    rows = {row["backend"]: row for row in found["network"]["rows"]}
    assert "torch" in rows
    assert rows["torch"]["least_cosine_to_loop"] == pytest.approx(1, abs=1e-4)
    for name, row in rows.items():
        assert row["least_cosine_to_loop"] >= 0.999, name
        assert row["images_per_s"] > 0
    split = found["files_to_vectors"]
    assert split["images"] == 4
    assert 0 < split["busy_share"] <= 1
    bound = min(split["reading_only_images_per_s"], split["model_only_images_per_s"])
    assert split["share_of_limit"] == pytest.approx(split["images_per_s"] / bound, abs=0.02)
    assert found["faiss"]["same_hits"] > 0.99
    assert set(found["faiss"]["rows"]) == {"single query", "batch of 1,000"}


def test_the_backends_of_a_device_are_those_it_can_run():
    assert bench_gpu.backends_on("cuda", compiled=True) == [
        name for name, kind in BACKENDS.items() if kind.family == "torch"
    ]
    assert "torch-fp16" not in bench_gpu.backends_on("cpu", compiled=True)
    assert not any("compiled" in name for name in bench_gpu.backends_on("cuda", compiled=False))


def test_matmul_rate_counts_products_and_sums(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_gpu, "seconds", lambda call, device, rounds: 0.5)
    assert bench_gpu.matmul_tflops("cpu", 100) == pytest.approx(2 * 100**3 / 0.5 / 1e12)


def test_the_median_leaves_out_the_first_call():
    calls = []
    bench_gpu.seconds(lambda: calls.append(1), "cpu", 4)
    assert len(calls) == 5


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["torch-bf16", "torch-fp16", "torch-compiled-bf16"])
def test_the_reference_network_in_half_precision(name: str, tmp_path: Path):
    """SwinV2-B at 384 px: half precision gives float32's vectors, on whole and odd batches."""
    cuda_or_skip()
    from model_folders import reference_model

    folder = reference_model(tmp_path / "reference")
    plain = load_model(folder, device="cuda", backend="torch")
    half = load_model(folder, device="cuda", backend=name)
    paths, _ = drawing_files.sheets(tmp_path / "drawn", 5, generated=True)
    from PIL import Image

    pages = np.stack([plain.preprocess(np.asarray(Image.open(p).convert("L"))) for p in paths])
    for size in (5, 1, 3):
        cosines = (plain.encode(pages[:size]) * half.encode(pages[:size])).sum(1)
        assert cosines.min() >= 0.999


@pytest.mark.gpu
def test_a_million_vectors_are_searched_on_the_card_as_on_the_processor():
    cuda_or_skip()
    from patentzoo.index.engines.faiss_calls import load_faiss

    if not load_faiss().get_num_gpus():
        pytest.skip("faiss sees no GPU: a build of faiss for CPUs is installed")
    import argparse

    given = argparse.Namespace(device="cuda", small=False, vectors=1_000_000)
    assert bench_gpu.faiss_on(given)["same_hits"] > 0.999
