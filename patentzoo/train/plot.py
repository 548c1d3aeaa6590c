"""The picture at the end of a run: loss and, where it was measured, mAP over the steps."""

from __future__ import annotations

import logging
from pathlib import Path

from patentzoo.system.files import replacing
from patentzoo.train.run_log import FILE, Line, read

log = logging.getLogger(__name__)

PICTURE = "curves.png"


def plot_run(folder: Path) -> Path | None:
    """Draw ``curves.png`` from the run's log.

    Args:
        folder: The run's.

    Returns:
        The picture, or None where there is no log or matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        log.info("matplotlib is not installed: no curves are drawn")
        return None
    lines = read(folder / FILE) if (folder / FILE).exists() else []
    if not lines:
        return None
    figure = Figure(figsize=(8, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    offsets = stage_offsets(lines)
    for key in ("loss", "arcface", "contrast"):
        points = [(offsets[row["stage"]] + row["step"], row[key]) for row in lines if key in row]
        if points:
            axes.plot(*zip(*points, strict=True), label=key, linewidth=1.2)
    axes.set(xlabel="step", ylabel="loss")
    for start in list(offsets.values())[1:]:
        axes.axvline(start, color="0.8", linewidth=0.8)
    looked = [(offsets[row["stage"]] + row["step"], row["mAP"]) for row in lines if "mAP" in row]
    if looked:
        right = axes.twinx()
        right.plot(*zip(*looked, strict=True), "k.-", label="mAP")
        right.set(ylabel="mAP (validation)", ylim=(0, 1))
    axes.legend(loc="upper right")
    with replacing(folder / PICTURE) as unfinished:
        figure.savefig(unfinished, format="png", dpi=110)
    return folder / PICTURE


def stage_offsets(lines: list[Line]) -> dict[int, int]:
    """Steps before each stage that the log knows."""
    offsets: dict[int, int] = {}
    total = 0
    for line in lines:
        if line["stage"] not in offsets:
            offsets[line["stage"]] = total
            total += int(line["of"])
    return offsets
