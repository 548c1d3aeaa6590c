"""The process quantize.py starts: ``python -m patentzoo.backends.quantize_worker``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.backends.openvino_import import load_openvino, silent

MOVES = ("Reshape", "Transpose")
"""Operations that change no number, only where it lies."""


def main(graph: Path, drawings: Path, out: Path, batch: str) -> None:
    """Quantise a graph.

    Args:
        graph: ``graph.xml`` in float32.
        drawings: ``.npy`` of float32 (n, 1, S, S).
        out: The new ``graph.xml``.
        batch: ``"one"``: of one page; ``"any"``: as the graph is.
    """
    openvino = load_openvino()
    with silent():
        import nncf
    model = openvino.Core().read_model(graph)
    if batch == "one":
        model.reshape(openvino.PartialShape([1, *list(model.input().partial_shape)[1:]]))
    pages = np.load(drawings)
    each = [pages[number : number + 1] for number in range(len(pages))]
    attends = any(node.get_type_name() == "Softmax" for node in model.get_ops())
    none = nncf.AdvancedSmoothQuantParameters(matmul=-1, convolution=-1)
    quantised = nncf.quantize(
        model,
        nncf.Dataset(each),
        subset_size=len(each),
        model_type=nncf.ModelType.TRANSFORMER if attends else None,
        advanced_parameters=nncf.AdvancedQuantizationParameters(smooth_quant_alphas=none),
    )
    lower(quantised)
    openvino.save_model(quantised, out, compress_to_fp16=False)


def lower(model: Any) -> int:
    """Round a product's numbers only after they have been moved to their places, where that is all.

    NNCF rounds the outcome of attention for the layer that comes next, before it is reordered for
    that layer. OpenVINO computes attention in one go only where nothing stands between its two
    products and the reordering. A scale that is the same for the whole tensor makes the order
    of rounding and moving indifferent.

    Returns:
        How many roundings were moved.
    """
    from openvino import opset13

    moved = 0
    for node in model.get_ordered_ops():
        if node.get_type_name() != "FakeQuantize" or not _of_a_product(node):
            continue
        last = _end_of_moves(node)
        if last is node:
            continue
        readers = list(last.output(0).get_target_inputs())
        for reader in node.output(0).get_target_inputs():
            reader.replace_source_output(node.input_value(0))
        limits = [node.input_value(number) for number in range(1, 5)]
        levels = node.get_attributes()["levels"]
        rounded = opset13.fake_quantize(last.output(0), *limits, levels=levels)
        for reader in readers:
            reader.replace_source_output(rounded.output(0))
        moved += 1
    model.validate_nodes_and_infer_types()
    return moved


def _of_a_product(node: Any) -> bool:
    """Whether a rounding has one scale for all that a matrix product gives."""
    limits = [node.input(number).get_partial_shape() for number in range(1, 5)]
    single = all(shape.is_static and np.prod(list(shape.to_shape())) == 1 for shape in limits)
    return single and node.input_value(0).get_node().get_type_name() == "MatMul"


def _end_of_moves(node: Any) -> Any:
    """The last of the moves that follow one another after a node; the node where none does."""
    while True:
        readers = list(node.output(0).get_target_inputs())
        if len(readers) != 1 or readers[0].get_index() != 0:
            return node
        after = readers[0].get_node()
        if after.get_type_name() not in MOVES:
            return node
        node = after


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
