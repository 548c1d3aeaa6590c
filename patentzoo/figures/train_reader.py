"""Teach the reader of labels.

    python -m patentzoo.figures.train_reader OUT.safetensors --fonts DIR... --clutter DIR

The weights beside this file were made by it in about two minutes on one core, from the fonts of
the Liberation package and those that come with matplotlib, with pieces of the title figures (one a
patent, none of the evaluation) as clutter. The lettering has gained spacing, condensed and screened
type since: the command teaches a reader of the same kind, not the same weights.
"""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn import functional

from patentzoo.figures.components import find_components
from patentzoo.figures.lettering import (
    draw_clutter,
    draw_line,
    find_fonts,
    random_label,
    random_words,
)
from patentzoo.figures.lines import find_lines
from patentzoo.figures.network import ALPHABET, LineReader
from patentzoo.figures.reader import line_picture, stack_lines
from patentzoo.system.files import replacing
from patentzoo.system.overwrite import check_free

Grey = npt.NDArray[np.uint8]
Example = tuple[Grey, str]

_FIRST, _FRESH = 400, 4
"""Lines drawn before the first step and at every step: drawing costs more than learning."""

_log = logging.getLogger(__name__)


def random_example(
    fonts: Sequence[Path], clutter: Sequence[Grey], rng: np.random.Generator
) -> Example:
    """One line and its text without spaces: mostly labels, a quarter clutter."""
    chance = rng.random()
    if chance < 0.25:
        if clutter and rng.random() < 0.7:
            return clutter[int(rng.integers(len(clutter)))], ""
        return draw_clutter(rng), ""
    text = random_label(rng) if chance < 0.85 else random_words(rng)
    picture = draw_line(text, fonts, rng)
    if chance < 0.28:  # a label upside down says nothing
        return picture[::-1, ::-1], ""
    return picture, text.replace(" ", "")


def collect_clutter(folder: Path, count: int) -> list[Grey]:
    """Rows of letter-sized pieces out of drawings that hold no labels."""
    pieces: list[Grey] = []
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as image:
            grey = np.asarray(image.convert("L").resize((1536, 1536), Image.Resampling.BICUBIC))
        found = find_components(grey)
        for line in find_lines(found)[:8]:
            members = np.zeros(len(found), bool)
            members[line.members] = True
            pieces.append(found.paint(members, line.box))
        if len(pieces) >= count:
            break
    return pieces


def train(
    out: Path,
    fonts: Sequence[Path],
    clutter: Sequence[Grey],
    *,
    start: Path | None,
    steps: int,
    peak: float,
    batch: int,
    seed: int,
) -> None:
    """Train a reader by CTC, AdamW and a cosine schedule; write its weights.

    Args:
        out: The file of weights to write.
        fonts: TTF files.
        clutter: Pieces of drawings that say nothing.
        start: Weights to go on from; None is from scratch.
        steps: Optimiser steps.
        peak: Highest learning rate.
        batch: Lines a step.
        seed: Of everything random.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    network = LineReader().train()
    if start is not None:
        network.load_state_dict(load_file(start))
    optimizer = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=1e-3)
    mean = 0.0
    pool = [random_example(fonts, clutter, rng) for _ in range(_FIRST)]
    for step in range(steps):
        warm = min(1.0, (step + 1) / 100)
        rate = warm * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.param_groups[0]["lr"] = peak * rate
        pool += [random_example(fonts, clutter, rng) for _ in range(_FRESH)]
        loss = _loss(network, [pool[i] for i in rng.integers(len(pool), size=batch)])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        mean = 0.98 * mean + 0.02 * float(loss.detach())
        if step % 50 == 49:
            _log.info("step %d of %d: loss %.4f", step + 1, steps, mean)
        if step % 100 == 99 or step + 1 == steps:
            with replacing(out) as unfinished:
                save_file(network.state_dict(), unfinished)


def _loss(network: LineReader, examples: Sequence[Example]) -> torch.Tensor:
    lines = [line_picture(picture) for picture, _ in examples]
    odds = network(stack_lines(lines)).log_softmax(dim=2).transpose(0, 1)
    targets = [ALPHABET.index(sign) + 1 for _, text in examples for sign in text]
    return functional.ctc_loss(
        odds,
        torch.tensor(targets, dtype=torch.long),
        torch.tensor([line.shape[1] // 2 for line in lines]),
        torch.tensor([len(text) for _, text in examples]),
        zero_infinity=True,
    )


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description="Teach the reader of labels.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--fonts", type=Path, nargs="+", required=True, help="folders of TTF files")
    parser.add_argument("--clutter", type=Path, help="folder of drawings without labels")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--peak", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    chosen = parser.parse_args()
    check_free(chosen.out, overwrite=chosen.overwrite)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    clutter = collect_clutter(chosen.clutter, 600) if chosen.clutter else []
    fonts = find_fonts(chosen.fonts)
    _log.info("%d fonts, %d pieces of clutter", len(fonts), len(clutter))
    train(
        chosen.out,
        fonts,
        clutter,
        start=chosen.start,
        steps=chosen.steps,
        peak=chosen.peak,
        batch=chosen.batch,
        seed=chosen.seed,
    )


if __name__ == "__main__":
    main()
