"""Roundings that wait until the numbers are in their places give the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

openvino = pytest.importorskip("openvino")

from patentzoo.backends.openvino_import import shared_core  # noqa: E402
from patentzoo.backends.quantize_worker import lower  # noqa: E402


def graph(scales: int = 1, readers: int = 1):
    """A product, rounded to 256 levels, reordered, and multiplied again."""
    from openvino import opset13 as ops

    page = ops.parameter([1, 6, 8], np.float32, name="page")
    rng = np.random.default_rng(0)
    product = ops.matmul(
        page, ops.constant(rng.normal(size=(8, 4)).astype(np.float32)), False, False
    )
    limit = np.full((1, 1, scales), 3.0, np.float32)
    rounded = ops.fake_quantize(product, -limit, limit, -limit, limit, 256)
    moved = ops.reshape(rounded, ops.constant(np.array([1, 3, 2, 4])), False)
    moved = ops.transpose(moved, ops.constant(np.array([0, 2, 1, 3])))
    moved = ops.reshape(moved, ops.constant(np.array([1, 6, 4])), False)
    ends = [ops.matmul(moved, ops.constant(np.eye(4, 3, dtype=np.float32)), False, False)]
    ends += [ops.relu(rounded) for _ in range(readers - 1)]
    return openvino.Model(ends, [page], "small")


def rows(model) -> list[np.ndarray]:
    run = shared_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    page = np.random.default_rng(1).normal(size=(1, 6, 8)).astype(np.float32)
    return [np.array(each) for each in run([page]).values()]


def order(model) -> list[str]:
    kept = ("MatMul", "FakeQuantize", "Reshape", "Transpose")
    return [
        node.get_type_name() for node in model.get_ordered_ops() if node.get_type_name() in kept
    ]


def test_one_scale_waits_and_changes_nothing():
    model, as_it_was = graph(), rows(graph())
    assert order(model)[1] == "FakeQuantize"
    assert lower(model) == 1
    assert order(model) == ["MatMul", "Reshape", "Transpose", "Reshape", "FakeQuantize", "MatMul"]
    # Far finer than a step of the rounding, 6 / 255.
    np.testing.assert_allclose(rows(model)[0], as_it_was[0], atol=1e-6)
    assert len(np.unique(as_it_was[0])) > 5, "it is no page of zeros"
    assert lower(model) == 0


@pytest.mark.parametrize(("scales", "readers"), [(4, 1), (1, 2)])
def test_a_scale_a_column_or_another_reader_stays(scales, readers):
    model, as_it_was = graph(scales, readers), rows(graph(scales, readers))
    assert lower(model) == 0
    for found, expected in zip(rows(model), as_it_was, strict=True):
        np.testing.assert_array_equal(found, expected)
