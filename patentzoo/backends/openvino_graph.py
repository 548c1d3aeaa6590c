"""The graphs of the bundled networks, written from their weights: without torch, in a moment.

What torch's export and OpenVINO's conversion make of ``patentzoo.models`` is made here at once, the
same operations in the same order, so that vectors are the same to the bit. Only networks whose
backbones are written out there can be; of any other, and of weights that do not fit exactly,
nothing is said here, and torch exports them or tells what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patentzoo.backends.openvino_import import load_openvino
from patentzoo.backends.openvino_layers import Array, Layers, Unsuited, Weights, channels_of
from patentzoo.models.config import NetworkConfig
from patentzoo.models.efficientnet_plan import EPSILON, HEAD, SCALES, STEM, Block, stages_of

RESNET, RESNET_STEM, RESNET_STAGES = "resnet10t", (24, 32), (64, 128, 256, 512)
LEAST, LEVEL_EXPONENT, LEVEL_SCALE = 1e-6, 3.0, 16.0
"""Of the pooling by powers, as in ``patentzoo.models.networks``."""


def write(
    config: NetworkConfig, state: Mapping[str, Array], size: tuple[int, int], file: Path
) -> bool:
    """Write a network's graph, float32, for batches of any size.

    Args:
        config: What the network is made of.
        state: Its weights by name, float32.
        size: Height and width of the input.
        file: The ``graph.xml``; the weights go beside it.

    Returns:
        Whether it was written: false of a network, or of weights, that is not known here.
    """
    if not _is_known(config):
        return False
    openvino = load_openvino()
    try:
        model = _model(config, Weights(state), size)
    except Unsuited:
        return False
    # As the conversion of torch's networks does: norms go into the convolutions before them.
    from openvino._offline_transformations import apply_moc_transformations

    apply_moc_transformations(model, cf=False)
    openvino.save_model(model, file, compress_to_fp16=False)
    return True


def _is_known(config: NetworkConfig) -> bool:
    levels = tuple(config.levels)
    return (
        (config.backbone in SCALES or config.backbone == RESNET)
        and config.library == "timm"
        and not config.backbone_args
        and config.channels == 1
        and config.head in ("linear", "linear-bn", "none")
        and not (levels and config.backbone == RESNET)
        and all(0 <= level < 7 for level in levels)
        and levels == tuple(sorted(set(levels)))
    )


def _model(config: NetworkConfig, weights: Weights, size: tuple[int, int]) -> Any:
    openvino, layers = load_openvino(), Layers(weights)
    ops = layers.ops
    page = ops.parameter(openvino.PartialShape([-1, 1, *size]), openvino.Type.f32, "x")
    x = ops.space_to_depth(page, "depth_first", config.fold) if config.fold > 1 else page
    earlier: list[Any] = []
    if config.backbone == RESNET:
        last = _resnet(layers, x)
    else:
        last, earlier = _efficientnet(layers, x, config)
    if config.pooling == "gem":
        exponent = float(weights.take("pooling.p", 1)[0])
        pooled = layers.power_mean(last, exponent, LEAST)
    else:
        pooled = layers.mean(last)
    if earlier:
        means = [layers.power_mean(each, LEVEL_EXPONENT, LEAST, LEVEL_SCALE) for each in earlier]
        pooled = ops.concat([pooled, *means], 1)
    rows = _head(layers, pooled, config)
    weights.close()
    if channels_of(rows) != config.dim:
        raise Unsuited("dim")
    return openvino.Model([ops.result(rows)], [page], config.backbone)


def _head(layers: Layers, pooled: Any, config: NetworkConfig) -> Any:
    if config.head == "none":
        return pooled
    if config.head == "linear":
        return layers.linear(pooled, "head", config.dim, bias=True)
    return layers.norm(layers.linear(pooled, "head.0", config.dim, bias=False), "head.1")


def _efficientnet(layers: Layers, x: Any, config: NetworkConfig) -> tuple[Any, list[Any]]:
    """The last map, and those of ``config.levels``."""
    earlier = []
    x = layers.conv(x, "backbone.conv_stem", STEM, 3, 2)
    x = _clamped(layers, x, "backbone.bn1")
    for number, blocks in enumerate(stages_of(config.backbone)):
        for place, block in enumerate(blocks):
            x = _block(layers, x, f"backbone.blocks.{number}.{place}", block)
        if number in config.levels:
            earlier.append(x)
    x = layers.conv(x, "backbone.conv_head", HEAD, 1)
    return _clamped(layers, x, "backbone.bn2"), earlier


def _clamped(layers: Layers, x: Any, norm: str) -> Any:
    return layers.ops.clamp(layers.norm(x, norm, EPSILON), 0.0, 6.0)


def _block(layers: Layers, x: Any, name: str, plan: Block) -> Any:
    given = x
    if plan.expansion == 1:
        x = layers.depthwise(x, f"{name}.conv_dw", plan.kernel, 1)
        x = layers.conv(_clamped(layers, x, f"{name}.bn1"), f"{name}.conv_pw", plan.out, 1)
        return layers.norm(x, f"{name}.bn2", EPSILON)
    x = layers.conv(x, f"{name}.conv_pw", plan.inputs * plan.expansion, 1)
    x = layers.depthwise(
        _clamped(layers, x, f"{name}.bn1"), f"{name}.conv_dw", plan.kernel, plan.stride
    )
    x = layers.conv(_clamped(layers, x, f"{name}.bn2"), f"{name}.conv_pwl", plan.out, 1)
    x = layers.norm(x, f"{name}.bn3", EPSILON)
    return layers.ops.add(x, given) if plan.stride == 1 and plan.inputs == plan.out else x


def _resnet(layers: Layers, x: Any) -> Any:
    ops = layers.ops
    for number, (width, stride) in enumerate(zip(RESNET_STEM, (2, 1), strict=True)):
        place = f"backbone.conv1.{3 * number}"
        x = layers.conv(x, place, width, 3, stride, same=False)
        x = ops.relu(layers.norm(x, f"backbone.conv1.{3 * number + 1}"))
    x = layers.conv(x, "backbone.conv1.6", RESNET_STAGES[0], 3, same=False)
    x = ops.relu(layers.norm(x, "backbone.bn1"))
    # The first form of this operation: later ones also tell where each maximum was.
    x = load_openvino().opset1.max_pool(x, [2, 2], [1, 1], [1, 1], [3, 3])
    for number, width in enumerate(RESNET_STAGES, start=1):
        x = _basic_block(layers, x, f"backbone.layer{number}.0", width, 1 if number == 1 else 2)
    return x


def _basic_block(layers: Layers, x: Any, name: str, width: int, stride: int) -> Any:
    ops, shortcut = layers.ops, x
    if stride > 1:
        shortcut = ops.avg_pool(x, [stride] * 2, [0, 0], [0, 0], [2, 2], True, "ceil")
        shortcut = layers.conv(shortcut, f"{name}.downsample.1", width, 1, same=False)
        shortcut = layers.norm(shortcut, f"{name}.downsample.2")
    x = layers.conv(x, f"{name}.conv1", width, 3, stride, same=False)
    x = layers.conv(ops.relu(layers.norm(x, f"{name}.bn1")), f"{name}.conv2", width, 3, same=False)
    return ops.relu(ops.add(layers.norm(x, f"{name}.bn2"), shortcut))
