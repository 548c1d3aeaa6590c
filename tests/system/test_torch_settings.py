"""An application's torch settings neither change vectors nor are changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest
import torch

from patentzoo.backends.registry import BACKENDS
from patentzoo.figures.reader import read_lines
from patentzoo.system.torch_settings import for_inference
from patentzoo.zoo.load import load_model

Setting = Callable[[], AbstractContextManager[object]]


@contextmanager
def put(get: Callable[[], object], change: Callable[[object], None], value: object) -> Iterator:
    before = get()
    change(value)
    try:
        yield
    finally:
        change(before)


def default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


SETTINGS: dict[str, Setting] = {
    "float64": lambda: put(torch.get_default_dtype, torch.set_default_dtype, torch.float64),
    "bfloat16": lambda: put(torch.get_default_dtype, torch.set_default_dtype, torch.bfloat16),
    "meta": contextmanager(default_device),
    "with meta": lambda: torch.device("meta"),
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "inference": torch.inference_mode,
    "no_grad": torch.no_grad,
    "grad off": lambda: put(torch.is_grad_enabled, torch.set_grad_enabled, False),
    "medium": lambda: put(
        torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "medium"
    ),
}


def state() -> tuple[object, ...]:
    """What an application can have set."""
    return (
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_autocast_enabled("cpu"),
        torch.get_autocast_dtype("cpu"),
        torch.is_inference_mode_enabled(),
        torch.is_grad_enabled(),
        torch.get_float32_matmul_precision(),
        torch.get_num_threads(),
        torch.random.initial_seed(),
        torch.get_rng_state().tolist(),
    )


@pytest.fixture(scope="module")
def pages() -> np.ndarray:
    rng = np.random.default_rng(0)
    size_px = load_model(backend="torch", device="cpu").preprocess.size_px
    return rng.random((3, 1, size_px, size_px), dtype=np.float32)


TORCH = ("torch", "torch-channels-last", "torch-bf16")


@pytest.fixture(scope="module")
def expected(pages) -> dict[str, np.ndarray]:
    usable = [name for name in TORCH if not BACKENDS[name].unusable_on("cpu")]
    return {name: load_model(backend=name, device="cpu").encode(pages) for name in usable}


@pytest.mark.parametrize("backend", TORCH)
@pytest.mark.parametrize("name", SETTINGS)
def test_vectors_are_the_same_bit_for_bit(name, backend, pages, expected):
    if BACKENDS[backend].unusable_on("cpu"):
        pytest.skip(f"{backend} cannot run here")
    before = load_model(backend=backend, device="cpu")
    with SETTINGS[name]():
        settings = state()
        model = load_model(backend=backend, device="cpu")
        within = model.encode(pages)
        also = before.encode(pages)
        assert state() == settings
    after = model.encode(pages)
    for found in (within, also, after):
        assert np.array_equal(found, expected[backend])
    assert model.fingerprint == before.fingerprint
    parameters = list(model.network.parameters())
    assert {each.dtype for each in parameters} == {torch.float32}
    assert not any(each.is_inference() for each in parameters)


@pytest.mark.parametrize(
    ("backend", "name"), [("openvino", "autocast"), ("openvino", "meta"), ("onnx", "float64")]
)
def test_a_graph_is_exported_so_too(name, backend, pages, expected, tmp_path):
    if not BACKENDS[backend].installed:
        pytest.skip(f"{backend} is not installed")
    with SETTINGS[name]():
        settings = state()
        model = load_model(backend=backend, device="cpu", cache_dir=tmp_path)
        found = model.encode(pages)
        assert state() == settings
    assert np.abs(found - expected["torch"]).max() < 1e-4


@pytest.mark.parametrize("name", SETTINGS)
def test_lettering_is_read_the_same(name):
    rng = np.random.default_rng(0)
    lines = [(rng.random((20, 40)) < 0.5).astype(np.uint8) * 255 for _ in range(3)]
    expected = read_lines(lines)
    read_lines.__globals__["_network"].cache_clear()
    with SETTINGS[name]():
        settings = state()
        assert read_lines(lines) == expected
        assert state() == settings
    assert read_lines(lines) == expected


def test_settings_come_back_when_the_last_thread_leaves():
    inside, leave = threading.Barrier(3), threading.Event()

    def compute() -> None:
        with for_inference():
            inside.wait(60)
            leave.wait(60)

    with SETTINGS["float64"]():
        threads = [threading.Thread(target=compute) for _ in range(2)]
        for each in threads:
            each.start()
        inside.wait(60)
        with for_inference():
            assert torch.get_default_dtype() == torch.float32
        assert torch.get_default_dtype() == torch.float32  # two are still inside
        leave.set()
        for each in threads:
            each.join()
        assert torch.get_default_dtype() == torch.float64


def test_what_the_application_changes_meanwhile_stays():
    with SETTINGS["float64"]():
        with for_inference():
            torch.set_default_dtype(torch.float16)
        assert torch.get_default_dtype() == torch.float16


def test_settings_come_back_after_an_error():
    with SETTINGS["float64"](), SETTINGS["medium"]():
        settings = state()
        with pytest.raises(ZeroDivisionError), for_inference():
            1 / 0  # noqa: B018
        assert state() == settings
