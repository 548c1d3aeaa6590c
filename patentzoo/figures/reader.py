"""Reading lines of lettering: pictures -> text, each with how sure the reader is."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

if TYPE_CHECKING:
    from torch import Tensor

    from patentzoo.figures.network import LineReader

Grey = npt.NDArray[np.uint8]

WEIGHTS = Path(__file__).with_name("reader.safetensors")

_LINE_PX, _MARGIN_PX, _MAX_WIDTH_PX = 24, 2, 240

_AFTER_PX = 24
"""Paper after a line: as far as the network sees, so that a line reads the same in any batch."""


class LineReading(NamedTuple):
    """What a line says.

    Attributes:
        text: Without spaces; empty for what is no lettering.
        confidence: In [0, 1]: the probability of the least certain character.
    """

    text: str
    confidence: float


def read_lines(
    pictures: Sequence[Grey], batch_size: int = 32, alike: Mapping[str, str] | None = None
) -> list[LineReading]:
    """Read pictures of single lines: uint8 (h, w), cut to their ink, 0 ink, 255 paper.

    Args:
        pictures: The lines.
        batch_size: Lines at a time.
        alike: From a character to the one it is read as, ``{"O": "0"}`` where no letter can stand;
            what speaks for either is added up.
    """
    from patentzoo.system.torch_settings import for_inference

    readings: list[LineReading] = [LineReading("", 0.0)] * len(pictures)
    # Lines of like width go together, so that little of a batch is padding.
    prepared = [line_picture(picture) for picture in pictures]
    order = sorted(range(len(prepared)), key=lambda i: prepared[i].shape[1])
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        network = _network()
        with for_inference():
            logits = network(stack_lines([prepared[i] for i in chosen]))
            odds = _joined(logits.softmax(dim=2).numpy(), alike or {})
        for row, i in enumerate(chosen):
            readings[i] = _decoded(odds[row, : prepared[i].shape[1] // 2])
    return readings


def _joined(odds: npt.NDArray[np.float32], alike: Mapping[str, str]) -> npt.NDArray[np.float32]:
    """Odds in which what speaks for one character speaks for the other."""
    from patentzoo.figures.network import ALPHABET

    joined = odds.copy() if alike else odds
    for other, sign in alike.items():
        joined[..., ALPHABET.index(sign) + 1] += odds[..., ALPHABET.index(other) + 1]
        joined[..., ALPHABET.index(other) + 1] = 0
    return joined


def stretched(picture: Grey, by: float) -> Grey:
    """A picture wider, or narrower, by a factor."""
    cv2 = load_cv2()
    size = (max(1, round(picture.shape[1] * by)), picture.shape[0])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def line_picture(picture: Grey) -> npt.NDArray[np.float32]:
    """A line as the network sees it: float32 (24, W), 1 ink, 0 paper, W even."""
    room = _LINE_PX - 2 * _MARGIN_PX
    scale = room / picture.shape[0]
    width = min(_MAX_WIDTH_PX, max(2, round(picture.shape[1] * scale)))
    small = load_cv2().resize(picture, (width, room), interpolation=load_cv2().INTER_AREA)
    padded = width + _MARGIN_PX + _AFTER_PX + width % 2
    line = np.zeros((_LINE_PX, padded), np.float32)
    inside = slice(_MARGIN_PX, _MARGIN_PX + width)
    line[_MARGIN_PX : _LINE_PX - _MARGIN_PX, inside] = 1 - np.asarray(small, np.float32) / 255
    return line


def stack_lines(lines: Sequence[npt.NDArray[np.float32]]) -> Tensor:
    """Lines of different widths as one batch, paper added at the right: (B, 1, 24, W)."""
    import torch

    width = max(line.shape[1] for line in lines)
    batch = np.zeros((len(lines), 1, _LINE_PX, width), np.float32)
    for row, line in enumerate(lines):
        batch[row, 0, :, : line.shape[1]] = line
    return torch.from_numpy(batch)


@functools.cache
def _network() -> LineReader:
    from safetensors.torch import load_file

    from patentzoo.figures.network import LineReader
    from patentzoo.system.torch_settings import for_building

    with for_building():
        network = LineReader()
        network.load_state_dict(load_file(WEIGHTS))
    return network.eval()


def _decoded(odds: npt.NDArray[np.float32]) -> LineReading:
    """Greedy CTC decoding: the best class a step, repeats joined, blanks dropped."""
    from patentzoo.figures.network import ALPHABET

    best = odds.argmax(axis=1)
    text, confidence, peak, last = "", 1.0, 0.0, 0
    for step, kind in enumerate([*best, 0]):
        if kind != last:
            if last:
                text += ALPHABET[last - 1]
                confidence = min(confidence, peak)
            peak = 0.0
        if kind and step < len(best):
            peak = max(peak, float(odds[step, kind]))
        last = int(kind)
    return LineReading(text, confidence if text and math.isfinite(confidence) else 0.0)
